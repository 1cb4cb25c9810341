/// A bridge between two brokers, as the other bridges of a federation know it.
struct BridgeEdge: Equatable, Sendable {
    struct End: Equatable, Sendable {
        /// The broker's id, as this bridge was told it.
        var id: String
        /// Which broker it is, whatever its id: all bridges on one broker agree on one number (`BrokerGraph`). nil: not agreed yet.
        var anchor: UInt64?
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
}

/// What one bridge tells on one broker.
struct RoutesDescription: Equatable, Sendable {
    /// An edge that the teller has heard of on its other broker.
    struct Repeated: Equatable, Sendable {
        var edge: BridgeEdge
        /// The bridges by which the word came to the teller, nearest to the edge first; without the edge itself and without the teller.
        var tellers: [UInt64]
    }

    /// The teller's own edge.
    var own: BridgeEdge
    /// Which end of it is the broker that this is told on.
    var here: Side
    var repeated: [Repeated] = []
}
