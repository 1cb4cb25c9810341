/// What can be offered across a bridge, by the names of the hub it is offered on.
package struct EndpointKey: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// An event that somebody provides.
        case event = 0
        /// A subscription that somebody owns.
        case subscription = 1
        /// The broadcasts on a channel that began on one hub; the name is that hub's id.
        case source = 2
    }

    package let kind: Kind
    package let channel: String
    package let name: String

    package init(_ kind: Kind, channel: String, name: String) {
        self.kind = kind
        self.channel = channel
        self.name = name
    }

    package static func event(_ channel: String, _ name: String) -> EndpointKey {
        EndpointKey(.event, channel: channel, name: name)
    }

    package static func subscription(_ channel: String, _ name: String) -> EndpointKey {
        EndpointKey(.subscription, channel: channel, name: name)
    }

    package static func source(_ channel: String, hub: String) -> EndpointKey {
        EndpointKey(.source, channel: channel, name: hub)
    }
}

/// The order in which things are done that a set or dictionary holds: the same in every run.
extension EndpointKey: Comparable {
    package static func < (one: EndpointKey, other: EndpointKey) -> Bool {
        if one.kind != other.kind { return one.kind.rawValue < other.kind.rawValue }
        if one.channel != other.channel { return one.channel < other.channel }
        return one.name < other.name
    }
}
