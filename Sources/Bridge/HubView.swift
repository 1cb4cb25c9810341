import HubProtocol

/// What a bridge has been told of one hub: who provides and owns what on the channels that it joined.
struct HubView {
    struct Event {
        /// By client id, in the order they were heard of.
        var providers: [(client: String, traits: EventTraits)] = []
    }

    struct Subscription {
        var owner: String
        var schema: RawValue?
    }

    struct Channel {
        var events: [String: Event] = [:]
        var subscriptions: [String: Subscription] = [:]
        /// Members and the hubs on the way to them.
        var members: [String: [String]] = [:]
        var isSynced = false
    }

    var channels: [String: Channel] = [:]

    func traits(_ channel: String, _ event: String) -> (client: String, traits: EventTraits)? {
        channels[channel]?.events[event]?.providers.first
    }

    /// A change of what is there, for the routes.
    enum Change {
        case provided(event: String, client: String)
        case notProvided(event: String, client: String)
        case owned(subscription: String, client: String)
        case notOwned(subscription: String, client: String)
        case traitsChanged(event: String)
        case joined(member: String, path: [String])
        case left(member: String)
    }

    /// Takes a whole list of a channel in.
    ///
    /// - Returns: what is other than before.
    mutating func apply(_ sync: ChannelSync) -> [Change] {
        var changes: [Change] = []
        var channel = channels[sync.channel] ?? Channel()
        let events = Dictionary(sync.events.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for (name, event) in channel.events {
            let providers = events[name]?.providers ?? []
            for (client, _) in event.providers where !providers.contains(client) {
                // A list that names one provider does not deny the others of a group.
                if let now = events[name], now.traits.isGroup, channel.isSynced, now.providers.count == 1 { continue }
                changes.append(.notProvided(event: name, client: client))
                channel.events[name]?.providers.removeAll { $0.client == client }
            }
        }
        channel.events = channel.events.filter { !$0.value.providers.isEmpty }
        for event in sync.events {
            for client in event.providers {
                changes += channel.provide(event.name, client, event.traits)
            }
        }
        let subscriptions = Dictionary(sync.subscriptions.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for (name, old) in channel.subscriptions where subscriptions[name]?.owner != old.owner {
            channel.subscriptions[name] = nil
            changes.append(.notOwned(subscription: name, client: old.owner))
        }
        for subscription in sync.subscriptions {
            guard let owner = subscription.owner else { continue }
            changes += channel.own(subscription.name, owner, subscription.schema)
        }
        channel.isSynced = true
        channels[sync.channel] = channel
        return changes
    }

    mutating func apply(_ notice: ChannelNotice, on name: String) -> [Change] {
        guard var channel = channels[name] else { return [] }
        defer { channels[name] = channel }
        switch notice {
        case .provided(let event, let owner, let traits): return channel.provide(event, owner, traits)
        case .eventWithdrawn(let event, let owner): return channel.withdraw(event, owner)
        case .owned(let subscription, let owner, let schema): return channel.own(subscription, owner, schema)
        case .subscriptionWithdrawn(let subscription, let owner): return channel.disown(subscription, owner)
        case .joined(let member, let isBridge, let path):
            guard !isBridge, BridgeName.bridge(of: member) == nil, channel.members[member] != path else { return [] }
            channel.members[member] = path
            return [.joined(member: member, path: path)]
        case .left(let member): return channel.forget(member)
        }
    }
}

extension HubView.Channel {
    fileprivate mutating func provide(_ name: String, _ client: String, _ traits: EventTraits) -> [HubView.Change] {
        var event = events[name] ?? HubView.Event()
        defer { events[name] = event }
        if let index = event.providers.firstIndex(where: { $0.client == client }) {
            guard event.providers[index].traits != traits else { return [] }
            event.providers[index].traits = traits
            return [.traitsChanged(event: name)]
        }
        event.providers.append((client, traits))
        return [.provided(event: name, client: client)]
    }

    fileprivate mutating func withdraw(_ name: String, _ client: String) -> [HubView.Change] {
        guard var event = events[name], event.providers.contains(where: { $0.client == client }) else { return [] }
        event.providers.removeAll { $0.client == client }
        events[name] = event.providers.isEmpty ? nil : event
        return [.notProvided(event: name, client: client)]
    }

    fileprivate mutating func own(_ name: String, _ owner: String, _ schema: RawValue?) -> [HubView.Change] {
        let old = subscriptions.updateValue(HubView.Subscription(owner: owner, schema: schema), forKey: name)
        guard old?.owner != owner else { return [] }
        var changes: [HubView.Change] = []
        if let old { changes.append(.notOwned(subscription: name, client: old.owner)) }
        return changes + [.owned(subscription: name, client: owner)]
    }

    fileprivate mutating func disown(_ name: String, _ owner: String) -> [HubView.Change] {
        guard subscriptions[name]?.owner == owner else { return [] }
        subscriptions[name] = nil
        return [.notOwned(subscription: name, client: owner)]
    }

    /// A client went, with all it had here.
    fileprivate mutating func forget(_ client: String) -> [HubView.Change] {
        var changes: [HubView.Change] = []
        for name in events.filter({ $0.value.providers.contains { $0.client == client } }).keys.sorted() {
            changes += withdraw(name, client)
        }
        for name in subscriptions.filter({ $0.value.owner == client }).keys.sorted() { changes += disown(name, client) }
        if members.removeValue(forKey: client) != nil { changes.append(.left(member: client)) }
        return changes
    }
}
