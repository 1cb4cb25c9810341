/// Which ways carry a topic, the same for everybody who draws the same map.
///
/// Ways that carry in both directions form a forest; each of its trees is an island, on which a message of any broker gets everywhere, once.
/// Ways in one direction lead from island to island: without needless ones; without circles in which nobody could tell that a message has been
/// there; and where several lead to one island, only those on the shortest way from where the message began.
struct TopicPlan: Sendable {
    private enum Use {
        case tree
        case arc
        case standBy
    }

    private struct Arc {
        let way: Int
        /// Islands.
        let from: Int
        let to: Int
    }

    private let map: TopicMap
    private var uses: [Use]
    /// By spot.
    private var islands: [Int] = []
    /// In the order in which they are preferred.
    private var arcs: [Arc] = []

    init(_ map: TopicMap) {
        self.map = map
        uses = map.ways.map { _ in .standBy }
        plantForest()
        arcs = map.ways.indices.compactMap { index in
            let way = map.ways[index]
            guard !way.isSymmetric, islands[way.one] != islands[way.other] else { return nil }
            let from = islands[way.there ? way.one : way.other]
            let to = islands[way.there ? way.other : way.one]
            return Arc(way: index, from: from, to: to)
        }
        removeNeedlessArcs()
        cutBlindCircles()
        for arc in arcs { uses[arc.way] = .arc }
    }

    private mutating func plantForest() {
        // Names that grow in each round never meet themselves again. A path stops such a message where it was before; without one, each broker is
        // taken once, whatever the name.
        let isByBroker = map.isCutShort && map.ways.contains { !$0.keepsPath }
        var roots = Array(map.spots.indices)
        func root(_ spot: Int) -> Int {
            var spot = spot
            while roots[spot] != spot {
                roots[spot] = roots[roots[spot]]
                spot = roots[spot]
            }
            return spot
        }
        var spotsByBroker: [Int: Int] = [:]
        let nodes = map.spots.enumerated().map { number, spot in
            guard isByBroker else { return number }
            if let known = spotsByBroker[spot.broker] { return known }
            spotsByBroker[spot.broker] = number
            return number
        }
        for (index, way) in map.ways.enumerated() where way.isSymmetric {
            let one = root(nodes[way.one])
            let other = root(nodes[way.other])
            guard one != other else { continue }
            roots[other] = one
            uses[index] = .tree
        }
        islands = nodes.map(root)
    }

    /// From the last one up, so that the first ones stay.
    private mutating func removeNeedlessArcs() {
        for index in arcs.indices.reversed() {
            let arc = arcs.remove(at: index)
            if distances(from: arc.from)[arc.to] == nil { arcs.insert(arc, at: index) }
        }
    }

    /// In a circle, somebody has to see that a message was there before: all ways in it and on its islands must keep the path.
    private mutating func cutBlindCircles() {
        let blind = Set(
            map.ways.indices.filter { uses[$0] == .tree && !map.ways[$0].keepsPath }.map { islands[map.ways[$0].one] }
        )
        while true {
            let reach = Dictionary(uniqueKeysWithValues: Set(arcs.map(\.from)).map { ($0, distances(from: $0)) })
            // Two islands lie in one circle if each leads to the other.
            func isInCircle(_ arc: Arc) -> Bool { reach[arc.to]?[arc.from] != nil }
            func isTogether(_ one: Int, _ other: Int) -> Bool {
                reach[one]?[other] != nil && reach[other]?[one] != nil
            }
            let circling = arcs.filter(isInCircle)
            let forgetful = circling.filter { arc in
                !map.ways[arc.way].keepsPath || blind.contains(arc.from) || blind.contains(arc.to)
            }
            guard
                let cut = arcs.indices.last(where: { index in
                    isInCircle(arcs[index]) && forgetful.contains { isTogether($0.from, arcs[index].from) }
                })
            else { return }
            arcs.remove(at: cut)
        }
    }

    /// Arcs from an island to each that it leads to; itself is at 0.
    private func distances(from start: Int) -> [Int: Int] { shortest(from: start).mapValues(\.distance) }

    /// The shortest ways from an island: distance, and the arc by which each island is reached. A way that forgets the path carries in any case,
    /// as nobody knows where its messages began, so of equally short ones it is taken.
    private func shortest(from start: Int) -> [Int: (distance: Int, by: Int?)] {
        var found: [Int: (distance: Int, by: Int?)] = [start: (0, nil)]
        var front: Set = [start]
        var distance = 0
        while !front.isEmpty {
            distance += 1
            var next: Set<Int> = []
            for isPathKept in [false, true] {
                for arc in arcs where front.contains(arc.from) && map.ways[arc.way].keepsPath == isPathKept {
                    guard found[arc.to] == nil else { continue }
                    found[arc.to] = (distance, arc.way)
                    next.insert(arc.to)
                }
            }
            front = next
        }
        return found
    }

    // MARK: What a bridge asks

    /// What a bridge does with messages of the map's first spot.
    func decision(_ link: Int, to spot: TopicMap.Spot, ids: [[UInt8]]) -> TopicDecision {
        guard
            let way = map.ways.indices.first(where: { index in
                let way = map.ways[index]
                guard way.links.contains(link) else { return false }
                return way.one == 0 && way.there && map.spots[way.other] == spot
                    || way.other == 0 && way.back && map.spots[way.one] == spot
            })
        else { return .standBy }
        switch uses[way] {
        case .standBy: return .standBy
        case .tree: return .carry(unlessPassed: [ids[spot.broker]])
        case .arc:
            let near = map.ways[way].one == 0 ? map.ways[way].one : map.ways[way].other
            let island = islands[near == map.ways[way].one ? map.ways[way].other : map.ways[way].one]
            let brokers = Set(map.spots.indices.filter { islands[$0] == island }.map { map.spots[$0].broker })
            return .carry(unlessPassed: brokers.sorted().map { ids[$0] }, notFrom: strangers(way, into: island, ids))
        }
    }

    /// The brokers whose messages come to an island by another way than this one.
    private func strangers(_ way: Int, into island: Int, _ ids: [[UInt8]]) -> [[UInt8]: Bool] {
        guard arcs.count(where: { $0.to == island }) > 1 else { return [:] }
        var isCarried: [Int: Bool] = [:]
        var answers: [Int: Bool] = [:]
        for (number, spot) in map.spots.enumerated() {
            let start = islands[number]
            let answer = answers[start] ?? (shortest(from: start)[island]?.by == way)
            answers[start] = answer
            // Where a broker has the topic under several names, nobody knows which one it was: rather twice than never.
            isCarried[spot.broker] = answer || (isCarried[spot.broker] ?? false)
        }
        return Dictionary(isCarried.map { (ids[$0.key], $0.value) }, uniquingKeysWith: { $0 || $1 })
    }
}
