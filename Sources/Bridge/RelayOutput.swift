package import Federation
package import HubProtocol

/// What a bridge wants done. Whoever drives it takes these out one by one and carries them out.
package enum RelayOutput {
    /// Hand what waits in the port's session to its socket.
    case send(RelayPort)
    /// Close the connection; the reason is nil where nothing is wrong.
    case close(RelayPort, HubClientFailure?)
    /// Connect once more to the hub on the port's side.
    case open(RelayPort)
    /// Stop reading from the hub on this side, or go on.
    case setReading(Side, Bool)
    /// Tell people: on this side's own channels where the hub is hosted here, and in the log. nil: in the log only.
    case tell(Side?, BridgeNews)
}
