import MQTTProtocol
import NIOCore

/// A client session with what a program around it would keep: what came, what is done.
struct SessionClient {
    struct Received: Equatable {
        var topic: String
        var payload: [UInt8]
        var qos: QoS
        var isRetained: Bool
        var packetID: UInt16
        var epoch: UInt32
    }

    var session: MQTTClientSession
    var received: [Received] = []
    var connections: [MQTTClientSession.Connected] = []
    var finished: [UInt64: [ReasonCode]] = [:]
    var expired: [UInt64] = []
    var failures: [MQTTSessionFailure] = []
    var subscribed: [[ReasonCode]] = []
    var unsubscribedCount = 0
    /// Messages of QoS 1 and 2 are acknowledged as they come, unless a test does it.
    var acknowledges = true

    init(_ settings: MQTTClientSession.Settings) { session = MQTTClientSession(settings: settings) }

    @discardableResult
    mutating func publish(
        _ topic: String,
        _ payload: String = "",
        qos: QoS = .atMostOnce,
        isRetained: Bool = false,
        expiresAt: NIODeadline? = nil,
        tag: UInt64 = 0,
        now: NIODeadline = .uptimeNanoseconds(0)
    ) -> MQTTClientSession.PublishOutcome {
        Array(topic.utf8).withUnsafeBytes { topic in
            Array(payload.utf8).withUnsafeBytes { payload in
                session.publish(
                    topic: topic,
                    properties: UnsafeRawBufferPointer(start: nil, count: 0),
                    payload: payload,
                    qos: qos,
                    isRetained: isRetained,
                    expiresAt: expiresAt,
                    tag: tag,
                    now: now
                )
            }
        }
    }

    mutating func subscribe(_ filter: String, qos: QoS) -> UInt16 {
        var options = SubscriptionOptions()
        options.qos = qos
        return session.subscribe([SubscribePacket.Entry(filter: filter, options: options)], identifier: nil)
    }

    mutating func receive(_ bytes: ByteBuffer, now: NIODeadline = .uptimeNanoseconds(0)) {
        var bytes = bytes
        session.receive(&bytes, now: now)
        drain()
    }

    mutating func drain() {
        while let event = session.nextEvent() {
            switch event {
            case .connected(let connected): connections.append(connected)
            case .message(let message): note(message)
            case .finished(let tag, let reason): finished[tag, default: []].append(reason)
            case .refused(let message): finished[message.tag, default: []].append(message.reason)
            case .expired(let tag): expired.append(tag)
            case .subscribed(_, let codes): subscribed.append(codes)
            case .unsubscribed: unsubscribedCount += 1
            case .closed(let failure): failures.append(failure)
            }
        }
    }

    private mutating func note(_ message: MQTTClientSession.IncomingMessage) {
        let (topic, payload) = session.withMessage(message) { topic, _, payload in
            (String(decoding: topic, as: UTF8.self), [UInt8](payload))
        }
        received.append(
            Received(
                topic: topic,
                payload: payload,
                qos: message.view.qos,
                isRetained: message.view.isRetained,
                packetID: message.view.packetID,
                epoch: message.epoch
            )
        )
        guard acknowledges, message.view.qos != .atMostOnce else { return }
        session.acknowledge(packetID: message.view.packetID, epoch: message.epoch, reason: .success)
    }
}
