import MessagePack
package import NIOCore

/// The frames that only clients get that speak stinger (docs/wire/comm-ipc.md, section 11).
extension ByteBuffer {
    /// The answer to `add_subscription`.
    package mutating func writeSubscriptionAdded(requestID: RawValue?, hasSubscribers: Bool) {
        writeFrame(3) {
            $0.writeEntry("type", "response")
            $0.writeEntry("request_id", raw: requestID)
            $0.writeMessagePack("data")
            $0.writeMapHead(2)
            $0.writeEntry("success", true)
            $0.writeEntry("has_subscribers", hasSubscribers)
        }
    }

    /// Tells that an event or a subscription is not `owner`'s any more.
    ///
    /// - Parameter stype: "event" or "subscription".
    package mutating func writeWithdrawnNotice(channel: Name, name: Name, stype: StaticString, owner: Name) {
        writeFrame(6) {
            $0.writeEntry("type", "metadata_update")
            $0.writeEntry("channel", channel)
            $0.writeEntry("name", name)
            $0.writeEntry("stype", stype)
            $0.writeEntry("owner", owner)
            $0.writeEntry("action", "withdrawn")
        }
    }

    /// Tells a provider that nobody waits for its answer any more.
    ///
    /// - Parameters:
    ///   - requestID: of the call, as the provider got it.
    ///   - caller: who called.
    package mutating func writeCancellation(requestID: RawValue, caller: Name) {
        writeFrame(3) {
            $0.writeEntry("type", "cancel")
            $0.writeEntry("request_id", raw: requestID)
            $0.writeEntry("target_id", caller)
        }
    }

    /// An error about one channel: the client is on it no more.
    package mutating func writeError(_ message: String, channel: Name) {
        writeFrame(3) {
            $0.writeEntry("type", "error")
            $0.writeEntry("message", message)
            $0.writeEntry("channel", channel)
        }
    }

    /// The answer to `list_channels`.
    package mutating func writeChannelList(requestID: RawValue?, _ channels: [Name]) {
        writeFrame(3) {
            $0.writeEntry("type", "response")
            $0.writeEntry("request_id", raw: requestID)
            $0.writeMessagePack("data")
            $0.writeMapHead(1)
            $0.writeMessagePack("channels")
            $0.writeArrayHead(channels.count)
            for channel in channels { $0.writeMessagePack(utf8: channel.utf8) }
        }
    }
}
