import Federation
import HubProtocol
import NIOCore
import Testing

@testable import Bridge

/// Where messages go on, found by the names in them.
@Suite struct RelayRoutesTests {
    private func find(_ routes: inout ProxyRoutes, _ channel: String, _ event: String) -> EndpointKey? {
        var routes = routes
        defer { _ = routes }
        return Array(channel.utf8).withUnsafeBytes { channel in
            Array(event.utf8).withUnsafeBytes { routes.find(channel, $0)?.far }
        }
    }

    @Test func aRouteIsFoundWhileItIsThere() {
        var routes = ProxyRoutes()
        let keys = [("c", "e"), ("c", "f"), ("d", "e"), ("", ""), ("ce", "")]
        for (channel, event) in keys {
            routes.insert(ProxyRoute(.event(channel, event), far: .event("far \(channel)", event)))
        }
        for (channel, event) in keys { #expect(find(&routes, channel, event) == .event("far \(channel)", event)) }
        #expect(find(&routes, "c", "") == nil)
        #expect(find(&routes, "c", "ee") == nil)
        #expect(find(&routes, "x", "e") == nil)
        routes.remove(.event("c", "e"))
        #expect(find(&routes, "c", "e") == nil)
        #expect(find(&routes, "c", "f") != nil)
        routes.remove(.event("c", "e"))
        routes.remove(.event("nowhere", "e"))
        routes.removeAll()
        for (channel, event) in keys { #expect(find(&routes, channel, event) == nil) }
    }

    @Test func aRouteThatIsReplacedLeadsElsewhere() {
        var routes = ProxyRoutes()
        routes.insert(ProxyRoute(.event("c", "e"), far: .event("one", "e")))
        #expect(find(&routes, "c", "e") == .event("one", "e"))
        for number in 0..<50 {
            routes.insert(ProxyRoute(.event("c", "e"), far: .event("\(number)", "e")))
            #expect(find(&routes, "c", "e") == .event("\(number)", "e"))
        }
    }

    /// The one that was found last is remembered, but not beyond its end.
    @Test func whatWasFoundLastMayGo() {
        var routes = ProxyRoutes()
        func look() -> ProxyRoute? {
            Array("c".utf8).withUnsafeBytes { channel in Array("e".utf8).withUnsafeBytes { routes.find(channel, $0) } }
        }
        routes.insert(ProxyRoute(.event("c", "e"), far: .event("d", "e")))
        #expect(look() === look())
        routes.remove(.event("c", "e"))
        #expect(look() == nil)
    }

    @Test func broadcastsGoOnByTheirOrigin() {
        let port = RelayPort(
            side: .second,
            settings: HubClientSettings(clientID: "b", mode: .bridge),
            holder: nil,
            now: .uptimeNanoseconds(0)
        )
        let route = BroadcastRoute(
            channel: Name("c"),
            farName: "c",
            isFiltered: false,
            signatures: nil,
            port: port,
            hubID: Name("west"),
            farHubID: Name("east")
        )
        func carries(_ hub: String) -> Bool { Array(hub.utf8).withUnsafeBytes { route.carries(origin: $0) } }
        #expect(route.isIdle)
        #expect(route.farName == nil)
        for hub in ["x", "y", "x"] { route.setCarries(origin: hub, true) }
        #expect(carries("x") && carries("y") && !carries("z"))
        #expect(!route.isIdle)
        route.setCarries(origin: "x", false)
        #expect(!carries("x") && carries("y"))
        route.setCarries(origin: "y", false)
        #expect(route.isIdle)
        route.carriesOwn = true
        #expect(!route.isIdle)
    }

    @Test(arguments: ["b", "a+b", "a/b", "ä", "+", "b+1"]) func aBridgeIsKnownByItsClients(id: String) {
        let name = BridgeName.make(bridge: id, nonce: "0a1b2c3d")
        #expect(BridgeName.bridge(of: name) == name)
        #expect(BridgeName.bridge(of: BridgeName.further(name, 17)) == name)
        #expect(BridgeName.bridge(of: "someone") == nil)
        #expect(BridgeName.bridge(of: "stinger-bridg/x") == nil)
    }
}
