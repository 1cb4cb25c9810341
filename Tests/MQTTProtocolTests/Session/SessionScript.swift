import MQTTProtocol
import NIOCore

/// One session, and a broker whose every packet the test writes.
final class SessionScript {
    var client: SessionClient
    private let version: MQTTVersion

    init(_ version: MQTTVersion = .v5, _ change: (inout MQTTClientSession.Settings) -> Void = { _ in }) {
        var settings = MQTTClientSession.Settings(clientID: "bridge")
        settings.version = version
        settings.sessionExpiry = 3600
        change(&settings)
        client = SessionClient(settings)
        self.version = version
    }

    static func at(_ milliseconds: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(milliseconds) * 1_000_000) }

    /// The transport is up.
    ///
    /// - Returns: what the session says first.
    @discardableResult
    func dial(_ version: MQTTVersion? = nil, at milliseconds: Int = 0) -> ConnectPacket? {
        client.session.connected(now: Self.at(milliseconds))
        guard case .connect(let packet)? = sent(version).first else { return nil }
        return packet
    }

    /// The transport is up, and the broker accepts.
    ///
    /// - Returns: what the session puts out upon CONNACK.
    @discardableResult
    func connect(
        sessionPresent: Bool = false,
        granting properties: [MQTTProperty] = [],
        at milliseconds: Int = 0
    ) throws -> [MQTTPacket] {
        dial(at: milliseconds)
        var answer = ConnAckPacket()
        answer.sessionPresent = sessionPresent
        answer.properties = properties
        return try hears(.connAck(answer), at: milliseconds)
    }

    /// The broker sends packets, all in one read.
    ///
    /// - Returns: what the session puts out upon them.
    @discardableResult
    func hears(_ packets: MQTTPacket..., at milliseconds: Int = 0) throws -> [MQTTPacket] {
        hears(try packets.flatMap { try $0.bytes(version, from: .server) }, at: milliseconds)
    }

    @discardableResult
    func hears(_ bytes: [UInt8], at milliseconds: Int = 0) -> [MQTTPacket] {
        client.receive(ByteBuffer(bytes: bytes), now: Self.at(milliseconds))
        return sent()
    }

    func lose() {
        client.session.disconnected()
        client.drain()
    }

    /// The driver's timer, which fires only when it is due.
    func wait(until milliseconds: Int) -> [MQTTPacket] {
        let now = Self.at(milliseconds)
        if client.session.nextDeadline <= now { client.session.deadlineReached(now: now) }
        client.drain()
        return sent()
    }

    /// What was put out since the last look, as a broker reads it.
    func sent(_ version: MQTTVersion? = nil) -> [MQTTPacket] {
        guard let bytes = client.session.takeOutput() else { return [] }
        return PacketStream(Array(bytes.readableBytesView), version ?? self.version, from: .client).packets
    }
}

extension MQTTPacket {
    static func ack(
        _ kind: AcknowledgementPacket.Kind,
        _ packetID: UInt16,
        _ reason: ReasonCode = .success
    ) -> MQTTPacket {
        .acknowledgement(AcknowledgementPacket(kind, packetID, reason: reason))
    }

    static func disconnect(_ reason: ReasonCode, _ properties: MQTTProperty...) -> MQTTPacket {
        .disconnectOrAuth(with(ReasonPacket(.disconnect, reason: reason)) { $0.properties = properties })
    }

    static func message(
        _ topic: String,
        _ payload: String,
        qos: QoS = .atMostOnce,
        id: UInt16 = 0,
        isDuplicate: Bool = false,
        isRetained: Bool = false,
        _ properties: MQTTProperty...
    ) -> MQTTPacket {
        var packet = PublishPacket(topic: topic, payload: Array(payload.utf8))
        packet.qos = qos
        packet.packetID = id
        packet.isDuplicate = isDuplicate
        packet.isRetained = isRetained
        packet.properties = properties
        return .publish(packet)
    }
}
