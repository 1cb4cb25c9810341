/// Topics that bridges keep for themselves on a broker. They never cross.
struct BridgeTopics {
    static let root = "stinger/bridge/"
    /// The broker's id, retained: the first bridge that comes sets it, and all others take it, so that all name the broker alike in paths.
    static let brokerID = "stinger/bridge/broker"
    /// Descriptions of all bridges of a broker.
    static let allRoutes = "stinger/bridge/+/+/routes"
    /// The state topics of all bridges that have them in their usual place.
    static let allStates = "stinger/bridge/+/+/state"

    /// A message of its own that a bridge must hear again for the link to count as up.
    let probe: String
    /// What this bridge joins, retained.
    let routes: String
    /// Where a link says whether it is up, unless the configuration says otherwise.
    let state: String
    /// All of these of this bridge and broker.
    let all: String
    /// The mark behind the retained messages that a reading brings.
    let reading: String

    init(bridge: String, peer: String) {
        let base = "\(Self.root)\(Self.level(bridge))/\(Self.level(peer))"
        probe = "\(base)/probe"
        routes = "\(base)/routes"
        reading = "\(base)/reading"
        state = "\(base)/state"
        all = "\(base)/+"
    }

    static func isRoutes(_ topic: String) -> Bool { isMatch(topic, last: "routes") }

    static func isState(_ topic: String) -> Bool { isMatch(topic, last: "state") }

    private static func isMatch(_ topic: String, last: String) -> Bool {
        guard topic.hasPrefix(root) else { return false }
        let levels = topic.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return levels.count == 5 && levels[4].elementsEqual(last.utf8)
    }

    /// A name as one level of a topic: what has a meaning there is replaced.
    static func level(_ name: String) -> String {
        String(
            name.map { character in
                switch character {
                case "/", "+", "#", "\0": "_"
                default: character
                }
            }
        )
    }
}
