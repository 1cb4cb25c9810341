/// A bridge between two brokers, as the other bridges of a federation know it.
struct BridgeEdge: Equatable, Sendable {
    struct End: Equatable, Sendable {
        /// The broker's id; all bridges on one broker call it the same.
        var id: String
        /// Whether user properties pass here, and with them the path of a message: MQTT 5.
        var keepsPath: Bool
    }

    let name: String
    /// Drawn anew in each life of the bridge's process: two bridges that have one name are two.
    let nonce: UInt64
    /// Counts the changes of what the bridge says of itself; the newest wins.
    var sequence: UInt64
    var first: End
    var second: End
    var rules: [TopicRule]

    subscript(side: Side) -> End {
        get {
            switch side {
            case .first: first
            case .second: second
            }
        }
        set {
            switch side {
            case .first: first = newValue
            case .second: second = newValue
            }
        }
    }

    /// By name, then nonce: the same order for everybody.
    static func isEarlier(_ one: BridgeEdge, _ other: BridgeEdge) -> Bool {
        // By bytes: to Swift, two spellings of one accented letter are equal.
        if !one.name.utf8.elementsEqual(other.name.utf8) {
            return one.name.utf8.lexicographicallyPrecedes(other.name.utf8)
        }
        return one.nonce < other.nonce
    }
}
