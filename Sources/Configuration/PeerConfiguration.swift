/// A hub at an end of bridges, under the name that the file gives it.
package struct PeerConfiguration: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// It runs in this process.
        case hosted(HostedHub)
        /// It is dialled.
        case remote(RemoteHub)
    }

    package let name: String
    package let kind: Kind
    package let origin: Origin

    package init(name: String, kind: Kind, origin: Origin) {
        self.name = name
        self.kind = kind
        self.origin = origin
    }
}
