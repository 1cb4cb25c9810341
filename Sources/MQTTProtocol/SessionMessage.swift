import NIOCore

/// A message of QoS 1 or 2 that is kept until the broker has it: its parts in one allocation, as no version of the protocol has written them
/// yet, so that it can go out again, with what is left of its life, on a connection that speaks the other version.
struct SessionMessage: Sendable {
    private let bytes: [UInt8]
    private let topicByteCount: Int
    private let propertiesByteCount: Int
    let qos: QoS
    let isRetained: Bool
    let expiresAt: NIODeadline?
    /// The caller's name for it.
    let tag: UInt64

    init(_ parts: PublishParts, qos: QoS, isRetained: Bool, expiresAt: NIODeadline?, tag: UInt64) {
        let byteCount = parts.topic.count + parts.properties.count + parts.payload.count
        bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { memory, initialized in
            let raw = UnsafeMutableRawBufferPointer(memory)
            raw.copyMemory(from: parts.topic)
            UnsafeMutableRawBufferPointer(rebasing: raw[parts.topic.count...]).copyMemory(from: parts.properties)
            UnsafeMutableRawBufferPointer(rebasing: raw[(parts.topic.count + parts.properties.count)...])
                .copyMemory(from: parts.payload)
            initialized = byteCount
        }
        topicByteCount = parts.topic.count
        propertiesByteCount = parts.properties.count
        self.qos = qos
        self.isRetained = isRetained
        self.expiresAt = expiresAt
        self.tag = tag
    }

    var byteCount: Int { bytes.count }

    func isExpired(at now: NIODeadline) -> Bool {
        guard let expiresAt else { return false }
        return expiresAt <= now
    }

    func withParts<R>(_ body: (PublishParts) -> R) -> R {
        bytes.withUnsafeBytes { bytes in
            let payloadStart = topicByteCount + propertiesByteCount
            return body(
                PublishParts(
                    topic: UnsafeRawBufferPointer(rebasing: bytes[..<topicByteCount]),
                    properties: UnsafeRawBufferPointer(rebasing: bytes[topicByteCount..<payloadStart]),
                    payload: UnsafeRawBufferPointer(rebasing: bytes[payloadStart...])
                )
            )
        }
    }
}
