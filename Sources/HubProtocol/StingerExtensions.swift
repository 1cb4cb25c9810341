/// What programs of this project say to each other beyond comm-ipc (docs/wire/comm-ipc.md, section 11).
package enum StingerExtensions {
    /// The version that this program speaks: the value of `stinger` in the handshake.
    package static let version = 1

    /// What the names of channels begin with that belong to bridges.
    package static let channelPrefix = "__stinger"
    /// What bridges tell each other of their routes; nobody else is on it.
    package static let routesChannel = "__stinger_routes"
    /// What bridges tell everybody who listens.
    package static let newsChannel = "__stinger_bridge"
}
