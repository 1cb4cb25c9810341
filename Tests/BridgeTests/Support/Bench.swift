import Federation
import HubProtocol
import NIOCore
import Testing

@testable import Bridge
@testable import Hub

/// Hubs, bridges between them and programs on them, in one process and one virtual time.
final class Bench {
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private(set) var hubs: [TestHub] = []
    private(set) var bridges: [TestBridge] = []

    func addHub(_ id: String, _ configure: (inout HubSettings) -> Void = { _ in }) -> TestHub {
        let hub = TestHub {
            $0.hubID = id
            // A program that goes leaves the others where they are, if a test says nothing else.
            $0.channelPolicy = .promote
            configure(&$0)
        }
        hub.pass(now - hub.now)
        hubs.append(hub)
        return hub
    }

    func addBridge(
        _ id: String,
        _ first: TestHub,
        _ second: TestHub,
        rules: [ChannelRule] = [.everything],
        _ configure: (inout RelaySettings) -> Void = { _ in }
    ) -> TestBridge {
        var settings = RelaySettings(
            id: id,
            rules: ChannelRules(rules),
            first: EndSettings(name: "peer \(first.hub.id.text)"),
            second: EndSettings(name: "peer \(second.hub.id.text)")
        )
        configure(&settings)
        let bridge = TestBridge(settings, first: first, second: second, on: self)
        bridges.append(bridge)
        return bridge
    }

    // MARK: Moving on

    /// Lets everything happen that needs no time.
    func settle() {
        for _ in 0..<10_000 {
            var hasMoved = false
            for bridge in bridges where bridge.step() { hasMoved = true }
            if !hasMoved { return }
        }
        Issue.record("the bridges never come to rest")
    }

    /// Lets time pass, with everything that is due on the way.
    func pass(_ time: TimeAmount) {
        let end = now + time
        settle()
        var count = 0
        while let next = nextDeadline, next <= end, count < 100_000 {
            move(to: max(now, next))
            for bridge in bridges { bridge.ring() }
            settle()
            count += 1
        }
        if count == 100_000 { Issue.record("some deadline does not move on") }
        move(to: end)
        settle()
    }

    /// Lets time pass in which the bridges do not run, nor the hubs.
    func freeze(_ time: TimeAmount) { move(to: now + time) }

    private var nextDeadline: NIODeadline? {
        (bridges.map(\.nextDeadline) + hubs.compactMap(\.hub.nextDeadline)).filter { $0 < .distantFuture }.min()
    }

    private func move(to time: NIODeadline) {
        now = time
        for hub in hubs { hub.pass(time - hub.now) }
    }

    /// Lets time pass until `condition` holds, at most ten seconds.
    func wait(for condition: () -> Bool, _ location: SourceLocation = #_sourceLocation) {
        settle()
        for _ in 0..<1_000 where !condition() { pass(.milliseconds(10)) }
        #expect(condition(), "not within ten seconds", sourceLocation: location)
    }

    // MARK: Looking in

    /// What a program has got since the last time, once everything has settled.
    func take(_ client: TestClient) -> [TestValue] {
        settle()
        return client.take()
    }

    /// The `data` of it.
    func takeData(_ client: TestClient) -> [TestValue] { take(client).compactMap { $0["data"] } }

    /// The answers among it, notices left out.
    func takeAnswers(_ client: TestClient) -> [TestValue] { take(client).filter { $0.type == "response" } }

    /// The one frame of it; anything else is an issue.
    func takeOne(_ client: TestClient, _ location: SourceLocation = #_sourceLocation) -> TestValue {
        settle()
        return client.takeOne(location)
    }

    /// Everybody has read what came so far.
    func quiet() {
        settle()
        for hub in hubs { hub.quiet() }
    }
}

extension ChannelRule {
    /// All channels, both ways.
    static var everything: ChannelRule { rule("*") }

    static func rule(
        _ pattern: String,
        _ direction: Direction = .both,
        rename: String? = nil,
        events: [String] = []
    ) -> ChannelRule {
        do {
            return try ChannelRule(
                pattern: NamePattern(pattern),
                direction: direction,
                rename: rename.map { NamePattern($0) },
                events: events.map { NamePattern($0) }
            )
        } catch {
            preconditionFailure("there can be no rule \(pattern) to \(rename ?? "itself"): \(error)")
        }
    }
}
