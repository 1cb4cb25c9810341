@testable import Hub

extension TestHub {
    /// How much the hub's tables hold.
    struct Tables: Equatable {
        var connections = 0
        var clients = 0
        var channels = 0
        var calls = 0
        var remoteMembers = 0
        var delayedAnswers = 0
        /// Connections with something to flush or with a full queue.
        var dirty = 0
        var congested = 0
    }

    var tables: Tables {
        Tables(
            connections: hub.connections.count { $0 != nil },
            clients: hub.clients.count,
            channels: privateCount("channels"),
            calls: hub.calls.count,
            remoteMembers: hub.remoteMembers.count,
            delayedAnswers: hub.delayedAnswers.count,
            dirty: privateCount("dirty"),
            congested: privateCount("congested")
        )
    }

    /// How many elements a private collection of the hub, or of its outbox, has.
    private func privateCount(_ name: String) -> Int {
        for owner in [hub, hub.outbox] as [Any] {
            for child in Mirror(reflecting: owner).children where child.label == name {
                return Mirror(reflecting: child.value).children.count
            }
        }
        preconditionFailure("the hub has no \(name)")
    }
}
