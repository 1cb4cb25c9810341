import Federation
import HubProtocol
import NIOCore
import Testing

@testable import Bridge

/// What a bridge registers on one hub for the other.
@Suite struct ProxyTests {
    private static let schema: TestValue = ["type": "object", "properties": ["x": ["type": "number"]]]

    private func provide(_ client: TestClient, _ event: String = "e", _ fields: TestValue = [:]) {
        let base: [String: TestValue] = [
            "channel": "c", "event": .string(event), "is_provider": true, "request_id": "provide",
        ]
        client.send("register", .map(base.merging(fields.entries) { $1 }))
    }

    /// What a program that joins on the hub is told of the event.
    private func listed(_ pair: Pair, on side: Side, _ event: String = "e") -> TestValue? {
        let looker = pair.hub(side).client("looker \(pair.bench.now.uptimeNanoseconds)")
        let sync = looker.join("c").first
        looker.hangUp()
        return sync?["events"]?[event]
    }

    // MARK: Coming and going

    @Test(arguments: Side.allCases, Dialect.allCases) func whatIsSaidOfAnEventTravels(from side: Side, dialect: Dialect)
    {
        let pair = Pair(dialects: (dialect, dialect))
        let provider = pair.program("p", on: side, "c")
        provide(provider, "e", ["is_stream": true, "param_schema": Self.schema, "return_schema": ["type": "null"]])
        pair.bench.pass(.seconds(3))
        let event = listed(pair, on: side.other)
        #expect(event?["is_stream"] == true)
        #expect(event?["is_group"] == false)
        #expect(event?["param_schema"] == Self.schema)
        #expect(event?["return_schema"] == ["type": "null"])
        #expect(event?["owner"]?.text?.hasPrefix("stinger-bridge/b/") == true)
    }

    @Test(arguments: Dialect.allCases) func aGroupIsAGroupBeyond(dialect: Dialect) {
        let pair = Pair(dialects: (dialect, dialect))
        let (one, two) = (pair.program("one", on: .first, "c"), pair.program("two", on: .first, "c"))
        one.provide("c", "e", isGroup: true)
        two.provide("c", "e", isGroup: true)
        pair.bench.pass(.seconds(3))
        #expect(listed(pair, on: .second)?["is_group"] == true)
        // While one of them is left, so is the proxy.
        one.hangUp()
        pair.bench.pass(.seconds(5))
        #expect(pair.bridge.proxies(.second) == [.event("c", "e")])
        let caller = pair.program("caller", on: .second)
        pair.bench.quiet()
        caller.call("c", "e", 1)
        #expect(pair.bench.take(two).count { $0.type == "call" } == 1)
        two.hangUp()
        pair.bench.pass(.seconds(5))
        #expect(pair.bridge.proxies(.second) == [])
    }

    @Test func aSchemaThatChangesTravelsToo() {
        let pair = Pair()
        let provider = pair.program("p", on: .first, "c")
        provide(provider)
        pair.bench.pass(.seconds(1))
        #expect(listed(pair, on: .second)?["param_schema"] == .null)
        provide(provider, "e", ["param_schema": Self.schema])
        pair.bench.pass(.seconds(1))
        #expect(listed(pair, on: .second)?["param_schema"] == Self.schema)
    }

    @Test(arguments: Side.allCases, Dialect.allCases) func aProxyGoesWithItsOriginal(from side: Side, dialect: Dialect)
    {
        let pair = Pair(dialects: (dialect, dialect))
        let provider = pair.program("p", on: side, "c")
        let other = pair.program("q", on: side, "c")
        for event in ["one", "two"] { provide(provider, event) }
        provide(other, "three")
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.proxies(side.other) == [.event("c", "one"), .event("c", "two"), .event("c", "three")])
        provider.hangUp()
        pair.bench.pass(.seconds(5))
        #expect(pair.bridge.proxies(side.other) == [.event("c", "three")])
        #expect(listed(pair, on: side.other, "one") == nil)
        #expect(listed(pair, on: side.other, "three") != nil)
        // And comes back with it.
        let again = pair.program("p", on: side, "c")
        provide(again, "one")
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.proxies(side.other) == [.event("c", "one"), .event("c", "three")])
    }

    @Test func whatIsTakenBackAloneGoesAlone() {
        let pair = Pair()
        let provider = pair.west.stinger("p")
        for event in ["one", "two"] { provide(provider, event) }
        pair.bench.pass(.seconds(1))
        provider.send("unregister", ["channel": "c", "event": "one", "request_id": 1])
        pair.bench.settle()
        #expect(pair.bridge.proxies(.second) == [.event("c", "two")])
        #expect(listed(pair, on: .second, "one") == nil)
    }

    @Test func whatWasThereBeforeTheBridgeIsBrought() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west"), bench.addHub("east"))
        let provider = west.client("p")
        provider.join("c")
        provide(provider)
        provider.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        let bridge = bench.addBridge("b", west, east)
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(2))
        #expect(bridge.proxies(.second) == [.event("c", "e"), .subscription("c", "s")])
    }

    /// Calls wait for nothing that is there already: a bridge is ready within its settle time.
    @Test func manyRegistrationsAreBroughtWithoutManyRounds() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west"), bench.addHub("east"))
        let provider = west.client("p")
        for number in 0..<500 { provide(provider, "e\(number)") }
        let bridge = bench.addBridge("b", west, east)
        bridge.delay = .milliseconds(50)
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(2))
        #expect(bridge.proxies(.second).count == 500)
    }

    // MARK: Two who want one name

    @Test(arguments: Dialect.allCases) func aLocalProgramHasPrecedence(dialect: Dialect) {
        let pair = Pair(dialects: (dialect, dialect))
        let (here, there) = (pair.program("here", on: .first, "c"), pair.program("there", on: .second, "c"))
        provide(here)
        provide(there)
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.proxies(.first) == [])
        #expect(pair.bridge.proxies(.second) == [])
        let caller = pair.program("caller", on: .first)
        pair.bench.quiet()
        caller.call("c", "e", 1)
        #expect(pair.bench.take(here).count { $0.type == "call" } == 1)
        #expect(pair.bench.take(there).filter { $0.type == "call" } == [])
        // Without the local one the other is called.
        here.hangUp()
        pair.bench.pass(.seconds(4))
        #expect(pair.bridge.proxies(.first) == [.event("c", "e")])
        pair.bench.quiet()
        caller.call("c", "e", 2)
        #expect(pair.bench.take(there).count { $0.type == "call" } == 1)
    }

    /// On a hub of this project a program takes the name over that the bridge brought.
    @Test func aProgramSupersedesAProxy() {
        let pair = Pair()
        let far = pair.program("far", on: .second, "c")
        provide(far)
        pair.bench.pass(.seconds(1))
        #expect(pair.bridge.proxies(.first) == [.event("c", "e")])
        let local = pair.program("local", on: .first, "c")
        #expect(local.provide("c", "e").allSatisfy { $0["error"] == nil })
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.first) == [])
        #expect(listed(pair, on: .first)?["owner"] == "local")
        let caller = pair.program("caller", on: .first)
        pair.bench.quiet()
        caller.call("c", "e", 1)
        #expect(pair.bench.take(local).count { $0.type == "call" } == 1)
        local.hangUp()
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.first) == [.event("c", "e")])
        caller.call("c", "e", 2)
        #expect(pair.bench.take(far).contains { $0.type == "call" })
    }

    @Test func aProgramSupersedesASubscription() {
        let pair = Pair()
        let far = pair.program("far", on: .second, "c")
        far.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        pair.bench.pass(.seconds(1))
        let local = pair.program("local", on: .first, "c")
        local.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        #expect(pair.bench.take(local).filter { $0.type == "response" }.allSatisfy { $0["error"] == nil })
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.first) == [])
        local.hangUp()
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.first) == [.subscription("c", "s")])
    }

    /// Calls that are under way when a program takes over are answered all the same.
    @Test func callsSurviveATakeOver() {
        let pair = Pair()
        let far = pair.program("far", on: .second, "c")
        provide(far)
        let caller = pair.program("caller", on: .first)
        pair.bench.pass(.seconds(1))
        pair.bench.quiet()
        caller.call("c", "e", "r")
        let call = pair.bench.takeOne(far)
        _ = pair.program("local", on: .first, "c").provide("c", "e")
        pair.bench.pass(.seconds(1))
        far.respond(to: call["sender_id"]?.text ?? "", call["request_id"] ?? nil, data: 5)
        #expect(pair.bench.takeAnswers(caller).map { $0["data"] } == [5])
    }

    @Test func whatAHubRefusesIsAskedForAgain() {
        let pair = Pair(hub: { $0.limits.registrationsPerClient = 2 })
        let (one, two) = (pair.program("one", on: .first, "c"), pair.program("two", on: .first, "c"))
        for event in ["a", "b"] { provide(one, event) }
        provide(two, "c")
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.second).count == 2)
        let refusals = pair.bridge.takeNews().filter { $0.event == .registrationRefused }
        #expect(refusals.first?["reason"]?.contains("overloaded") == true)
        #expect(refusals.allSatisfy { $0["peer"] == "peer east" })
        one.hangUp()
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.second) == [.event("c", "c")])
    }

    /// The same refusal is told once, not at each try.
    @Test func aRefusalIsNotToldOverAndOver() {
        let pair = Pair(hub: { $0.limits.registrationsPerClient = 1 })
        let provider = pair.program("p", on: .first, "c")
        provide(provider, "a")
        let other = pair.program("q", on: .first, "c")
        provide(other, "b")
        pair.bench.pass(.seconds(20))
        #expect(pair.bridge.takeNews().count { $0.event == .registrationRefused } <= 2)
    }

    // MARK: Channels that end

    @Test(arguments: Dialect.allCases) func aChannelThatIsTerminatedIsJoinedAgain(dialect: Dialect) {
        let bench = Bench()
        let (west, east) = (bench.addHub("west") { $0.channelPolicy = .terminate }, bench.addHub("east"))
        let bridge = bench.addBridge("b", west, east, rules: [.rule("c")])
        bridge.dialects = [.first: dialect, .second: dialect]
        // The owner is a program, who was first.
        let owner = west.client("owner")
        owner.join("c")
        bridge.up(.first)
        bridge.up(.second)
        let far = east.client("far")
        far.join("c")
        far.provide("c", "e")
        bench.pass(.seconds(3))
        #expect(bridge.proxies(.first) == [.event("c", "e")])
        owner.hangUp()
        bench.pass(.seconds(5))
        #expect(bridge.proxies(.first) == [.event("c", "e")])
        let (a, z) = (west.client("a"), far)
        a.join("c")
        a.provide("c", "back")
        bench.pass(.seconds(3))
        #expect(bridge.proxies(.second) == [.event("c", "back")])
        bench.quiet()
        a.call("c", "e", 1)
        #expect(bench.take(z).count { $0.type == "call" } == 1)
        a.broadcast("c", "hello")
        #expect(bench.takeData(z) == ["hello"])
        z.broadcast("c", "there")
        #expect(bench.takeData(a).contains("there"))
    }

    /// What was on the terminated channel goes on the other side, too.
    @Test func whatWasOnATerminatedChannelIsWithdrawn() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west") { $0.channelPolicy = .terminate }, bench.addHub("east"))
        let bridge = bench.addBridge("b", west, east, rules: [.rule("c")])
        let (owner, member) = (west.client("owner"), west.client("member"))
        owner.join("c")
        member.join("c")
        member.provide("c", "e")
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(2))
        #expect(bridge.proxies(.second) == [.event("c", "e")])
        owner.hangUp()
        bench.pass(.seconds(2))
        #expect(bridge.proxies(.second) == [])
        member.join("c")
        member.provide("c", "e")
        bench.pass(.seconds(2))
        #expect(bridge.proxies(.second) == [.event("c", "e")])
    }

    // MARK: Further connections

    @Test(arguments: [Dialect.members, .plain]) func aFarClientHasAConnectionOfItsOwn(dialect: Dialect) {
        let pair = Pair(dialects: (.stinger, dialect))
        let (one, two) = (pair.program("one", on: .first, "c"), pair.program("two", on: .first, "c"))
        for event in ["a", "b"] { provide(one, event) }
        provide(two, "c")
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.holders(.second).count == 2)
        #expect(pair.bridge.holders(.first).isEmpty)
        one.hangUp()
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.holders(.second).count == 1)
        #expect(pair.bridge.proxies(.second) == [.event("c", "c")])
        two.hangUp()
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.holders(.second).isEmpty)
    }

    /// Where one registration is taken back, the rest of what the connection held moves to a new one.
    @Test func aConnectionIsRebuiltWhenOneOfItsRegistrationsGoes() {
        let pair = Pair(dialects: (.stinger, .members))
        let provider = pair.west.stinger("p")
        for event in ["a", "b"] { provide(provider, event) }
        pair.bench.pass(.seconds(2))
        let before = pair.bridge.holders(.second).first?.port
        provider.send("unregister", ["channel": "c", "event": "a", "request_id": 1])
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.second) == [.event("c", "b")])
        #expect(pair.bridge.holders(.second).count == 1)
        #expect(pair.bridge.holders(.second).first?.port !== before)
        #expect(listed(pair, on: .second, "a") == nil)
        #expect(listed(pair, on: .second, "b") != nil)
    }

    @Test func aFurtherConnectionThatIsLostComesBack() {
        let pair = Pair(dialects: (.stinger, .members))
        provide(pair.program("p", on: .first, "c"))
        pair.bench.pass(.seconds(2))
        guard let holder = pair.bridge.holders(.second).first else {
            Issue.record("no further connection")
            return
        }
        pair.bridge.lose(holder)
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.second) == [.event("c", "e")])
        #expect(pair.bridge.holders(.second).count == 1)
        #expect(pair.bridge.wire(.second) != nil)
    }

    @Test func aFurtherConnectionThatIsRefusedIsTriedAgain() {
        let pair = Pair(dialects: (.stinger, .members))
        pair.bridge.refusesFurther = [.second]
        provide(pair.program("p", on: .first, "c"))
        pair.bench.pass(.seconds(5))
        #expect(pair.bridge.proxies(.second) == [])
        pair.bridge.refusesFurther = []
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.second) == [.event("c", "e")])
    }

    @Test func thereAreNoMoreFurtherConnectionsThanMayBe() {
        let pair = Pair(dialects: (.stinger, .members), bridge: { $0.limits.holderMaximum = 2 })
        let providers = (0..<3).map { pair.program("p\($0)", on: .first, "c") }
        for (index, provider) in providers.enumerated() { provide(provider, "e\(index)") }
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.holders(.second).count == 2)
        #expect(pair.bridge.proxies(.second).count == 2)
        guard
            let free = providers.indices.first(where: { pair.bridge.proxies(.second).contains(.event("c", "e\($0)")) })
        else {
            return
        }
        providers[free].hangUp()
        pair.bench.pass(.seconds(3))
        #expect(pair.bridge.proxies(.second).count == 2)
        #expect(!pair.bridge.proxies(.second).contains(.event("c", "e\(free)")))
    }

    // MARK: Members

    @Test(arguments: Side.allCases) func membersAreAnnouncedBeyond(from side: Side) {
        let pair = Pair()
        let member = pair.program("m", on: side, "c")
        let looker = pair.program("z", on: side.other, "c")
        pair.bench.pass(.seconds(2))
        func listed() -> TestValue? {
            pair.bench.quiet()
            looker.send("list_members", ["channel": "c", "request_id": 1])
            return pair.bench.take(looker).first { $0.type == "response" }?["data"]?["members"]?.elements.first {
                $0["id"] == "m"
            }
        }
        #expect(listed()?["is_local"] == false)
        #expect(listed()?["path"] == (side == .first ? ["west"] : ["east"]))
        member.hangUp()
        pair.bench.settle()
        #expect(listed() == nil)
    }

    @Test func membersOfAChannelThatWasTerminatedAreAnnouncedAgain() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west") { $0.channelPolicy = .terminate }, bench.addHub("east"))
        let bridge = bench.addBridge("b", west, east, rules: [.rule("c")])
        let owner = west.client("owner")
        owner.join("c")
        bridge.up(.first)
        bridge.up(.second)
        let (member, looker) = (west.client("m"), east.client("z"))
        member.join("c")
        looker.join("c")
        bench.pass(.seconds(2))
        func members(_ client: TestClient) -> Set<TestValue> {
            bench.quiet()
            client.send("list_members", ["channel": "c", "request_id": 1])
            let answer = bench.take(client).first { $0.type == "response" }
            return Set(
                answer?["data"]?["members"]?.elements.filter { $0["is_local"] == false }.compactMap { $0["id"] } ?? []
            )
        }
        #expect(members(looker) == ["owner", "m"])
        owner.hangUp()
        bench.pass(.seconds(1))
        #expect(members(looker) == [])
        member.join("c")
        bench.pass(.seconds(1))
        #expect(members(looker) == ["m"])
        #expect(members(member) == ["z"])
    }
}
