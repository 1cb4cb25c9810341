/// A hub or a broker at an end of bridges, under the name that the file gives it.
package struct PeerConfiguration: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// A hub that runs in this process.
        case hosted(HostedHub)
        /// A hub that is dialled.
        case remote(RemoteHub)
        /// An MQTT broker, which is dialled.
        case broker(RemoteBroker)
    }

    package let name: String
    package let kind: Kind
    package let origin: Origin

    package init(name: String, kind: Kind, origin: Origin) {
        self.name = name
        self.kind = kind
        self.origin = origin
    }

    package var broker: RemoteBroker? {
        switch kind {
        case .hosted, .remote: nil
        case .broker(let broker): broker
        }
    }
}
