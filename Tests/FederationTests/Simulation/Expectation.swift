@testable import Federation

/// What a federation comes to when nothing changes any more, worked out from outside by breadth-first search.
struct Expectation {
    struct Place: Hashable, Comparable {
        let hub: Int
        let key: EndpointKey

        static func < (one: Place, other: Place) -> Bool {
            one.hub == other.hub ? one.key < other.key : one.hub < other.hub
        }
    }

    struct Way {
        /// The hubs behind this one, the endpoint's own first; empty at home.
        let path: [String]
        /// What it is called at home, and who brings it here.
        let origin: Place
        let bridge: Int?
    }

    private(set) var ways: [Place: Way] = [:]

    init(_ world: SimulatedFederation) {
        var edges: [[(bridge: SimulatedBridge, side: Side)]] = world.hubs.map { _ in [] }
        for bridge in world.bridges where bridge.isWhole {
            for side in Side.allCases { edges[bridge.hub(side).index].append((bridge, side)) }
        }
        var front = Self.homes(world)
        for place in front { ways[place] = Way(path: [], origin: place, bridge: nil) }
        for _ in 0..<world.limits.hopMaximum {
            var found: [Place: (rank: Rank, way: Way)] = [:]
            for place in front {
                guard let way = ways[place] else { continue }
                let path = way.path + [world.hubs[place.hub].id]
                for (bridge, side) in edges[place.hub] {
                    let target = bridge.hub(side.other)
                    guard !path.contains(target.id), let key = bridge.rules.counterpart(of: place.key, on: side) else {
                        continue
                    }
                    let there = Place(hub: target.index, key: key)
                    guard ways[there] == nil else { continue }
                    let rank = Rank(path: path, bridge: bridge.name)
                    if let best = found[there], best.rank < rank { continue }
                    found[there] = (rank, Way(path: path, origin: way.origin, bridge: bridge.index))
                }
            }
            front = found.keys.sorted()
            for (place, value) in found { ways[place] = value.way }
        }
    }

    /// Where everything begins.
    private static func homes(_ world: SimulatedFederation) -> [Place] {
        var homes: [Place] = []
        for hub in world.hubs where hub.isUp {
            for (key, wires) in hub.registrations where wires.contains(where: { !$0.isBridge }) {
                homes.append(Place(hub: hub.index, key: key))
            }
            for channel in hub.channels { homes.append(Place(hub: hub.index, key: .source(channel, hub: hub.id))) }
        }
        return homes.sorted()
    }

    /// How many bridges lie between a hub and each other one, by a search that knows nothing of keys; nil: none lead there.
    static func distances(_ world: SimulatedFederation, from start: Int) -> [Int?] {
        var neighbours: [[Int]] = world.hubs.map { _ in [] }
        for bridge in world.bridges where bridge.isWhole {
            neighbours[bridge.hub(.first).index].append(bridge.hub(.second).index)
            neighbours[bridge.hub(.second).index].append(bridge.hub(.first).index)
        }
        var distances: [Int?] = world.hubs.map { _ in nil }
        distances[start] = 0
        var front = [start]
        var distance = 0
        while !front.isEmpty {
            distance += 1
            var next: [Int] = []
            for hub in front {
                for neighbour in neighbours[hub] where distances[neighbour] == nil {
                    distances[neighbour] = distance
                    next.append(neighbour)
                }
            }
            front = next
        }
        return distances
    }
}
