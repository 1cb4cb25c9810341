import Federation
import MQTTProtocol

/// Circles of brokers that a topic could take, by the rules of one or several configurations.
///
/// Found by trying topics that two rules of one broker share, so a circle that only unusual names would take may be missed; each that is
/// named there is.
package struct TopicLoops: Sendable {
    package struct Loop: Equatable, Sendable {
        /// As the files call them, from where the topic starts; the last leads back to the first.
        package let brokers: [String]
        /// Ids of the bridges between them, in that order.
        package let bridges: [String]
        package let topic: String
        /// How many of the brokers speak MQTT 3.1.1 or may fall back to it, and so forget a message's path.
        package let forgetful: Int
        /// Whether all of the bridges agree with each other on who carries.
        package let isCoordinated: Bool
    }

    package private(set) var loops: [Loop] = []

    private struct Edge {
        let bridge: Int
        let from: Int
        let to: Int
        let side: Side
    }

    private struct Bridge {
        let id: String
        let rules: TopicRules
        let coordinates: Bool
    }

    /// Steps that are tried in all; meshes have many circles, and the first ones say what is wrong.
    private static let stepMaximum = 200_000
    private static let loopMaximum = 100

    private var names: [String] = []
    private var brokers: [[RemoteBroker]] = []
    private var bridges: [Bridge] = []
    private var edges: [[Edge]] = []

    package init(_ configurations: [BridgeConfiguration]) {
        for configuration in configurations {
            for bridge in configuration.bridges { add(bridge, configuration) }
        }
        loops = find()
    }

    // MARK: The map

    private mutating func add(_ settings: BridgeSettings, _ configuration: BridgeConfiguration) {
        guard let traffic = settings.topics,
            let first = configuration.hub(named: settings.first)?.broker,
            let second = configuration.hub(named: settings.second)?.broker
        else { return }
        let ends = [number(of: first, settings.first), number(of: second, settings.second)]
        guard ends[0] != ends[1] else { return }
        bridges.append(Bridge(id: settings.id, rules: traffic.rules, coordinates: traffic.coordinates))
        let bridge = bridges.count - 1
        edges[ends[0]].append(Edge(bridge: bridge, from: ends[0], to: ends[1], side: .first))
        edges[ends[1]].append(Edge(bridge: bridge, from: ends[1], to: ends[0], side: .second))
    }

    /// Two peers are one broker when they have one id, or, where not both have any, one address.
    private mutating func number(of broker: RemoteBroker, _ name: String) -> Int {
        let known = brokers.firstIndex { others in
            others.contains { other in
                if let id = broker.id, let otherID = other.id { return id == otherID }
                return other.connect.contains { broker.connect.contains($0) }
            }
        }
        if let known {
            brokers[known].append(broker)
            return known
        }
        names.append(broker.id ?? name)
        brokers.append([broker])
        edges.append([])
        return brokers.count - 1
    }

    // MARK: The search

    private func find() -> [Loop] {
        var search = Search()
        for start in brokers.indices {
            for topic in samples(at: start) {
                search.visited = [start]
                walk(from: start, topic, start: start, &search)
            }
        }
        return search.loops
    }

    private struct Search {
        var loops: [Loop] = []
        var seen: Set<[Int]> = []
        var visited: [Int] = []
        var used: [Int] = []
        var steps = 0
    }

    private func walk(from broker: Int, _ topic: String, start: Int, _ search: inout Search) {
        for edge in edges[broker] where !search.used.contains(edge.bridge) {
            guard search.steps < Self.stepMaximum, search.loops.count < Self.loopMaximum else { return }
            search.steps += 1
            guard case .carried(let name, _) = bridges[edge.bridge].rules.verdict(from: edge.side, topic: topic) else {
                continue
            }
            search.used.append(edge.bridge)
            if edge.to == start {
                close(topic: topic, name: name, start: start, &search)
            } else if !search.visited.contains(edge.to) {
                search.visited.append(edge.to)
                walk(from: edge.to, name, start: start, &search)
                search.visited.removeLast()
            }
            search.used.removeLast()
        }
    }

    /// A circle: what has come back goes the same way again.
    private func close(topic: String, name: String, start: Int, _ search: inout Search) {
        guard let first = search.used.first, let edge = edges[start].first(where: { $0.bridge == first }),
            case .carried = bridges[first].rules.verdict(from: edge.side, topic: name),
            search.seen.insert(search.used.sorted()).inserted
        else { return }
        let forgetful = search.visited.count { broker in
            brokers[broker].contains { $0.version == .v3_1_1 || $0.fallsBack }
        }
        search.loops.append(
            Loop(
                brokers: search.visited.map { names[$0] },
                bridges: search.used.map { bridges[$0].id },
                topic: name,
                forgetful: forgetful,
                isCoordinated: search.used.allSatisfy { bridges[$0].coordinates }
            )
        )
    }

    /// Topics that one bridge brings to a broker and another takes away, one for each pair of rules.
    private func samples(at broker: Int) -> [String] {
        var samples: Set<String> = []
        let filters = edges[broker].map { edge in
            bridges[edge.bridge].rules.rules.map { $0.filter(on: edge.side) }
        }
        for (index, some) in filters.enumerated() {
            for others in filters[..<index] {
                for one in some {
                    for other in others {
                        guard samples.count < 1_000, let common = one.common(with: other) else { continue }
                        samples.insert(common.exampleTopic)
                    }
                }
            }
        }
        return samples.sorted()
    }
}

extension TopicLoops.Loop: CustomStringConvertible {
    /// The circle, and what will stop a message on it.
    package var description: String {
        let way = (brokers + [brokers.first ?? ""]).map(Words.plain).joined(separator: " -> ")
        let over = bridges.map(Words.plain).joined(separator: ", ")
        return "loop: \(Words.shown(topic)) can go \(way) (bridges \(over)); \(stop)"
    }

    /// Nothing stops a message on it.
    package var isEndless: Bool { !isCoordinated && forgetful > 1 }

    private var stop: String {
        if isCoordinated {
            let path = forgetful == 0 ? ", and its path (`stinger-path`) would stop it" : ""
            return "the bridges agree on ways without a circle\(path)"
        }
        return switch forgetful {
        case 0: "its path (`stinger-path`) stops it"
        case 1:
            """
            its path (`stinger-path`) stops it after one more round: one of the brokers speaks MQTT 3.1.1, and forgets paths
            """
        default:
            """
            nothing stops it: several of the brokers speak MQTT 3.1.1, and forget paths; break the circle with `direction` or \
            `exclude`
            """
        }
    }
}

extension TopicFilter {
    /// A topic that it matches, with a word of its own in the place of each wildcard.
    fileprivate var exampleTopic: String {
        text.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0 == "+" || $0 == "#" ? "any" : String($0) }
            .joined(separator: "/")
    }
}
