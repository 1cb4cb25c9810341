import HubProtocol

/// What a client leaves behind when it goes.
extension Hub {
    /// Takes a client out of everything, in the order the Python hub does: its channels (telling who stays), the
    /// subscriptions it owned, and those it heard. Calls that waited for it end first.
    func depart(_ client: HubConnection) {
        outbox.closeGroup()
        endCalls(of: client)
        for holding in client.providedEvents.values {
            withdraw(holding.item, from: client)
            tellWithdrawn(holding.item, of: client, causedBy: nil)
        }
        for membership in client.memberships.values.sorted(by: { $0.channel.number < $1.channel.number }) {
            leave(membership.channel, client)
        }
        client.memberships = [:]
        clients[client.id.key] = nil
        for holding in client.ownedSubscriptions.values.sorted(by: { $0.item.number < $1.item.number }) {
            remove(holding.item, of: client, causedBy: nil)
        }
        for subscription in client.heardSubscriptions.values.sorted(by: { $0.number < $1.number }) {
            removeSubscriber(client, from: subscription)
        }
        for member in client.remoteMembers.values.sorted(by: { $0.id.text < $1.id.text }) { leave(member, only: nil) }
        client.challenges = [:]
        client.lastChannel = nil
        client.lastEvent = nil
        client.lastTarget = nil
    }

    private func endCalls(of client: HubConnection) {
        while client.firstCallMade != CallTable.none {
            count(.callerLost)
            tellCancelled(calls[client.firstCallMade])
            calls.remove(client.firstCallMade)
        }
        // The list begins with the newest; the oldest call is answered first.
        for number in calls.taken(by: client).reversed() {
            let event = calls[number].event
            fail(
                call: number,
                .providerLost,
                .providerLost,
                "\(client.id.text), the provider of \(event.channel.name.text):\(event.name.text), disconnected"
            )
        }
    }

    private func leave(_ channel: HubChannel, _ client: HubConnection) {
        let wasOwner = channel.owner === client
        channel.removeMember(client)
        channel.removeListener(client)
        send(toListenersOf: channel, where: channel.tellsMembers) {
            $0.writeMembershipNotice(channel: channel.name, member: client.id, mode: client.mode, joined: false)
        }
        if wasOwner, settings.channelPolicy == .terminate { terminate(channel) }
        if channel.members.isEmpty, !channel.hasPresetKey, !channel.isSystem, channel.key != nil {
            channel.key = nil
        }
        retireIfEmpty(channel)
    }

    /// Puts out everybody who is left on a channel whose owner went.
    private func terminate(_ channel: HubChannel) {
        for member in channel.members {
            putOut(
                member,
                from: channel,
                because: "Channel \(channel.name.text) owner disconnected, channel terminated"
            )
        }
        // On a protected channel nothing stays behind for those who have not proved the next password.
        if channel.isProtected { forgetStrangers(on: channel, causedBy: nil) }
    }
}
