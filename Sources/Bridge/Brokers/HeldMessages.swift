import Federation
import MQTTProtocol
import NIOCore

/// A message that waits inside the bridge, ready for its destination.
struct HeldMessage {
    /// Topic, properties and payload, one behind the other.
    let bytes: [UInt8]
    let topicByteCount: Int
    let propertyByteCount: Int
    let qos: QoS
    let isRetained: Bool
    let expiresAt: NIODeadline?
    let tag: MessageTag
}

/// Messages that wait for tokens, in order.
struct HeldMessages {
    private var bucket: TokenBucket
    private var messages: CircularBuffer<HeldMessage> = []
    private(set) var byteCount = 0
    private var lastTaken: NIODeadline

    private static let idleTime = TimeAmount.milliseconds(500)

    init(rate: Double, burst: Int, now: NIODeadline) {
        bucket = TokenBucket(rate: rate, burst: burst, now: now)
        lastTaken = now
    }

    var count: Int { messages.count }

    /// - Returns: false where the message must wait its turn.
    mutating func takeToken(now: NIODeadline) -> Bool {
        lastTaken = now
        return messages.isEmpty && bucket.take(now: now)
    }

    mutating func append(_ message: HeldMessage) {
        byteCount += message.bytes.count
        messages.append(message)
    }

    mutating func removeOldest() -> HeldMessage? {
        let message = messages.popFirst()
        byteCount -= message?.bytes.count ?? 0
        return message
    }

    /// - Returns: the next message whose time has come.
    mutating func next(now: NIODeadline) -> HeldMessage? {
        guard !messages.isEmpty, bucket.take(now: now) else { return nil }
        return removeOldest()
    }

    /// When the next one may leave; nil: none waits.
    mutating func nextDeadline(now: NIODeadline) -> NIODeadline? {
        messages.isEmpty ? nil : bucket.nextToken(now: now)
    }

    /// Nothing waits, and nothing has come for a while.
    func isIdle(now: NIODeadline) -> Bool { messages.isEmpty && now - lastTaken >= Self.idleTime }
}
