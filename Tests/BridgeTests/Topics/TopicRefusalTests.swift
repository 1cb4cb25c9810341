import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// What becomes of messages that their destination answers with an error.
@Suite struct TopicRefusalTests {
    private func refusing(_ reason: ReasonCode, _ topics: String...) -> TopicBench {
        let bench = TopicBench(.rule("a/#"), .rule("b/#"))
        bench.start()
        for topic in topics { bench.broker(.second).limits.publishRefusals[topic] = reason }
        return bench
    }

    private func waiting(_ bench: TopicBench) -> Int {
        bench.broker(.first).session(bench.clientID(.first))?.waitingCount ?? 0
    }

    private func refusals(_ bench: TopicBench) -> [TopicBench.Told] {
        bench.told.filter { $0.words.hasPrefix("a message was not taken") }
    }

    @Test(arguments: [QoS.atLeastOnce, .exactlyOnce])
    func aQuotaIsWaitedFor(_ qos: QoS) throws {
        let bench = refusing(.quotaExceeded, "a/1")
        for number in 1...5 { bench.publish(.first, "a/1", "\(number)", qos: qos) }
        bench.run(.milliseconds(500))
        for number in 6...9 { bench.publish(.first, "a/1", "\(number)", qos: qos) }
        bench.publish(.first, "b/1", "of another rule", qos: qos)
        bench.run(.seconds(20))
        #expect(bench.payloads(.second) == ["of another rule"])
        // Acknowledgements leave in order, so that of the other rule's message waits as well.
        #expect(waiting(bench) == 10)
        #expect(bench.account(from: .first).waiting == 9)
        bench.broker(.second).limits.publishRefusals = [:]
        bench.run(.seconds(30))
        #expect(bench.payloads(.second, "a/1") == (1...9).map { "\($0)" })
        #expect(waiting(bench) == 0)
        #expect(bench.account(from: .first).passed == 9)
        let told = try #require(refusals(bench).first)
        #expect(told.level == .warning)
        #expect(told.words == "a message was not taken: quota exceeded, 0x97; it is sent again")
        #expect(told.fields == ["peer": "far", "rule": "1", "topic": "a/1", "bytes": "1"])
        #expect(refusals(bench).count == 1)
        #expect(bench.told.count { $0.words == "messages that had been refused are taken again" } == 1)
        #expect(bench.faults == [])
    }

    /// Tries are made at doubling intervals.
    @Test func notInAHurry() {
        let bench = refusing(.quotaExceeded, "a/1")
        bench.publish(.first, "a/1", "x", qos: .atLeastOnce)
        bench.run(.minutes(4))
        let tries = bench.packets(.second).count {
            guard case .publish(let packet) = $0 else { return false }
            return packet.payload == Array("x".utf8)
        }
        // At once, after 1, 3, 7, 15, 31 s, and then every 30 s.
        #expect((11...13).contains(tries), "\(tries)")
    }

    /// Sooner where others get through, which would be held up.
    @Test(arguments: [true, false]) func patienceEnds(_ othersPass: Bool) {
        let bench = refusing(.quotaExceeded, "a/1")
        for number in 1...3 { bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce) }
        bench.run(.milliseconds(100))
        if othersPass { bench.publish(.first, "b/1", qos: .atLeastOnce) }
        bench.run(othersPass ? .seconds(40) : .minutes(14))
        #expect(bench.account(from: .first).waiting == 3)
        bench.run(.minutes(2))
        #expect(bench.account(from: .first).dropped(.refused) == 3)
        #expect(waiting(bench) == 0)
        // From now on none of them is waited for.
        bench.publish(.first, "a/1", "4", qos: .atLeastOnce)
        bench.run(.milliseconds(100))
        #expect(bench.account(from: .first).dropped(.refused) == 4)
        #expect(bench.told.count { $0.words.hasPrefix("messages of a rule have been refused for so long") } == 1)
        bench.broker(.second).limits.publishRefusals = [:]
        bench.publish(.first, "a/1", "5", qos: .atLeastOnce)
        bench.run(.milliseconds(100))
        #expect(bench.payloads(.second, "a/1") == ["5"])
        // And one that is refused now is waited for again.
        bench.broker(.second).limits.publishRefusals["a/1"] = .quotaExceeded
        bench.publish(.first, "a/1", "6", qos: .atLeastOnce)
        bench.run(.seconds(10))
        #expect(waiting(bench) == 1)
        #expect(bench.faults == [])
    }

    @Test(
        arguments: [
            ReasonCode.notAuthorized, .topicNameInvalid, .packetTooLarge, .payloadFormatInvalid,
        ],
        [QoS.atLeastOnce, .exactlyOnce]
    )
    func whatIsRefusedForGoodStandsInNobodysWay(_ reason: ReasonCode, _ qos: QoS) throws {
        let bench = refusing(reason, "a/secret")
        bench.publish(.first, "a/secret", "x", qos: qos)
        bench.publish(.first, "a/1", "y", qos: qos)
        bench.run(.milliseconds(200))
        #expect(bench.payloads(.second) == ["y"])
        #expect(waiting(bench) == 0)
        let account = bench.account(from: .first)
        #expect(account.dropped(reason == .packetTooLarge ? .packetTooLarge : .refused) == 1)
        let told = try #require(refusals(bench).first)
        #expect(told.words.hasPrefix("a message was not taken: \(reason.words); "))
        #expect(told.fields["topic"] == "a/secret")
        #expect(bench.faults == [])
    }

    /// A message that the broker never takes, without saying why, holds its rule up for a moment only.
    @Test(arguments: [ReasonCode.unspecifiedError, .implementationSpecificError])
    func aMomentForWhatNobodyKnows(_ reason: ReasonCode) {
        let bench = refusing(reason, "a/poison")
        bench.publish(.first, "a/poison", "x", qos: .atLeastOnce)
        bench.run(.milliseconds(100))
        bench.publish(.first, "a/1", "y", qos: .atLeastOnce)
        bench.run(.seconds(5))
        #expect(bench.payloads(.second) == [])
        bench.run(.seconds(15))
        #expect(bench.payloads(.second) == ["y"])
        #expect(bench.account(from: .first).dropped(.refused) == 1)
        #expect(bench.faults == [])
    }

    @Test func whatExpiresWhileItIsRefusedIsDroppedAndTheNextIsTried() {
        let bench = refusing(.quotaExceeded, "a/1")
        bench.publish(.first, "a/1", "x", qos: .atLeastOnce, .messageExpiryInterval(5))
        bench.publish(.first, "a/1", "y", qos: .atLeastOnce)
        bench.run(.seconds(10))
        bench.broker(.second).limits.publishRefusals = [:]
        bench.run(.seconds(30))
        #expect(bench.payloads(.second) == ["y"])
        #expect(bench.account(from: .first).dropped(.expired) == 1)
        #expect(bench.faults == [])
    }

    @Test func theSameIsSaidOnceAMinute() {
        let bench = refusing(.notAuthorized, "a/secret")
        for _ in 0..<150 {
            bench.publish(.first, "a/secret", "x", qos: .atLeastOnce)
            bench.run(.seconds(1))
        }
        #expect(refusals(bench).map { $0.fields["others_like_it"] } == [nil, "59", "59"])
        #expect(bench.account(from: .first).dropped(.refused) == 150)
    }

    @Test func aLinkThatFallsWhileMessagesAreRefused() {
        let bench = refusing(.quotaExceeded, "a/1")
        for number in 1...3 { bench.publish(.first, "a/1", "\(number)", qos: .exactlyOnce) }
        bench.run(.milliseconds(1_500))
        bench.cut(.second)
        bench.run(.seconds(3))
        bench.broker(.second).limits.publishRefusals = [:]
        bench.run(.seconds(30))
        #expect(bench.payloads(.second) == ["1", "2", "3"])
        #expect(waiting(bench) == 0)
        #expect(bench.faults == [])
    }
}
