package import MQTTProtocol
package import NIOCore
import TestSupport

/// One client's connection, as the broker sees it.
package final class TestBrokerConnection {
    private let broker: TestBroker
    private var reader = MQTTPacketReader(version: .v5, role: .server, packetByteMaximum: 1 << 20)
    private var output = ByteBuffer()
    package private(set) var connect: ConnectPacket?
    /// The broker has hung up; what it put out is still to be written.
    package private(set) var isClosed = false
    /// All that the client has sent, in its order.
    package private(set) var packets: [MQTTPacket] = []
    private var session: TestBrokerSession?
    private var window = 20
    private var aliases: [UInt16: String] = [:]
    private var ownAliases: [String: UInt16] = [:]
    private var ownAliasMaximum: UInt16 = 0
    /// Identifiers that came in a PUBLISH on this connection and were not ended since.
    private var seen: Set<UInt16> = []
    private var unreleased = 0
    private var will: TestBroker.Message?
    private var endsSession = false
    private var withheld: [AcknowledgementPacket] = []

    init(broker: TestBroker) { self.broker = broker }

    package var version: MQTTVersion { connect?.version ?? .v5 }

    package func receive(_ bytes: ByteBuffer) {
        guard !isClosed else { return }
        var bytes = bytes
        reader.append(&bytes)
        do {
            while !isClosed, let incoming = try reader.next() {
                switch incoming {
                case .publish(let view):
                    let packet = try reader.withPublishBytes(view) { try view.packet(in: $0) }
                    packets.append(.publish(packet))
                    receive(packet, byteCount: view.byteCount)
                case .packet(let packet):
                    packets.append(packet)
                    receive(packet)
                }
            }
        } catch {
            violate("\(error)")
        }
    }

    package func takeOutput() -> ByteBuffer? {
        guard output.readableBytes > 0 else { return nil }
        defer { output = ByteBuffer() }
        return output
    }

    /// The transport is gone.
    package func transportClosed() {
        isClosed = true
        withheld = []
        if let session, session.connection === self {
            session.connection = nil
            if endsSession { broker.forget(session) }
        }
        if let will {
            self.will = nil
            broker.publishWill(will)
        }
    }

    package func put(_ packet: MQTTPacket) {
        do { try packet.encode(into: &output, version: version) } catch { violate("own packet: \(error)") }
    }

    private func violate(_ words: String) {
        broker.violations.append(words)
        transportClosed()
    }

    private func receive(_ packet: MQTTPacket) {
        guard connect != nil || packet.isConnect else { return violate("MQTT-3.1.0-1: CONNECT is not first") }
        switch packet {
        case .connect(let packet): receive(packet)
        case .acknowledgement(let packet): receive(packet)
        case .subscribe(let packet): receive(packet)
        case .unsubscribe(let packet):
            for filter in packet.filters { session?.subscriptions[filter] = nil }
            let codes = version == .v5 ? packet.filters.map { _ in ReasonCode.success } : []
            put(.subscriptionAck(SubscriptionAckPacket(.unsubAck, packetID: packet.packetID, codes: codes)))
        case .pingRequest: put(.pingResponse)
        case .disconnectOrAuth(let packet):
            if packet.kind == .auth { violate("MQTT-4.12.0-7: AUTH") }
            if packet.reason == .success { will = nil }
            transportClosed()
        case .connAck, .publish, .subscriptionAck, .pingResponse: violate("a packet of servers")
        }
    }

    // MARK: CONNECT

    private func receive(_ packet: ConnectPacket) {
        guard connect == nil else { return violate("MQTT-3.1.0-2: a second CONNECT") }
        connect = packet
        guard packet.version == .v3_1_1 || broker.limits.acceptsV5 else {
            output.writeBytes([0x20, 2, 0, 1])
            isClosed = true
            return
        }
        var limits = (receiveMaximum: UInt16(20), aliases: UInt16(0), expiry: UInt32(0))
        for property in packet.properties {
            if case .receiveMaximum(let count) = property { limits.receiveMaximum = count }
            if case .topicAliasMaximum(let count) = property { limits.aliases = count }
            if case .sessionExpiryInterval(let seconds) = property { limits.expiry = seconds }
        }
        window = version == .v5 ? min(Int(limits.receiveMaximum), broker.limits.window) : broker.limits.window
        endsSession = version == .v5 ? limits.expiry == 0 : packet.cleanStart
        will = packet.will.map {
            TestBroker.Message(
                topic: $0.topic,
                payload: $0.payload,
                qos: $0.qos,
                isRetained: $0.isRetained,
                sender: packet.clientID
            )
        }
        ownAliasMaximum = min(limits.aliases, broker.limits.aliasesUsed)
        let (session, isPresent) = broker.session(packet.clientID, isClean: packet.cleanStart)
        session.connection?.transportClosed()
        session.connection = self
        session.isBridge = packet.hasBridgeBit && broker.limits.honoursBridgeBit
        self.session = session
        var answer = ConnAckPacket()
        answer.sessionPresent = isPresent
        if version == .v5 { answer.properties = broker.limits.grants }
        put(.connAck(answer))
        resume(session)
        sendWaiting()
    }

    private func resume(_ session: TestBrokerSession) {
        unreleased = session.received.count
        for entry in session.outgoing {
            if entry.isReleased {
                put(.acknowledgement(AcknowledgementPacket(.pubRel, entry.packetID)))
            } else {
                send(entry.message, packetID: entry.packetID, isDuplicate: true)
            }
        }
    }

    // MARK: To the client

    func sendWaiting() {
        guard let session, !isClosed else { return }
        while session.outgoing.count < window, !session.queue.isEmpty {
            let message = session.queue.removeFirst()
            let packetID = session.nextID()
            session.outgoing.append(TestBrokerSession.Outgoing(packetID: packetID, message: message))
            send(message, packetID: packetID)
        }
    }

    func send(_ message: TestBroker.Message, packetID: UInt16 = 0, isDuplicate: Bool = false) {
        var packet = PublishPacket(topic: message.topic, payload: message.payload)
        packet.qos = message.qos
        packet.isRetained = message.isRetained
        packet.isDuplicate = isDuplicate
        packet.packetID = packetID
        if version == .v5 {
            packet.properties = message.properties
            if let identifier = broker.limits.subscriptionIdentifier {
                packet.properties.append(.subscriptionIdentifier(identifier))
            }
        }
        if let alias = ownAliases[message.topic] {
            packet.topic = ""
            packet.properties.append(.topicAlias(alias))
        } else if ownAliases.count < ownAliasMaximum {
            let alias = UInt16(ownAliases.count + 1)
            ownAliases[message.topic] = alias
            packet.properties.append(.topicAlias(alias))
        }
        put(.publish(packet))
    }

    // MARK: From the client

    private func receive(_ packet: PublishPacket, byteCount: Int) {
        guard connect != nil else { return violate("MQTT-3.1.0-1: CONNECT is not first") }
        let limits = broker.limits
        if version == .v5 {
            if packet.qos > limits.maximumQoS { return violate("MQTT-3.2.2-11: QoS \(packet.qos)") }
            if packet.isRetained, !limits.isRetainAvailable { return violate("MQTT-3.2.2-14: retained") }
            if let maximum = limits.packetByteMaximum, byteCount > Int(maximum) {
                return violate("MQTT-3.2.2-15: \(byteCount) bytes")
            }
        }
        guard let topic = resolve(packet) else { return violate("MQTT-3.2.2-17: a topic alias") }
        let message = TestBroker.Message(
            topic: topic,
            payload: packet.payload,
            qos: packet.qos,
            isRetained: packet.isRetained,
            properties: packet.properties.filter { !$0.isTopicAlias },
            sender: connect?.clientID ?? ""
        )
        if packet.qos != .atMostOnce, !seen.insert(packet.packetID).inserted {
            return violate("MQTT-4.4.0-1: identifier \(packet.packetID) again on one connection")
        }
        if packet.qos != .atMostOnce, let refusal = limits.publishRefusals[topic] {
            acknowledge(packet.qos == .atLeastOnce ? .pubAck : .pubRec, packet.packetID, refusal)
            seen.remove(packet.packetID)
            return
        }
        switch packet.qos {
        case .atMostOnce: broker.take(message)
        case .atLeastOnce:
            if !limits.acknowledgesFirst { broker.take(message) }
            acknowledge(.pubAck, packet.packetID)
            seen.remove(packet.packetID)
            if limits.acknowledgesFirst { broker.take(message) }
        case .exactlyOnce:
            let isNew = session?.received.insert(packet.packetID).inserted ?? false
            guard isNew || packet.isDuplicate else {
                return violate("MQTT-2.2.1-3: identifier \(packet.packetID) is in use")
            }
            if isNew { unreleased += 1 }
            if let maximum = limits.receiveMaximum, version == .v5, unreleased > Int(maximum) {
                return violate("MQTT-3.3.4-7: \(unreleased) in flight")
            }
            if isNew, !limits.acknowledgesFirst { broker.take(message) }
            acknowledge(.pubRec, packet.packetID)
            if isNew, limits.acknowledgesFirst { broker.take(message) }
        }
    }

    private func acknowledge(
        _ kind: AcknowledgementPacket.Kind,
        _ packetID: UInt16,
        _ reason: ReasonCode = .success
    ) {
        let packet = AcknowledgementPacket(kind, packetID, reason: reason)
        if broker.withheldKinds.contains(kind) { withheld.append(packet) } else { put(.acknowledgement(packet)) }
    }

    func putWithheld() {
        for packet in withheld { put(.acknowledgement(packet)) }
        withheld = []
    }

    private func resolve(_ packet: PublishPacket) -> String? {
        for case .topicAlias(let alias) in packet.properties {
            guard alias > 0, alias <= broker.limits.topicAliasMaximum else { return nil }
            if packet.topic.isEmpty { return aliases[alias] }
            aliases[alias] = packet.topic
        }
        return packet.topic
    }

    private func receive(_ packet: AcknowledgementPacket) {
        guard let session else { return }
        switch packet.kind {
        case .pubAck, .pubRec:
            let qos = packet.kind == .pubAck ? QoS.atLeastOnce : .exactlyOnce
            let first = session.outgoing.firstIndex { $0.message.qos == qos && !$0.isReleased }
            guard let first, session.outgoing[first].packetID == packet.packetID else {
                return violate("MQTT-4.6.0-2, MQTT-4.6.0-3: \(packet.kind) of \(packet.packetID) out of turn")
            }
            guard packet.kind == .pubRec, !packet.reason.isError else {
                session.outgoing.remove(at: first)
                return sendWaiting()
            }
            session.outgoing[first].isReleased = true
            put(.acknowledgement(AcknowledgementPacket(.pubRel, packet.packetID)))
        case .pubRel:
            let wasKnown = session.received.remove(packet.packetID) != nil
            if wasKnown { unreleased -= 1 }
            seen.remove(packet.packetID)
            let reason = wasKnown || version == .v3_1_1 ? ReasonCode.success : .packetIdentifierNotFound
            acknowledge(.pubComp, packet.packetID, reason)
        case .pubComp:
            session.outgoing.removeAll { $0.packetID == packet.packetID && $0.isReleased }
            sendWaiting()
        }
    }

    private func receive(_ packet: SubscribePacket) {
        var codes: [ReasonCode] = []
        var shown: [SubscribePacket.Entry] = []
        for entry in packet.entries {
            guard !broker.limits.refusedFilters.contains(entry.filter) else {
                codes.append(version == .v5 ? .notAuthorized : .unspecifiedError)
                continue
            }
            if version == .v5, !broker.limits.hasSharedSubscriptions, SharedSubscription.isShared(entry.filter) {
                return violate("MQTT-3.2.2-20: \(entry.filter)")
            }
            let isNew = session?.subscriptions.updateValue(entry.options, forKey: entry.filter) == nil
            codes.append(ReasonCode(rawValue: entry.options.qos.rawValue))
            switch entry.options.retainHandling {
            case .send: shown.append(entry)
            case .sendIfNew: if isNew { shown.append(entry) }
            case .doNotSend: break
            }
        }
        put(.subscriptionAck(SubscriptionAckPacket(.subAck, packetID: packet.packetID, codes: codes)))
        for entry in shown { show(entry) }
        sendWaiting()
    }

    /// Sends the stored messages.
    private func show(_ entry: SubscribePacket.Entry) {
        let isWide = entry.filter.contains { $0 == "+" || $0 == "#" }
        guard !isWide || broker.limits.showsStoredToWildcards else { return }
        let stored = broker.retained.values.sorted { $0.topic < $1.topic }
        let shown = stored.filter { NaiveTopics.matches(entry.filter, $0.topic) }
        for message in shown.prefix(broker.limits.shownMaximum) {
            var copy = message
            copy.qos = min(message.qos, entry.options.qos)
            if copy.qos == .atMostOnce { send(copy) } else { session?.queue.append(copy) }
        }
    }
}

extension MQTTProperty {
    fileprivate var isTopicAlias: Bool {
        if case .topicAlias = self { true } else { false }
    }
}

extension MQTTPacket {
    fileprivate var isConnect: Bool {
        if case .connect = self { true } else { false }
    }
}
