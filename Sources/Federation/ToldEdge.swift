/// Word of an edge, and the way on which it came.
struct ToldEdge: Equatable, Sendable {
    let edge: BridgeEdge
    /// The nonces of the bridges that passed it on, nearest to the edge first; empty where a bridge tells its own.
    var tellers: [UInt64]

    /// The newest word, and of equally new ones the one that came by the fewest bridges; a total order, so that all choose alike.
    func isBetter(than other: ToldEdge) -> Bool {
        if edge.sequence != other.edge.sequence { return edge.sequence > other.edge.sequence }
        if tellers.count != other.tellers.count { return tellers.count < other.tellers.count }
        return tellers.lexicographicallyPrecedes(other.tellers)
    }
}
