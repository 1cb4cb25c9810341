import MessagePack
package import NIOCore

/// The frames that a hub makes itself. Field order follows docs/wire/comm-ipc.md.
extension ByteBuffer {
    /// Appends one frame: the length, then a map of `count` entries that `entries` writes.
    package mutating func writeFrame(_ count: Int, _ entries: (inout ByteBuffer) -> Void) {
        let start = writerIndex
        writeInteger(UInt32(0))
        writeMapHead(count)
        entries(&self)
        setInteger(UInt32(writerIndex - start - 4), at: start)
    }

    /// Appends a frame whose body came from elsewhere.
    @inline(__always)
    package mutating func writeFrame(body: UnsafeRawBufferPointer) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: body.count + 4) { space in
            space.storeBytes(of: UInt32(body.count).bigEndian, as: UInt32.self)
            if let start = body.baseAddress, let target = space.baseAddress {
                (target + 4).copyMemory(from: start, byteCount: body.count)
            }
            return body.count + 4
        }
    }

    /// Appends a frame whose first entry is its type; `count` includes it.
    private mutating func writeFrame(_ type: StaticString, _ count: Int, _ entries: (inout ByteBuffer) -> Void) {
        writeFrame(count) {
            $0.writeEntry("type", type)
            entries(&$0)
        }
    }

    package mutating func writeEntry(_ key: StaticString, _ value: StaticString) {
        writeMessagePack(key)
        writeMessagePack(value)
    }

    package mutating func writeEntry(_ key: StaticString, _ value: String) {
        writeMessagePack(key)
        writeMessagePack(value)
    }

    package mutating func writeEntry(_ key: StaticString, _ value: Name?) {
        writeMessagePack(key)
        if let value { writeMessagePack(utf8: value.utf8) } else { writeMessagePackNull() }
    }

    package mutating func writeEntry(_ key: StaticString, _ value: Bool) {
        writeMessagePack(key)
        writeMessagePack(value)
    }

    package mutating func writeEntry(_ key: StaticString, _ value: Int) {
        writeMessagePack(key)
        writeMessagePack(value)
    }

    package mutating func writeNullEntry(_ key: StaticString) {
        writeMessagePack(key)
        writeMessagePackNull()
    }

    /// - Parameter raw: a whole msgpack value, as it came; nil is written where there is none.
    package mutating func writeEntry(_ key: StaticString, raw: RawValue?) {
        writeMessagePack(key)
        if let raw { writeBytes(raw.bytes) } else { writeMessagePackNull() }
    }

    // MARK: Handshake

    package mutating func writeIdentified(clientID: Name, serverID: Name, speaksStinger: Bool = false) {
        writeFrame("identified", speaksStinger ? 4 : 3) {
            $0.writeEntry("client_id", clientID)
            $0.writeEntry("server_id", serverID)
            if speaksStinger { $0.writeEntry("stinger", StingerExtensions.version) }
        }
    }

    /// - Parameter hubProof: for a client that asked the hub to prove itself.
    package mutating func writeConnectionChallenge(
        _ challenge: String,
        serverID: Name,
        speaksStinger: Bool = false,
        hubProof: String? = nil
    ) {
        writeFrame("conn_challenge", 3 + (speaksStinger ? 1 : 0) + (hubProof == nil ? 0 : 1)) {
            $0.writeEntry("challenge", challenge)
            $0.writeEntry("server_id", serverID)
            if speaksStinger { $0.writeEntry("stinger", StingerExtensions.version) }
            if let hubProof { $0.writeEntry("hub_proof", hubProof) }
        }
    }

    package mutating func writePong() {
        writeFrame("pong", 1) { _ in }
    }

    package mutating func writeError(_ message: String) {
        writeFrame("error", 2) { $0.writeEntry("message", message) }
    }

    // MARK: Answers

    package mutating func writeChannelChallenge(_ challenge: String, id: String, channel: Name, requestID: RawValue?) {
        writeFrame("auth_challenge", 5) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("challenge", challenge)
            $0.writeEntry("challenge_id", id)
            $0.writeEntry("request_id", raw: requestID)
        }
    }

    package mutating func writeSuccess(requestID: RawValue?) {
        writeFrame("response", 3) {
            $0.writeEntry("request_id", raw: requestID)
            $0.writeMessagePack("data")
            $0.writeMapHead(1)
            $0.writeEntry("success", true)
        }
    }

    package mutating func writeFailure(_ error: String, requestID: RawValue?) {
        writeFrame("response", 3) {
            $0.writeEntry("request_id", raw: requestID)
            $0.writeEntry("error", error)
        }
    }

    /// A provider that cannot be registered.
    package mutating func writeFailure(_ error: String, requestID: RawValue?, channel: Name, event: Name) {
        writeFrame("response", 5) {
            $0.writeEntry("request_id", raw: requestID)
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeEntry("error", error)
        }
    }

    /// The first of the two answers to a provider.
    package mutating func writeProviderAccepted(requestID: RawValue?, channel: Name, event: Name) {
        writeFrame("response", 5) {
            $0.writeEntry("request_id", raw: requestID)
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeEntry("success", true)
        }
    }

    /// What ends every registration.
    package mutating func writeRegistered(requestID: RawValue?, channel: Name, event: Name?, isProtected: Bool) {
        writeFrame("response", 5) {
            $0.writeEntry("request_id", raw: requestID)
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeMessagePack("data")
            $0.writeMapHead(3)
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeEntry("authenticated", isProtected)
        }
    }

    /// The answer to a call that the hub ends itself.
    package mutating func writeCallFailure(_ failure: CallFailure, requestID: RawValue) {
        writeFrame("response", 14) {
            $0.writeEntry("request_id", raw: requestID)
            $0.writeEntry("error", failure.text)
            $0.writeEntry("channel", failure.channel)
            $0.writeEntry("event", failure.event)
            $0.writeEntry("sender_id", "server")
            $0.writeEntry("server_id", failure.hubID)
            $0.writeEntry("origin_server_id", failure.hubID)
            $0.writeEntry("timestamp", failure.unixSeconds)
            $0.writeNullEntry("target_id")
            $0.writeEntry("is_stream", false)
            $0.writeEntry("is_final", false)
            $0.writeEntry("reason", failure.reason.rawValue)
            $0.writeEntry("at", failure.hubID)
        }
    }

    // MARK: Notices

    package mutating func writeEventNotice(channel: Name, event: Name, owner: Name, _ traits: EventTraits) {
        writeFrame("metadata_update", 9) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("name", event)
            $0.writeEntry("stype", "event")
            $0.writeEntry("owner", owner)
            $0.writeEntry("is_stream", traits.isStream)
            $0.writeEntry("is_group", traits.isGroup)
            $0.writeEntry("param_schema", raw: traits.parameterSchema)
            $0.writeEntry("return_schema", raw: traits.returnSchema)
        }
    }

    package mutating func writeSubscriptionNotice(channel: Name, name: Name, owner: Name, schema: RawValue?) {
        writeFrame("metadata_update", 6) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("name", name)
            $0.writeEntry("stype", "subscription")
            $0.writeEntry("owner", owner)
            $0.writeEntry("return_schema", raw: schema)
        }
    }

    package mutating func writeMembershipNotice(channel: Name, member: Name, mode: ClientMode, joined: Bool) {
        writeFrame("metadata_update", 7) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("name", member)
            $0.writeEntry("stype", "membership")
            $0.writeEntry("owner", member)
            $0.writeEntry("mode", mode.wireName)
            $0.writeEntry("action", joined ? "join" : "leave")
        }
    }

    /// - Parameter path: the hubs between this one and the member, as a msgpack array.
    package mutating func writeRemoteJoinNotice(channel: Name, member: Name, mode: ClientMode, path: RawValue) {
        writeFrame("metadata_update", 8) {
            $0.writeEntry("stype", "membership")
            $0.writeEntry("action", "join")
            $0.writeEntry("owner", member)
            $0.writeEntry("mode", mode.wireName)
            $0.writeEntry("channel", channel)
            $0.writeEntry("is_local", false)
            $0.writeEntry("path", raw: path)
        }
    }

    package mutating func writeRemoteLeaveNotice(channel: Name, member: Name) {
        writeFrame("metadata_update", 6) {
            $0.writeEntry("stype", "membership")
            $0.writeEntry("action", "leave")
            $0.writeEntry("owner", member)
            $0.writeEntry("channel", channel)
            $0.writeEntry("is_local", false)
        }
    }

    // MARK: Subscriptions

    /// Tells a subscription's owner of its first or last subscriber.
    package mutating func writeSubscriberNotice(channel: Name, name: Name, isFirst: Bool, unixSeconds: Int) {
        writeFrame("receive", 5) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", "subscription.\(name.text).\(isFirst ? "first" : "last")")
            $0.writeMessagePack("data")
            $0.writeMapHead(1)
            $0.writeEntry("sub_name", name)
            $0.writeEntry("timestamp", unixSeconds)
        }
    }

    /// - Parameter event: `subscription.NAME.data`.
    /// - Parameter data: a whole msgpack value, as it came.
    package mutating func writePublication(
        channel: Name,
        event: Name,
        data: UnsafeRawBufferPointer?,
        sender: Name,
        serverID: Name,
        unixSeconds: Int
    ) {
        writeFrame("receive", 7) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeMessagePack("data")
            if let data { $0.writeBytes(data) } else { $0.writeMessagePackNull() }
            $0.writeEntry("sender_id", sender)
            $0.writeEntry("server_id", serverID)
            $0.writeEntry("timestamp", unixSeconds)
        }
    }

    // MARK: System channels

    /// A `receive` on a system channel; `data` writes the map of `dataCount` entries.
    package mutating func writeSystemEvent(
        channel: Name,
        event: String,
        serverID: Name,
        dataCount: Int,
        _ data: (inout ByteBuffer) -> Void
    ) {
        writeFrame("receive", 6) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeMessagePack("data")
            $0.writeMapHead(dataCount)
            data(&$0)
            $0.writeEntry("sender_id", "system")
            $0.writeEntry("server_id", serverID)
        }
    }
}
