import MessagePack
package import NIOCore

/// The client's end of a connection to a hub: handshake, passwords and liveness (docs/wire/comm-ipc.md, sections 2, 3 and 11).
///
/// Whoever drives it feeds it what was read, takes messages out one by one with `next`, sends what gathers in `output`, and calls
/// `deadlineReached` at `nextDeadline`. What it answers by itself (challenges, pings) never comes out.
package struct HubClientSession: ~Copyable {
    package enum State: Equatable, Sendable {
        case awaitingHub
        /// The hub's id, and whether it speaks the extensions of this project.
        case ready(hubID: String, speaksStinger: Bool)
    }

    /// A message from the hub; the bytes are valid until the next call.
    package struct Message {
        package let body: UnsafeRawBufferPointer
        package let envelope: Envelope
    }

    package private(set) var state = State.awaitingHub
    /// Bytes for the hub; the driver takes them after each round.
    package var output = ByteBuffer()

    private var settings: HubClientSettings
    private let scanner: EnvelopeScanner
    private var frames: FrameAssembler
    private let hubChallenge: String?
    private var hubHasProvedItself = false
    private let handshakeDeadline: NIODeadline
    private var lastReceivedAt: NIODeadline
    private var nextPing = NIODeadline.distantFuture
    /// The first ping since something came.
    private var unansweredPing: NIODeadline?
    private var requestNumber = 0
    private var isAttached = false
    /// Registrations that have not been answered, by request id: a challenge asks for them again.
    private var openRegistrations: [String: RegistrationRequest] = [:]

    package init(settings: HubClientSettings, now: NIODeadline) {
        self.settings = settings
        scanner = EnvelopeScanner(depthMaximum: settings.limits.nestingMaximum)
        frames = FrameAssembler(bodyByteMaximum: settings.limits.frameByteMaximum)
        hubChallenge = settings.connectionKey == nil ? nil : settings.requiresHubProof ? Challenge.connection() : nil
        lastReceivedAt = now
        handshakeDeadline = now + settings.limits.handshakeTimeout
        output.writeIdentify(
            clientID: settings.clientID,
            mode: settings.mode,
            speaksStinger: true,
            hubChallenge: hubChallenge
        )
    }

    /// The session of an end that lies in the hub's own process: it is a client from the start, and needs no signs of life.
    package init(attachedTo hubID: String, settings: HubClientSettings) {
        self.settings = settings
        scanner = EnvelopeScanner(depthMaximum: settings.limits.nestingMaximum)
        frames = FrameAssembler(bodyByteMaximum: settings.limits.frameByteMaximum)
        hubChallenge = nil
        lastReceivedAt = .uptimeNanoseconds(0)
        handshakeDeadline = .distantFuture
        isAttached = true
        state = .ready(hubID: hubID, speaksStinger: true)
    }

    package var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    // MARK: What comes

    /// Bytes have come, whatever they are: the hub lives.
    package mutating func received(now: NIODeadline) {
        lastReceivedAt = now
        unansweredPing = nil
    }

    /// Takes the next message out of what was read.
    ///
    /// - Returns: nil when the input is used up. The first message is `identified`; from then on the session is ready.
    package mutating func next(_ input: inout FrameInput) throws(HubClientFailure) -> Message? {
        while let message = try nextFrame(&input) {
            if try isForDriver(message) { return message }
        }
        frames.readEnded()
        return nil
    }

    @inline(__always)
    private mutating func nextFrame(_ input: inout FrameInput) throws(HubClientFailure) -> Message? {
        do throws(HubProtocolError) {
            guard let body = try frames.next(&input) else { return nil }
            return Message(body: body, envelope: try scanner.scan(body))
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: HubProtocolError) -> HubClientFailure {
        guard case .awaitingHub = state, case .frameTooLarge(let byteCount, _) = error.code else {
            return HubClientFailure(.malformedFrame(error))
        }
        // An alert of any version of TLS, where the length of a frame would be (RFC 8446, 5.1).
        let isAlert = byteCount >> 16 == 0x1503
        return HubClientFailure(isAlert ? .speaksTLS : .handshakeBroken("its first bytes are no frame of a hub"))
    }

    @inline(__always)
    private mutating func isForDriver(_ message: Message) throws(HubClientFailure) -> Bool {
        switch message.envelope.kind {
        case .broadcast, .call, .receive, .send: return try checkedReady(message)
        default: return try handle(message)
        }
    }

    private mutating func handle(_ message: Message) throws(HubClientFailure) -> Bool {
        switch message.envelope.kind {
        case .identified:
            try identified(message)
            return true
        case .connectionChallenge:
            try proveSecret(message)
            return false
        case .channelChallenge:
            _ = try checkedReady(message)
            return !proveChannelPassword(message)
        case .response:
            _ = try checkedReady(message)
            noteAnswer(message)
            return true
        case .ping:
            output.writePong()
            return false
        case .error:
            if case .awaitingHub = state { throw refusal(message) }
            return true
        default: return try checkedReady(message)
        }
    }

    private func checkedReady(_ message: Message) throws(HubClientFailure) -> Bool {
        guard isReady else { throw HubClientFailure(.handshakeBroken("a message came before the handshake ended")) }
        return true
    }

    private func field(_ key: StaticString, of message: Message) -> String? {
        MapView(at: 0, in: message.body)?.value(key, scanner.walker)?.string.map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Handshake

    private func refusal(_ message: Message) -> HubClientFailure {
        let words = field("message", of: message) ?? "without a reason"
        return HubClientFailure(words == "Authentication failed" ? .wrongSecret : .refused(words))
    }

    private mutating func proveSecret(_ message: Message) throws(HubClientFailure) {
        guard case .awaitingHub = state else { return }
        guard let key = settings.connectionKey else { throw HubClientFailure(.secretNeeded) }
        guard let challenge = field("challenge", of: message) else {
            throw HubClientFailure(.handshakeBroken("conn_challenge has no challenge"))
        }
        guard let hubChallenge else {
            output.writeConnectionProof(key.proof(for: challenge))
            return
        }
        guard let hubProof = field("hub_proof", of: message), let hubID = field("server_id", of: message) else {
            throw HubClientFailure(.hubGaveNoProof)
        }
        let handshake = MutualHandshake(
            clientID: Name(settings.clientID),
            serverID: Name(hubID),
            hubChallenge: hubChallenge,
            challenge: challenge,
            channelBinding: settings.channelBinding
        )
        guard Array(hubProof.utf8).withUnsafeBytes({ key.acceptsHub($0, in: handshake) }) else {
            throw HubClientFailure(.wrongHubProof)
        }
        hubHasProvedItself = true
        output.writeConnectionProof(key.clientProof(handshake))
    }

    private mutating func identified(_ message: Message) throws(HubClientFailure) {
        guard case .awaitingHub = state else {
            throw HubClientFailure(.handshakeBroken("identified came twice"))
        }
        guard let hubID = field("server_id", of: message), !hubID.isEmpty else {
            throw HubClientFailure(.handshakeBroken("identified has no server_id"))
        }
        guard hubChallenge == nil || hubHasProvedItself else { throw HubClientFailure(.hubGaveNoProof) }
        let speaksStinger = MapView(at: 0, in: message.body)?.value("stinger", scanner.walker)?.kind == .integer
        state = .ready(hubID: hubID, speaksStinger: speaksStinger)
        nextPing = lastReceivedAt + settings.limits.heartbeatInterval
    }

    // MARK: Registrations

    /// A request id that this session has not used yet.
    package mutating func makeRequestID() -> String {
        requestNumber += 1
        return "r\(requestNumber)"
    }

    /// Asks to join a channel, or to provide an event on it. The password, where one is configured, is proved when the hub asks.
    ///
    /// - Returns: the request id of the answer.
    package mutating func register(channel: String, event: String? = nil, traits: EventTraits = EventTraits()) -> String
    {
        let request = RegistrationRequest(channel: channel, event: event, traits: traits, id: makeRequestID())
        openRegistrations[request.id] = request
        output.writeRegister(request)
        return request.id
    }

    /// Sets what is proved when the hub asks for that channel's password; nil forgets it.
    package mutating func use(_ key: Proof.ChannelKey?, forChannel channel: String) {
        settings.channelKeys[channel] = key
    }

    /// - Returns: false when there is no password to prove; then the challenge is the answer.
    private mutating func proveChannelPassword(_ message: Message) -> Bool {
        guard let requestID = field("request_id", of: message), let request = openRegistrations[requestID],
            let key = settings.channelKeys[request.channel], let challenge = field("challenge", of: message),
            let challengeID = field("challenge_id", of: message)
        else {
            noteAnswer(message)
            return false
        }
        output.writeRegister(request, proof: (key.proof(for: challenge), challengeID))
        return true
    }

    private mutating func noteAnswer(_ message: Message) {
        guard !openRegistrations.isEmpty, let requestID = field("request_id", of: message) else { return }
        // A provider is answered twice; either answer means that no challenge follows.
        openRegistrations[requestID] = nil
    }

    // MARK: Time

    /// When `deadlineReached` is due.
    package var nextDeadline: NIODeadline {
        if !isReady { return handshakeDeadline }
        guard !isAttached, let end = endOfSilence else { return nextPing }
        return min(nextPing, end)
    }

    /// When silence is too long. Time in which nothing was asked, or in which this program stood still, is no silence of the hub's.
    private var endOfSilence: NIODeadline? {
        guard let unansweredPing else { return nil }
        let limits = settings.limits
        return max(
            lastReceivedAt + limits.silenceMaximum,
            unansweredPing + (limits.silenceMaximum - limits.heartbeatInterval)
        )
    }

    /// Pings the hub from time to time, whatever comes from there: it hangs up on clients that say nothing. Ends a silence that is too long.
    package mutating func deadlineReached(now: NIODeadline) throws(HubClientFailure) {
        guard now >= nextDeadline else { return }
        guard isReady else { throw HubClientFailure(.handshakeTimedOut) }
        if let endOfSilence, endOfSilence <= now {
            throw HubClientFailure(.silent(seconds: Double((now - lastReceivedAt).nanoseconds) / 1e9))
        }
        guard nextPing <= now else { return }
        output.writePing()
        nextPing = now + settings.limits.heartbeatInterval
        unansweredPing = unansweredPing ?? now
    }
}
