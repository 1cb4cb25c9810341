package import NIOCore

/// The client's side of MQTT 3.1.1 and 5: what a connection needs and what outlives it.
///
/// The driver says when the transport comes and goes, feeds what was read, takes events out one by one with `nextEvent`, writes what
/// `takeOutput` has, and calls `deadlineReached` at `nextDeadline`. Messages in flight, those that wait for their turn and the identifiers of
/// those that came survive the connection; a broker that has lost the session is sent what was in flight as new.
package struct MQTTClientSession: Sendable {
    enum Phase: Equatable, Sendable {
        case offline
        /// CONNECT is out, CONNACK is to come.
        case connecting
        case connected
        /// Over, but for the last output.
        case closing
    }

    let settings: Settings
    var phase = Phase.offline
    var version: SessionVersion
    /// Of the last input: what happens between inputs happens then.
    var now = NIODeadline.uptimeNanoseconds(0)

    // Asked for after each read: what is stored is read where the session lies, while a computed property would copy it.

    /// When `deadlineReached` is due; `distantFuture` when nothing is.
    package private(set) var nextDeadline = NIODeadline.distantFuture
    /// Of messages that wait for their turn.
    package private(set) var outboxByteCount = 0

    // The connection's.
    var reader: MQTTPacketReader
    var output = ByteBuffer()
    /// What the last outputs needed, so that the next one need not grow.
    var outputCapacity = 0
    var granted: Connected
    /// The first bytes that came, for an answer to CONNECT in the form of another version.
    var greeting = SessionGreeting()
    var liveness = SessionLiveness() {
        didSet { nextDeadline = min(liveness.nextDeadline, outbox.nextDeadline) }
    }
    var incomingAliases: IncomingTopicAliases
    var outgoingAliases = OutgoingTopicAliases()
    var subscriptions = SessionSubscriptions()
    /// Messages of QoS 1 and 2 wait until `releasePublishes`.
    var isHoldingPublishes = false
    /// In flight since before this connection, and not sent on it yet.
    var resends = SessionQueue<UInt16>()

    // The session's.
    var pendingEvents = SessionQueue<Event>()
    /// Counts up each time the broker has lost the session, or never had it, or may have.
    package internal(set) var epoch: UInt32 = 0
    var hasEverConnected = false
    /// CONNECT was put out, and nothing says whether it arrived.
    var awaitsConnAck = false
    /// The broker may have begun a session whose CONNACK never came here: the next one says that a session is present, and it is another.
    var mayHaveMissedConnAck = false
    var assignedClientID: String?
    /// The broker keeps no retained messages, and refuses a will that is to be one.
    var leavesOutWill = false
    var outbox = SessionOutbox() {
        didSet {
            outboxByteCount = outbox.byteCount
            nextDeadline = min(liveness.nextDeadline, outbox.nextDeadline)
        }
    }
    var inFlight: SessionInFlight
    var incoming = SessionIncoming()
    var staleIDs = SessionStaleIDs()
    var suspicion = SessionSuspicion()
    /// When the last PUBLISH of QoS 1 or 2 was written.
    var publishedAt = NIODeadline.uptimeNanoseconds(0)

    package init(settings: Settings) {
        self.settings = settings
        version = SessionVersion(wanted: settings.version, fallsBack: settings.fallsBack)
        reader = Self.makeReader(settings, settings.version)
        granted = Connected(
            ConnAckPacket(),
            version: settings.version,
            epoch: 0,
            clientID: settings.clientID,
            settings: settings
        )
        incomingAliases = IncomingTopicAliases(maximum: settings.topicAliasMaximum)
        inFlight = SessionInFlight(window: settings.usableWindow)
    }

    static func makeReader(_ settings: Settings, _ version: MQTTVersion) -> MQTTPacketReader {
        MQTTPacketReader(version: version, role: .client, packetByteMaximum: settings.packetByteMaximum)
    }

    package var isConnected: Bool { phase == .connected }

    // MARK: The transport

    /// The transport is up: CONNECT is put out.
    package mutating func connected(now: NIODeadline) {
        if phase != .offline { disconnected() }
        self.now = now
        reader = Self.makeReader(settings, version.current)
        liveness.connecting(now: now, timeout: settings.ackTimeout)
        isHoldingPublishes = settings.holdsPublishes
        mayHaveMissedConnAck = mayHaveMissedConnAck || awaitsConnAck
        awaitsConnAck = true
        phase = .connecting
        putOutConnect()
    }

    /// The transport is gone; nothing that was put out is known to have arrived.
    ///
    /// - Parameter now: nil: at the time of the last input.
    package mutating func disconnected(now: NIODeadline? = nil) {
        if let now { self.now = now }
        switch phase {
        case .connecting: version.closedWithoutAnswer()
        case .connected: hungUp()
        case .offline, .closing: break
        }
        phase = .offline
        output = ByteBuffer()
        reader = Self.makeReader(settings, version.current)
        greeting = SessionGreeting()
        liveness = SessionLiveness()
        outgoingAliases.beginConnection(maximum: 0)
        incomingAliases.beginConnection()
        subscriptions = SessionSubscriptions()
        resends.removeAll()
        staleIDs.connectionEnded()
    }

    /// What it means if the transport ends now: nil unless CONNECT waits for its answer.
    package var hangUp: MQTTSessionFailure? {
        guard phase == .connecting else { return nil }
        var failure = MQTTSessionFailure(.hungUpOnConnect, version: version.current)
        failure.willFallBack = version.takesTurns && version.current == .v5
        return failure
    }

    /// Bytes have come, whatever they are: the broker lives.
    package mutating func receive(_ bytes: inout ByteBuffer, now: NIODeadline) {
        self.now = now
        liveness.received(now: now)
        switch phase {
        case .connecting:
            greeting.note(bytes)
            reader.append(&bytes)
        case .connected: reader.append(&bytes)
        case .offline, .closing: return
        }
    }

    /// Ends the connection: DISCONNECT is put out, then comes `.closed`.
    ///
    /// - Parameter reason: `.success` lets the broker forget the will, `.disconnectWithWill` has it published. 3.1.1 knows the first of them only:
    ///   with any other nothing is put out, which has the will published.
    package mutating func end(reason: ReasonCode) {
        guard phase == .connecting || phase == .connected else { return }
        putOutDisconnect(reason)
        close(MQTTSessionFailure(.ended, version: version.current))
    }

    // MARK: Output

    /// All that is to be written since the last call; nil when there is nothing.
    package mutating func takeOutput() -> ByteBuffer? {
        guard output.readableBytes > 0 else { return nil }
        let taken = output
        outputCapacity = min(taken.readableBytes, Self.reservedByteMaximum)
        output = ByteBuffer()
        liveness.sent(now: now)
        return taken
    }

    package var outputByteCount: Int { output.readableBytes }

    /// One large burst does not make every later output large.
    private static var reservedByteMaximum: Int { 64 << 10 }

    /// To be called before a packet is put out, so that the first one of a round gets the room that the last round needed.
    @inline(__always)
    mutating func prepareOutput() {
        if output.readableBytes == 0, outputCapacity > 0 { output.reserveCapacity(outputCapacity) }
    }

    mutating func putOut(_ packet: MQTTPacket) throws(MQTTProtocolError) {
        prepareOutput()
        try packet.encode(into: &output, version: version.current)
    }

    mutating func putOutAcknowledgement(
        _ kind: AcknowledgementPacket.Kind,
        _ packetID: UInt16,
        _ reason: ReasonCode = .success
    ) {
        prepareOutput()
        // PUBREL has reserved bits (MQTT 5.0, 2.1.3); a reason of success is left out (MQTT 5.0, 3.4.2.1).
        let hasReason = version.current == .v5 && reason != .success
        output.writeMultipleIntegers(
            kind.rawValue | (kind == .pubRel ? 0x02 : 0),
            UInt8(hasReason ? 3 : 2),
            packetID
        )
        if hasReason { output.writeInteger(reason.rawValue) }
    }

    // MARK: The end of a connection

    mutating func close(_ failure: MQTTSessionFailure) {
        guard phase == .connecting || phase == .connected else { return }
        phase = .closing
        // No deadline of a connection that is over comes due while the driver writes the rest.
        liveness = SessionLiveness()
        pendingEvents.append(.closed(failure))
    }

    /// The broker broke the protocol: it is told so where it can be (MQTT 5.0, 4.13).
    mutating func fail(_ error: MQTTProtocolError) {
        putOutDisconnect(error.code)
        close(MQTTSessionFailure(.protocolError(error), version: version.current))
    }

    private mutating func putOutDisconnect(_ reason: ReasonCode) {
        switch version.current {
        case .v5: break
        case .v3_1_1: if reason != .success { return }
        }
        prepareOutput()
        switch version.current {
        case .v5 where reason != .success: output.writeMultipleIntegers(UInt8(0xE0), UInt8(1), reason.rawValue)
        case .v5, .v3_1_1: output.writeMultipleIntegers(UInt8(0xE0), UInt8(0))
        }
    }
}
