import MessagePack
package import NIOCore

/// The frames that a client sends, other than messages it forwards (docs/wire/comm-ipc.md, sections 2 to 7).
extension ByteBuffer {
    private mutating func writeRequest(
        _ kind: MessageKind,
        _ count: Int,
        _ entries: (inout ByteBuffer) -> Void
    ) {
        writeFrame(count) {
            $0.writeEntry("type", kind.wireName)
            entries(&$0)
        }
    }

    // MARK: Handshake

    /// - Parameters:
    ///   - mode: nil where the client does not name it.
    ///   - hubChallenge: 64 hex digits that the hub is to prove the secret by; nil asks for no proof.
    package mutating func writeIdentify(clientID: String, mode: ClientMode?, speaksStinger: Bool, hubChallenge: String?)
    {
        let count = 2 + (mode == nil ? 0 : 1) + (speaksStinger ? 1 : 0) + (hubChallenge == nil ? 0 : 1)
        writeRequest(.identify, count) {
            $0.writeEntry("client_id", clientID)
            if let mode { $0.writeEntry("mode", mode.wireName) }
            if speaksStinger { $0.writeEntry("stinger", 1) }
            if let hubChallenge { $0.writeEntry("hub_challenge", hubChallenge) }
        }
    }

    package mutating func writeConnectionProof(_ proof: String) {
        writeRequest(.connectionProof, 2) { $0.writeEntry("proof", proof) }
    }

    package mutating func writePing() {
        writeRequest(.ping, 1) { _ in }
    }

    // MARK: Registrations

    /// - Parameter proof: of the channel's password, with the id of the challenge that it answers.
    package mutating func writeRegister(
        _ request: RegistrationRequest,
        proof: (text: String, challengeID: String)? = nil
    ) {
        let provides = request.event != nil
        writeRequest(.register, 4 + (provides ? 5 : 0) + (proof == nil ? 0 : 2)) {
            $0.writeEntry("channel", request.channel)
            $0.writeEntry("is_provider", provides)
            $0.writeEntry("request_id", request.id)
            if let event = request.event {
                $0.writeEntry("event", event)
                $0.writeEntry("is_stream", request.traits.isStream)
                $0.writeEntry("is_group", request.traits.isGroup)
                $0.writeEntry("param_schema", raw: request.traits.parameterSchema)
                $0.writeEntry("return_schema", raw: request.traits.returnSchema)
            }
            if let proof {
                $0.writeEntry("proof", proof.text)
                $0.writeEntry("challenge_id", proof.challengeID)
            }
        }
    }

    /// Between programs of this project only.
    package mutating func writeUnregister(channel: String, event: String, requestID: String) {
        writeRequest(.unregister, 4) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("event", event)
            $0.writeEntry("request_id", requestID)
        }
    }

    package mutating func writeSetPassword(_ password: String, channel: String, requestID: String) {
        writeRequest(.setPassword, 4) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("password", password)
            $0.writeEntry("request_id", requestID)
        }
    }

    // MARK: Subscriptions

    package mutating func writeAddSubscription(channel: String, name: String, schema: RawValue?, requestID: String) {
        writeRequest(.addSubscription, 5) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("sub_name", name)
            $0.writeEntry("return_schema", raw: schema)
            $0.writeEntry("request_id", requestID)
        }
    }

    /// `remove_subscription`, `subscribe` or `unsubscribe`.
    package mutating func writeSubscriptionRequest(
        _ kind: MessageKind,
        channel: String,
        name: String,
        requestID: String
    ) {
        writeRequest(kind, 4) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("sub_name", name)
            $0.writeEntry("request_id", requestID)
        }
    }

    /// - Parameter data: a whole msgpack value.
    package mutating func writePublish(channel: Name, name: Name, data: UnsafeRawBufferPointer) {
        writeRequest(.publish, 4) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("sub_name", name)
            $0.writeMessagePack("data")
            $0.writeBytes(data)
        }
    }

    // MARK: Members and channels

    package mutating func writeListMembers(channel: String, requestID: String) {
        writeRequest(.listMembers, 3) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("request_id", requestID)
        }
    }

    /// Between programs of this project only.
    package mutating func writeListChannels(requestID: String) {
        writeRequest(.listChannels, 2) { $0.writeEntry("request_id", requestID) }
    }

    /// Between programs of this project only: ends a call that this client made.
    package mutating func writeCancel(requestID: String) {
        writeRequest(.cancel, 2) { $0.writeEntry("request_id", requestID) }
    }

    package mutating func writeAnnounceRemote(channel: String, member: String, mode: ClientMode, path: [String]) {
        writeRequest(.announceRemote, 3) {
            $0.writeEntry("channel", channel)
            $0.writeMessagePack("clients")
            $0.writeArrayHead(1)
            $0.writeMapHead(3)
            $0.writeEntry("id", member)
            $0.writeEntry("mode", mode.wireName)
            $0.writeMessagePack("path")
            $0.writeArrayHead(path.count)
            for hub in path { $0.writeMessagePack(hub) }
        }
    }

    package mutating func writeForgetRemote(channel: String, member: String) {
        writeRequest(.forgetRemote, 3) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("id", member)
        }
    }
}

/// A registration that a client asks for: to join a channel, or to provide an event on it.
package struct RegistrationRequest: Equatable, Sendable {
    package let channel: String
    /// nil: joins.
    package let event: String?
    package let traits: EventTraits
    package let id: String

    package init(channel: String, event: String?, traits: EventTraits = EventTraits(), id: String) {
        self.channel = channel
        self.event = event
        self.traits = traits
        self.id = id
    }
}
