package import MessagePack

/// What there is on a channel, as `channel_sync` tells it (docs/wire/comm-ipc.md, section 3).
package struct ChannelSync: Equatable, Sendable {
    package struct Event: Equatable, Sendable {
        package let name: String
        /// One provider; all of them where the hub is one of this project.
        package let providers: [String]
        package let traits: EventTraits
    }

    package struct Subscription: Equatable, Sendable {
        package let name: String
        package let owner: String?
        package let schema: RawValue?
    }

    package let channel: String
    package let events: [Event]
    package let subscriptions: [Subscription]

    /// - Returns: nil when the body lacks what every hub sends.
    package init?(_ body: UnsafeRawBufferPointer, _ walker: borrowing ValueWalker) {
        guard let fields = MapView(at: 0, in: body), let channel = fields.value("channel", walker)?.text else {
            return nil
        }
        self.channel = channel
        var events: [Event] = []
        for (name, value) in fields.value("events", walker)?.map?.entries(walker) ?? [] {
            guard let event = value.map else { continue }
            let keys = event.values(["owner", "providers"], walker)
            var providers = keys[1]?.elements(walker, maximum: 1 << 20)?.compactMap(\.text) ?? []
            if providers.isEmpty, let owner = keys[0]?.text { providers = [owner] }
            events.append(Event(name: name, providers: providers, traits: EventTraits(event, walker)))
        }
        var subscriptions: [Subscription] = []
        for (name, value) in fields.value("subscriptions", walker)?.map?.entries(walker) ?? [] {
            guard let subscription = value.map else { continue }
            let keys = subscription.values(["owner", "param_schema", "return_schema"], walker)
            subscriptions.append(
                Subscription(name: name, owner: keys[0]?.text, schema: (keys[1] ?? keys[2])?.rawUnlessNull)
            )
        }
        self.events = events
        self.subscriptions = subscriptions
    }
}

/// A change on a channel, as `metadata_update` tells it (docs/wire/comm-ipc.md, sections 3, 5, 6 and 11).
package enum ChannelNotice: Equatable, Sendable {
    case provided(event: String, owner: String, EventTraits)
    case eventWithdrawn(event: String, owner: String)
    case owned(subscription: String, owner: String, schema: RawValue?)
    case subscriptionWithdrawn(subscription: String, owner: String)
    /// `path`: the hubs on the way to a member of another hub; empty for this hub's own.
    case joined(member: String, isBridge: Bool, path: [String])
    case left(member: String)

    /// - Returns: nil for what this program does not know.
    package init?(_ body: UnsafeRawBufferPointer, _ walker: borrowing ValueWalker) {
        guard let fields = MapView(at: 0, in: body) else { return nil }
        let values = fields.values(["name", "stype", "owner", "action", "mode", "path", "return_schema"], walker)
        guard let kind = values[1]?.text, let owner = values[2]?.text else { return nil }
        let name = values[0]?.text
        let isWithdrawn = values[3]?.text == "withdrawn"
        switch (kind, name) {
        case ("event", let name?):
            self =
                isWithdrawn
                ? .eventWithdrawn(event: name, owner: owner)
                : .provided(event: name, owner: owner, EventTraits(fields, walker))
        case ("subscription", let name?):
            self =
                isWithdrawn
                ? .subscriptionWithdrawn(subscription: name, owner: owner)
                : .owned(subscription: name, owner: owner, schema: values[6]?.rawUnlessNull)
        case ("membership", _):
            switch values[3]?.text {
            case "join":
                let path = values[5]?.elements(walker, maximum: FrameSplicer.pathLengthMaximum)?.compactMap(\.text)
                self = .joined(member: owner, isBridge: values[4]?.text == "bridge", path: path ?? [])
            case "leave": self = .left(member: owner)
            default: return nil
            }
        default: return nil
        }
    }
}

extension EventTraits {
    fileprivate init(_ fields: MapView, _ walker: borrowing ValueWalker) {
        let values = fields.values(["is_stream", "is_group", "param_schema", "return_schema"], walker)
        self.init(
            isStream: values[0]?.bool ?? false,
            isGroup: values[1]?.bool ?? false,
            parameterSchema: values[2]?.rawUnlessNull,
            returnSchema: values[3]?.rawUnlessNull
        )
    }
}

extension ValueView {
    /// The content of a str.
    package var text: String? { string.map { String(decoding: $0, as: UTF8.self) } }

    package var rawUnlessNull: RawValue? { isNull ? nil : RawValue(raw) }
}

extension MapView {
    /// All entries with str keys, in order.
    package func entries(_ walker: borrowing ValueWalker) -> [(key: String, value: ValueView)] {
        var entries: [(key: String, value: ValueView)] = []
        var at = head.contentStart
        for _ in 0..<head.contentCount {
            guard let key = try? ValueHead(at: at, in: bytes),
                let end = try? walker.end(ofValueAt: key.contentStart + key.contentCount, in: bytes)
            else { return entries }
            let start = key.contentStart + key.contentCount
            if case .string = key.kind, let value = try? ValueHead(at: start, in: bytes) {
                let text = String(decoding: bytes[key.contentStart..<start], as: UTF8.self)
                let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                entries.append((text, ValueView(raw: raw, kind: value.kind)))
            }
            at = end
        }
        return entries
    }
}
