import Federation
import MQTTProtocol
import TestSupport
import Testing

/// Two brokers' retained messages, and a bridge that reads them.
private struct Pair {
    var held: [Side: [UInt64: UInt64]] = [.first: [:], .second: [:]]
    var ledger: RetainedLedger
    var publications = 0
    var conflicts = 0

    init(direction: Direction, conflict: TopicRule.Conflict = .first, limits: RetainedLimits = RetainedLimits()) {
        ledger = RetainedLedger(rules: [.init(direction: direction, conflict: conflict)], limits: limits)
    }

    static func topic(_ number: UInt64) -> [UInt8] { Array("t/\(number)".utf8) }

    mutating func set(_ topic: UInt64, _ value: UInt64?, on side: Side) { held[side]?[topic] = value }

    /// Somebody publishes while both links are up.
    mutating func publish(_ topic: UInt64, _ value: UInt64?, on side: Side, isConfirmed: Bool = true) {
        set(topic, value, on: side)
        let passage = ledger.passing(
            Digest128(high: 0, low: topic),
            digest: value.map { Digest128(high: 1, low: $0) },
            hasExpiry: false,
            rule: 0,
            from: side
        )
        set(topic, value, on: side.other)
        ledger.passed(passage, isConfirmed: isConfirmed)
    }

    mutating func carryOut() {
        while let decision = ledger.nextDecision() {
            publications += 1
            if decision.isConflict { conflicts += 1 }
            let topic = decision.passage.key.low
            #expect(decision.topic == Self.topic(topic))
            switch decision.action {
            case .publish(let message):
                let value = message.payload.reduce(0) { $0 << 8 | UInt64($1) }
                #expect(decision.passage.digest?.low == value)
                set(topic, value, on: decision.passage.from.other)
            case .clear: set(topic, nil, on: decision.passage.from.other)
            }
            ledger.passed(decision.passage, isConfirmed: true)
        }
    }

    /// Asks by name for what a side has not shown.
    mutating func prove() {
        while let proof = ledger.nextProof(maximum: 3) {
            #expect(!proof.topics.isEmpty && proof.topics.count <= 3)
            for topic in proof.topics {
                let number = UInt64(String(decoding: topic.name, as: UTF8.self).dropFirst(2))!
                if let value = held[proof.side]?[number] { read(number, value, on: proof.side) }
            }
            ledger.endOfProof()
            carryOut()
        }
    }

    mutating func read(_ topic: UInt64, _ value: UInt64, on side: Side) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
        ledger.read(
            Digest128(high: 0, low: topic),
            topic: Self.topic(topic),
            digest: Digest128(high: 1, low: value),
            hasExpiry: false,
            rule: 0,
            on: side,
            message: { RetainedMessage(payload: bytes, qos: .atLeastOnce) }
        )
    }

    /// Reads until nothing is left to be fetched.
    ///
    /// - Parameter unseen: topics that a broker leaves out unless it is asked for them.
    mutating func read(_ generator: inout SeededGenerator, unseen: [Side: Set<UInt64>] = [:]) {
        for _ in 0..<20 {
            var steps: [(Side, [(UInt64, UInt64)])] = ledger.beginReading().map { side in
                (side, (held[side] ?? [:]).sorted { $0.key < $1.key }.shuffled(using: &generator))
            }
            for side in unseen.keys { ledger.doubt(side) }
            while !steps.isEmpty {
                let index = Int.random(in: 0..<steps.count, using: &generator)
                let side = steps[index].0
                if let (topic, value) = steps[index].1.popLast() {
                    if unseen[side]?.contains(topic) != true { read(topic, value, on: side) }
                } else {
                    ledger.endOfReading(side)
                    steps.remove(at: index)
                }
                carryOut()
            }
            prove()
            if !ledger.needsReading { break }
        }
        #expect(!ledger.isReading && !ledger.needsReading)
    }
}

@Suite struct RetainedLedgerTests {
    /// The expectation is worked out by hand for each topic: who has changed it since the last agreement.
    @Test(arguments: 1...60, [Int.max, 600]) func bothWays(seed: Int, byteMaximum: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var limits = RetainedLimits()
        limits.byteMaximum = byteMaximum
        let conflict: TopicRule.Conflict = seed.isMultiple(of: 2) ? .first : .second
        let winner: Side = seed.isMultiple(of: 2) ? .first : .second
        var pair = Pair(direction: .both, conflict: conflict, limits: limits)
        var agreed: [UInt64: UInt64] = [:]
        var next: UInt64 = 0
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 0..<20, using: &generator) {
                let topic = UInt64.random(in: 0..<25, using: &generator)
                next += 1
                let value = Bool.random(using: &generator) ? next : nil
                pair.publish(topic, value, on: Bool.random(using: &generator) ? .first : .second)
                agreed[topic] = value
            }
            for _ in 0..<Int.random(in: 0..<30, using: &generator) {
                next += 1
                let side: Side = Bool.random(using: &generator) ? .first : .second
                let value = Int.random(in: 0..<3, using: &generator) > 0 ? next : nil
                pair.set(UInt64.random(in: 0..<25, using: &generator), value, on: side)
            }
            var expected: [UInt64: UInt64] = [:]
            for topic in 0..<UInt64(25) {
                let (one, two) = (pair.held[.first]?[topic], pair.held[.second]?[topic])
                if one == two {
                    expected[topic] = one
                } else if agreed[topic] == nil, one == nil || two == nil {
                    expected[topic] = one ?? two
                } else if one != agreed[topic], two != agreed[topic] {
                    expected[topic] = pair.held[winner]?[topic]
                } else {
                    expected[topic] = one == agreed[topic] ? two : one
                }
            }
            pair.read(&generator)
            #expect(pair.held[.first] == expected && pair.held[.second] == expected, "seed \(seed)")
            agreed = expected
            let before = pair.publications
            pair.read(&generator)
            #expect(pair.publications == before, "a second reading publishes nothing; seed \(seed)")
        }
    }

    @Test(arguments: 1...40) func oneWayNeverChangesTheSource(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var pair = Pair(direction: .out)
        var next: UInt64 = 0
        for _ in 0..<10 {
            var touched: Set<UInt64> = []
            for _ in 0..<15 {
                next += 1
                let topic = UInt64.random(in: 0..<12, using: &generator)
                touched.insert(topic)
                pair.set(topic, Int.random(in: 0..<3, using: &generator) > 0 ? next : nil, on: .first)
            }
            let source = pair.held[.first]
            pair.read(&generator)
            #expect(pair.held[.first] == source)
            #expect(pair.held[.second] == source, "seed \(seed)")
        }
        // A value set by hand on the destination stays, and is counted.
        pair.set(0, 1, on: .first)
        pair.read(&generator)
        pair.set(0, 2, on: .second)
        pair.read(&generator)
        #expect(pair.held[.second]?[0] == 2 && pair.held[.first]?[0] == 1)
        #expect(pair.ledger.counts.differing == 1)
    }

    @Test func liveMessageIsNotOverwrittenByAnOlderOne() {
        var generator = SeededGenerator(seed: 1)
        var pair = Pair(direction: .both)
        _ = pair.ledger.beginReading()
        pair.publish(1, 7, on: .first)
        pair.ledger.read(
            Digest128(high: 0, low: 1),
            topic: Pair.topic(1),
            digest: Digest128(high: 1, low: 6),
            hasExpiry: false,
            rule: 0,
            on: .first,
            message: { RetainedMessage(payload: [6], qos: .atMostOnce) }
        )
        pair.ledger.endOfReading(.first)
        pair.ledger.endOfReading(.second)
        #expect(pair.ledger.nextDecision() == nil)
        pair.read(&generator)
        #expect(pair.publications == 0)
    }

    /// What was written at QoS 0 just before the cut was lost: the old value does not come back.
    @Test(arguments: [false, true]) func lostAtQoS0(isProbed: Bool) {
        var generator = SeededGenerator(seed: 2)
        var pair = Pair(direction: .both)
        pair.publish(1, 1, on: .first)
        pair.publish(1, 2, on: .first, isConfirmed: false)
        if isProbed { pair.ledger.probeReturned(pair.ledger.probeSent(to: .second), from: .second) }
        pair.set(1, 1, on: .second)
        pair.ledger.connectionLost(to: .second)
        pair.read(&generator)
        // With the probe back, the second side had it: so somebody changed it there.
        #expect(pair.held[.first]?[1] == (isProbed ? 1 : 2))
        #expect(pair.held[.second]?[1] == (isProbed ? 1 : 2))
    }

    @Test func crossedMessagesAreDecidedByTheRule() {
        var generator = SeededGenerator(seed: 3)
        var pair = Pair(direction: .both, conflict: .second)
        let key = Digest128(high: 0, low: 1)
        let one = pair.ledger.passing(key, digest: Digest128(high: 1, low: 5), hasExpiry: false, rule: 0, from: .first)
        let two = pair.ledger.passing(key, digest: Digest128(high: 1, low: 6), hasExpiry: false, rule: 0, from: .second)
        pair.ledger.passed(one, isConfirmed: true)
        pair.ledger.passed(two, isConfirmed: true)
        pair.set(1, 6, on: .first)
        pair.set(1, 5, on: .second)
        #expect(pair.ledger.needsReading)
        pair.read(&generator)
        // What was published on the second side, although it lies on the first.
        #expect(pair.held[.first]?[1] == 6 && pair.held[.second]?[1] == 6 && pair.conflicts == 1)
    }

    /// A broker that shows not all it holds has cleared nothing.
    @Test(arguments: 1...40, [Int.max, 600]) func whatIsNotShownIsNotCleared(seed: Int, byteMaximum: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var limits = RetainedLimits()
        limits.byteMaximum = byteMaximum
        var pair = Pair(direction: .both, limits: limits)
        for topic in 0..<UInt64(30) {
            if Bool.random(using: &generator) {
                pair.publish(topic, topic, on: .first)
            } else {
                // Never agreed on: the first side's wins, seen or not.
                pair.set(topic, topic, on: .first)
                pair.set(topic, topic + 100, on: .second)
            }
        }
        let cleared = UInt64.random(in: 0..<30, using: &generator)
        let wasAgreed = pair.held[.second]?[cleared] == cleared
        pair.set(cleared, nil, on: .first)
        var unseen: [Side: Set<UInt64>] = [:]
        for topic in 0..<UInt64(30) {
            let side: Side = Bool.random(using: &generator) ? .first : .second
            if Bool.random(using: &generator) { unseen[side, default: []].insert(topic) }
        }
        // What one side shows and the other does not; nobody can know of what neither shows.
        if unseen[.second]?.contains(cleared) == true { unseen[.second]?.remove(cleared) }
        pair.read(&generator, unseen: unseen)
        var expected = [UInt64: UInt64](uniqueKeysWithValues: (0..<UInt64(30)).map { ($0, $0) })
        expected[cleared] = wasAgreed ? nil : cleared + 100
        #expect(pair.held[.first] == expected && pair.held[.second] == expected, "seed \(seed)")
    }

    /// A filter that a broker refuses to show: what others have changed crosses, and nothing is cleared for it.
    @Test func refusedIsNotCleared() {
        var pair = Pair(direction: .both)
        pair.publish(1, 1, on: .first)
        pair.publish(2, 2, on: .first)
        _ = pair.ledger.beginReading()
        pair.ledger.cannotRead(rule: 0, on: .second)
        pair.ledger.endOfReading(.second)
        pair.set(1, 3, on: .first)
        for (topic, value) in [(UInt64(1), UInt64(3)), (2, 2)] { pair.read(topic, value, on: .first) }
        pair.ledger.endOfReading(.first)
        pair.carryOut()
        #expect(pair.ledger.nextProof(maximum: 10) == nil && !pair.ledger.isReading)
        #expect(pair.held[.first] == [1: 3, 2: 2] && pair.held[.second] == [1: 3, 2: 2] && pair.publications == 1)
        // The memory is as it was.
        #expect(pair.ledger.memory.count == 2)
    }

    /// A broker comes back without its store, and the link is lost before it has all back: that is no clearing either.
    @Test func emptiedBrokerGetsAllBack() {
        var generator = SeededGenerator(seed: 5)
        var pair = Pair(direction: .both)
        for topic in 0..<UInt64(20) { pair.publish(topic, topic, on: .first) }
        pair.held[.second] = [:]
        _ = pair.ledger.beginReading(forgetful: [.second])
        pair.ledger.connectionLost(to: .second)
        // The next connection finds the session of the first.
        _ = pair.ledger.beginReading()
        pair.ledger.endOfReading(.second)
        for topic in 0..<UInt64(20) { pair.read(topic, topic, on: .first) }
        pair.ledger.endOfReading(.first)
        // One is carried out, and the others are lost with the link.
        let decision = pair.ledger.nextDecision()
        #expect(decision != nil)
        decision.map { pair.ledger.failed($0.passage) }
        pair.ledger.connectionLost(to: .second)
        pair.read(&generator)
        #expect(pair.held[.first]?.count == 20 && pair.held[.second] == pair.held[.first])
    }
}
