package import HubProtocol

/// Ends that lie in the hub's own process.
extension Hub {
    /// Takes in an end that lies in this process: it is a client at once, speaks stinger, and is never silent for too long.
    ///
    /// Whoever drives the hub feeds it frames with `receive`, carries out the outputs addressed to it, and tells of its end with `closed`.
    ///
    /// - Parameters:
    ///   - id: the client id it is to have; where that is taken, the first of `ID-2`, `ID-3`, … that is not.
    ///   - address: what it is, for logs.
    package func attach(id: Name, mode: ClientMode, address: String) -> HubConnection {
        let connection = addConnection(address: address, host: address)
        connection.isAttached = true
        admit(
            connection,
            as: ClientIdentity(id: freeID(id), mode: mode, hearsMembership: true, speaksStinger: true)
        )
        sayIdentified(connection)
        sayWaitingLogLines()
        return connection
    }

    private func freeID(_ wanted: Name) -> Name {
        var id = wanted
        var number = 1
        while clients[id.key] != nil || Self.reservedIDs.contains(id.text) {
            number += 1
            id = Name("\(wanted.text)-\(number)")
        }
        return id
    }
}
