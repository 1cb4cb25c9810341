import Federation
import MQTTProtocol
import NIOCore

extension EchoWindow {
    @discardableResult
    mutating func expect(_ topic: String, _ payload: String, _ qos: QoS, _ now: NIODeadline) -> Ticket {
        Array(topic.utf8).withUnsafeBytes { topic in
            Array(payload.utf8).withUnsafeBytes { expect(topic: topic, payload: $0, qos: qos, now: now) }
        }
    }

    mutating func isEcho(
        _ topic: String,
        _ payload: String,
        _ now: NIODeadline,
        packetID: UInt16 = 0,
        isDuplicate: Bool = false
    ) -> Bool {
        Array(topic.utf8).withUnsafeBytes { topic in
            Array(payload.utf8).withUnsafeBytes {
                isEcho(topic: topic, payload: $0, packetID: packetID, isDuplicate: isDuplicate, now: now)
            }
        }
    }
}
