/// The publisher of a subscription.
public struct HubPublisher<Value: Encodable>: Sendable {
    public let subscription: String
    let audience: Audience
    let channel: HubClientChannel

    /// Sends a value to all subscribers. Where there are none, the hub drops it.
    public func publish(_ value: Value) async throws {
        let data = try value.messagePack()
        let subscription = subscription
        let name = channel.name
        try await channel.client.handle.perform { driver, completion in
            driver.publish(channel: name, name: subscription, data: data, completion)
        }
    }

    /// Whether somebody listens, as far as the hub has told.
    ///
    /// Hubs of comm-ipc do not tell of those who came before the subscription was declared.
    public var hasSubscribers: Bool { audience.hasSubscribers }

    /// What `hasSubscribers` is, and each change of it, until the subscription is withdrawn.
    public var subscriberChanges: AsyncStream<Bool> { audience.changes() }

    /// Gives the subscription up; another client may then declare it.
    public func withdraw() async throws {
        let subscription = subscription
        let name = channel.name
        try await channel.client.handle.perform { driver, completion in
            driver.endPublication(subscription, channel: name, completion)
        }
    }
}
