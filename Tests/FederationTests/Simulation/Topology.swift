@testable import Federation

/// Which hubs a bridge joins, for small federations.
enum Topology: String, CaseIterable {
    case pair, line, ring, triangle, star, diamond, sideBySide

    var hubCount: Int {
        switch self {
        case .pair, .sideBySide: 2
        case .triangle: 3
        case .diamond: 4
        case .line, .ring, .star: 5
        }
    }

    var edges: [(Int, Int)] {
        switch self {
        case .pair: [(0, 1)]
        case .sideBySide: [(0, 1), (0, 1)]
        case .triangle: [(0, 1), (1, 2), (2, 0)]
        case .diamond: [(0, 1), (0, 2), (1, 3), (2, 3)]
        case .line: [(0, 1), (1, 2), (2, 3), (3, 4)]
        case .ring: [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]
        case .star: [(0, 1), (0, 2), (0, 3), (0, 4)]
        }
    }
}

extension SimulatedFederation {
    /// Programs on every hub, with endpoints of their own and some that several have.
    func build(_ topology: Topology) {
        for _ in 0..<topology.hubCount { addHub() }
        for (first, second) in topology.edges {
            // Half of the bridges know channels by name, and so are there before any program is.
            addBridge(first, second, chance(50) ? [.everything] : [.rule("house"), .rule("*")])
        }
        for hub in 0..<topology.hubCount { addProgram(on: hub, of: topology.hubCount) }
        addProgram(on: topology.hubCount - 1, of: topology.hubCount)
    }

    func addProgram(on hub: Int, of hubCount: Int) {
        let number = programs.count
        var endpoints: [EndpointKey] = [.event("house", "e\(number)"), .subscription("house", "s\(number)")]
        if number % 2 == 0 { endpoints.append(.event("house", "shared")) }
        if number % 3 == 0 { endpoints.append(.event("garden", "group")) }
        addProgram(
            on: hub,
            channels: number % 2 == 0 ? ["house", "garden"] : ["house"],
            endpoints: endpoints,
            interests: (0...hubCount).map { .subscription("house", "s\($0)") }
        )
    }

    /// Hubs and bridges at random, programs on some of the hubs.
    ///
    /// - Parameter isPlain: all hubs tell of departures, and all bridges carry everything.
    func buildMesh(hubs hubCount: Int, bridges bridgeCount: Int, populated: Int, isPlain: Bool) {
        for _ in 0..<hubCount { addHub(reportsDepartures: isPlain || chance(80)) }
        // First a tree, so that most of it hangs together; then ways across.
        for hub in 1..<hubCount { addBridge(pick(hub), hub, isPlain ? [.everything] : drawRules()) }
        for _ in (hubCount - 1)..<bridgeCount {
            let first = pick(hubCount)
            let second = (first + 1 + pick(hubCount - 1)) % hubCount
            addBridge(first, second, isPlain ? [.everything] : drawRules())
        }
        for number in 0..<populated { addProgram(on: (number * hubCount) / populated, of: min(populated, 8)) }
    }

    private func drawRules() -> [ChannelRule] {
        switch pick(10) {
        case 0: [.rule("house", .out), .rule("garden", .in)]
        case 1: [.rule("house", events: ["e*", "s1", "s2"]), .rule("garden")]
        case 2: [.rule("house", rename: "home"), .rule("home", rename: "house"), .rule("*")]
        case 3: [.rule("ho*", rename: "west.ho*"), .rule("*")]
        case 4: [.rule("*", .in)]
        default: [.everything]
        }
    }
}
