import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// When a source is acknowledged, and what happens when a destination is away, slow or forgetful.
@Suite struct TopicFlowTests {
    private func waiting(_ bench: TopicBench, _ side: Side) -> Int {
        bench.broker(side).session(bench.clientID(side))?.waitingCount ?? 0
    }

    // MARK: Acknowledging

    @Test(arguments: MQTTVersion.allCases, MQTTVersion.allCases)
    func acknowledgedWhenTheDestinationIs(_ first: MQTTVersion, _ second: MQTTVersion) {
        let steps: [(QoS, [AcknowledgementPacket.Kind])] = [
            (.atLeastOnce, [.pubAck]), (.exactlyOnce, [.pubRec, .pubComp]),
        ]
        for (qos, kinds) in steps {
            for kind in kinds {
                let bench = TopicBench(.rule("a/#"), first: first, second: second)
                bench.start()
                bench.broker(.second).withheldKinds = [kind]
                bench.publish(.first, "a/1", "x", qos: qos)
                bench.run(.seconds(5))
                #expect(bench.payloads(.second) == ["x"])
                #expect(waiting(bench, .first) == 1, "without \(kind)")
                #expect(bench.account(from: .first).waiting == 1)
                bench.broker(.second).releaseAcknowledgements()
                bench.run(.seconds(1))
                #expect(waiting(bench, .first) == 0)
                #expect(bench.account(from: .first).passed == 1)
                #expect(bench.faults == [])
            }
        }
    }

    /// A message that waits for its answer stays the broker's, whatever becomes of the bridge.
    @Test(arguments: [QoS.atLeastOnce, .exactlyOnce])
    func theBridgeDiesWithAMessageUnderWay(_ qos: QoS) {
        let near = TestBroker()
        let far = TestBroker()
        let settings = TopicBenchSettings([.rule("a/#")])
        let dying = TopicBench(settings, first: near, second: far)
        dying.start()
        far.withheldKinds = [.pubAck, .pubRec]
        for number in 1...30 { dying.publish(.first, "a/1", "\(number)", qos: qos) }
        dying.run(.seconds(1))
        dying.cut(.first)
        dying.cut(.second)
        far.releaseAcknowledgements()
        let bench = TopicBench(settings, first: near, second: far, instance: "next")
        bench.start()
        bench.run(.seconds(5))
        var seen: Set<String> = []
        #expect(bench.payloads(.second).filter { seen.insert($0).inserted } == (1...30).map { "\($0)" })
        #expect(waiting(bench, .first) == 0)
        #expect(bench.faults == [])
    }

    // MARK: Away

    @Test(arguments: MQTTVersion.allCases, MQTTVersion.allCases)
    func anOutageLosesNothing(_ first: MQTTVersion, _ second: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: first, second: second)
        bench.start()
        bench.part(.second)
        for number in 1...300 {
            bench.publish(
                .first,
                "a/\(number % 2 + 1)",
                "\(number)",
                qos: number % 2 == 0 ? .atLeastOnce : .exactlyOnce
            )
            bench.publish(.first, "a/0", "\(number)")
            bench.run(.milliseconds(10))
        }
        bench.mend(.second)
        bench.run(until: { bench.account(from: .first).passed == 300 })
        bench.run(.seconds(1))
        #expect(bench.payloads(.second, "a/1") == (1...150).map { "\($0 * 2)" })
        #expect(bench.payloads(.second, "a/2") == (1...150).map { "\($0 * 2 - 1)" })
        #expect(bench.payloads(.second, "a/0") == [])
        #expect(bench.account(from: .first).dropped(.linkDown) == 300)
        #expect(waiting(bench, .first) == 0)
        #expect(bench.faults == [])
    }

    /// What was in flight is sent anew, and what the lost session had not delivered is gone with it; all else goes on.
    @Test(arguments: Side.allCases, MQTTVersion.allCases)
    func aBrokerLosesItsSessions(_ side: Side, _ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.start()
        bench.broker(.second).withheldKinds = [.pubAck, .pubRec]
        for number in 1...10 {
            bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce)
            bench.publish(.first, "a/2", "\(number)", qos: .exactlyOnce)
        }
        bench.run(.seconds(1))
        bench.broker(side).forgetSessions()
        bench.cut(side)
        bench.broker(.second).releaseAcknowledgements()
        bench.start()
        bench.run(.seconds(5))
        for topic in ["a/1", "a/2"] {
            var seen: Set<String> = []
            #expect(bench.payloads(.second, topic).filter { seen.insert($0).inserted } == (1...10).map { "\($0)" })
        }
        #expect(bench.account(from: .first).waiting == 0)
        #expect(bench.relay.first.unacknowledgedCount == 0)
        // The subscriptions are there again.
        bench.publish(.first, "a/3", "after", qos: .exactlyOnce)
        bench.publish(.second, "a/3", "after", qos: .exactlyOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second, "a/3") == ["after"])
        #expect(bench.payloads(.first, "a/3") == ["after"])
        #expect(waiting(bench, .first) == 0)
        #expect(bench.faults == [])
    }

    /// The broker begins a new session, and its answer is lost: the next answer says that a session is present, which has no subscriptions.
    @Test(arguments: MQTTVersion.allCases)
    func aBrokerLosesItsSessionsUnheard(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.start()
        bench.part(.first)
        bench.broker(.first).forgetSessions()
        bench.mend(.first)
        #expect(bench.run(until: { bench.wires[TopicPort(.first)]?.connection.connect != nil }))
        bench.stallDown(.first, true)
        bench.cut(.first)
        #expect(bench.relay.first.session.epoch == 1)
        bench.start()
        bench.publish(.first, "a/1", "after", qos: .exactlyOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["after"])
        #expect(waiting(bench, .first) == 0)
        #expect(bench.faults == [])
    }

    // MARK: Slow

    /// QoS 0 at full speed to a broker that takes nothing: the source is not read, and what waits is bounded.
    @Test(arguments: MQTTVersion.allCases)
    func aSlowDestinationHoldsItsSourceBack(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.start()
        bench.stallUp(.second, true)
        let payload = String(repeating: "x", count: 1_000)
        for number in 1...2_000 {
            bench.publish(.first, "a/1", "\(number) \(payload)")
            if number % 10 == 0 { bench.run(.milliseconds(1)) }
        }
        #expect(!bench.relay.mayRead(.first))
        #expect(bench.relay.mayRead(.second))
        #expect((bench.wires[TopicPort(.second)]?.upByteCount ?? 0) < 128 << 10)
        bench.stallUp(.second, false)
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).count == 2_000)
        #expect(bench.relay.mayRead(.first))
        #expect(bench.connectionCount[TopicPort(.first)] == 1)
        #expect(bench.faults == [])
    }

    /// Who does not read hears no answers: that is not the broker's fault.
    @Test(arguments: MQTTVersion.allCases)
    func aSourceThatIsHeldBackIsNotGivenUp(_ version: MQTTVersion) {
        var settings = TopicBenchSettings([.rule("a/#")], version, version)
        // The destination's connection is to outlive this as well.
        settings.second.keepAlive = .zero
        let bench = TopicBench(settings)
        bench.start()
        bench.stallUp(.second, true)
        bench.stallDown(.second, false)
        let payload = String(repeating: "x", count: 1_000)
        for number in 1...500 {
            bench.publish(.first, "a/1", "\(number) \(payload)")
            bench.run(.milliseconds(1))
        }
        #expect(!bench.relay.mayRead(.first))
        // The probe of an idle link must not end the one that is stalled.
        for _ in 1...30 {
            bench.publish(.second, bench.relay.second.topics.probe, bench.probeWords(.second))
            bench.run(.seconds(5))
        }
        #expect(bench.connectionCount[TopicPort(.first)] == 1)
        bench.stallUp(.second, false)
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).count == 500)
        #expect(bench.faults == [])
    }

    /// A connection that ends while it is full leaves no mark on the next one.
    @Test func aFullConnectionEnds() {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        bench.stallUp(.second, true)
        let payload = String(repeating: "x", count: 1_000)
        for _ in 1...200 { bench.publish(.first, "a/1", payload) }
        bench.run(.milliseconds(10))
        #expect(!bench.relay.mayRead(.first))
        bench.cut(.second)
        bench.start()
        #expect(bench.relay.mayRead(.first))
        bench.publish(.first, "a/2", "after")
        bench.run(.seconds(1))
        #expect(bench.payloads(.second, "a/2") == ["after"])
    }

    /// A broker of 3.1.1 that sends without a window is read as far as the bridge can hold.
    @Test func aSourceWithoutAWindowIsBounded() {
        var limits = TestBrokerLimits()
        limits.window = 60_000
        let bench = TopicBench(TopicBenchSettings([.rule("a/#")], .v3_1_1, .v5), first: TestBroker(limits: limits))
        bench.start()
        bench.part(.second)
        for number in 1...1_000 {
            bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce)
            bench.run(.milliseconds(1))
        }
        let maximum = bench.relay.settings.limits.unacknowledgedMaximum
        #expect(!bench.relay.mayRead(.first))
        #expect(bench.relay.first.unacknowledgedCount < maximum + 10)
        // However long it takes, and whether the source's connection holds or not.
        bench.run(.minutes(5))
        #expect(bench.connectionCount[TopicPort(.first)] == 1)
        bench.cut(.first)
        bench.run(.minutes(1))
        #expect(bench.connectionCount[TopicPort(.first)] == 2)
        #expect(bench.relay.first.isUp)
        bench.mend(.second)
        bench.run(until: { bench.arrived(.second).count >= 1_000 })
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == (1...1_000).map { "\($0)" })
        #expect(waiting(bench, .first) == 0)
        #expect(bench.faults == [])
    }

    /// Either side's acknowledgements make room for the other's messages: with neither read, nothing would ever move again.
    @Test func twoSourcesWithoutAWindowDoNotBlockEachOther() {
        var limits = TestBrokerLimits()
        limits.window = 60_000
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#")], .v3_1_1, .v3_1_1),
            first: TestBroker(limits: limits),
            second: TestBroker(limits: limits)
        )
        bench.start()
        for number in 1...600 {
            bench.publish(.first, "a/1", "\(number)", qos: .exactlyOnce)
            bench.publish(.second, "a/2", "\(number)", qos: .exactlyOnce)
        }
        #expect(
            bench.run(
                until: { bench.arrived(.second).count + bench.arrived(.first).count == 1_200 },
                within: .minutes(5)
            )
        )
        #expect(bench.payloads(.second) == (1...600).map { "\($0)" })
        #expect(bench.payloads(.first) == (1...600).map { "\($0)" })
        #expect(bench.faults == [])
    }

    // MARK: Stopping

    @Test(arguments: MQTTVersion.allCases)
    func aStopLetsWhatIsUnderWayEnd(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.start()
        bench.broker(.second).withheldKinds = [.pubAck]
        for number in 1...5 { bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce) }
        bench.run(.milliseconds(10))
        bench.relay.drain()
        #expect(bench.relay.messagesInFlight == 5)
        // Others go on publishing: that stays where it is.
        for number in 6...10 {
            bench.publish(.first, "a/1", "\(number)", qos: .exactlyOnce)
            bench.run(.milliseconds(10))
        }
        bench.broker(.second).releaseAcknowledgements()
        for number in 11...15 {
            bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce)
            bench.run(.milliseconds(10))
        }
        #expect(bench.relay.messagesInFlight == 0)
        #expect(bench.payloads(.second) == (1...5).map { "\($0)" })
        bench.relay.end()
        bench.run(.milliseconds(50))
        #expect(waiting(bench, .first) == 10)
        #expect(bench.relay.accounts.waiting == 0)
        // The next life finds it all.
        let next = TopicBench(
            bench.settings,
            first: bench.broker(.first),
            second: bench.broker(.second),
            instance: "next"
        )
        next.start()
        next.run(.seconds(1))
        #expect(next.payloads(.second) == (1...15).map { "\($0)" })
        #expect(waiting(next, .first) == 0)
        #expect(bench.faults + next.faults == [])
    }

    /// What is for a broker that is away stays where it is, and nobody waits for it.
    @Test(arguments: [false, true])
    func aStopDoesNotWaitForABrokerThatIsAway(_ wasThere: Bool) {
        let bench = TopicBench(.rule("a/#"))
        if wasThere { bench.start() }
        bench.part(.second)
        bench.run(until: { bench.relay.first.isUp })
        bench.publish(.first, "a/1", "waits", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.account(from: .first).waiting == 1)
        bench.relay.drain()
        #expect(bench.relay.messagesInFlight == 0)
        bench.relay.end()
        bench.run(.milliseconds(50))
        #expect(waiting(bench, .first) == 1)
        #expect(bench.faults == [])
    }
}

extension TopicBench {
    fileprivate func probeWords(_ side: Side) -> String { "\(relay.instance) \(relay.end(side).probeCount)" }
}
