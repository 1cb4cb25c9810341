import MessagePack
import NIOCore

/// Frames as texts that are equal when the frames mean the same: maps and lists of members are sorted, and random challenges left out.
enum FrameText {
    /// The frames of a stream that is sound.
    ///
    /// Notices that a hub makes one after another, out of what it keeps in no order, are sorted.
    static func all(of stream: ByteBuffer) throws -> [String] {
        var rest = stream
        var texts: [String] = []
        var notices: [String] = []
        while let length = rest.readInteger(as: UInt32.self) {
            guard let body = rest.readBytes(length: Int(length)) else { throw Fault(text: "a body is cut off") }
            let text = try text(of: body)
            if text.contains("type=metadata_update") || text.contains("type=receive") {
                notices.append(text)
            } else {
                texts += notices.sorted() + [text]
                notices = []
            }
        }
        return texts + notices.sorted()
    }

    struct Fault: Error {
        let text: String
    }

    /// - Throws: unless the stream is whole frames, each one sound msgpack map.
    static func check(_ stream: ByteBuffer) throws {
        // A hub adds no level to what it forwards, and two to a schema that it keeps.
        let walker = ValueWalker(depthMaximum: 513)
        try stream.withUnsafeReadableBytes { bytes in
            var at = 0
            while at < bytes.count {
                guard bytes.count - at >= 4 else { throw Fault(text: "a header is cut off") }
                let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
                at += 4
                guard length <= bytes.count - at else { throw Fault(text: "a body is cut off") }
                let body = UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])
                guard try ValueHead(at: 0, in: body).kind == .map, try walker.end(ofValueAt: 0, in: body) == length
                else {
                    throw Fault(text: "a body is not one map")
                }
                at += length
            }
        }
    }

    private static func text(of body: [UInt8]) throws -> String {
        try body.withUnsafeBytes { bytes in
            var at = 0
            return try text(of: &at, in: bytes)
        }
    }

    private static func text(of at: inout Int, in bytes: UnsafeRawBufferPointer) throws -> String {
        let head = try ValueHead(at: at, in: bytes)
        switch head.kind {
        case .map:
            at = head.contentStart
            return try map(head.contentCount, &at, bytes)
        case .array:
            at = head.contentStart
            return "[" + (try elements(head.contentCount, &at, bytes)).joined(separator: ", ") + "]"
        case .string:
            at = head.contentStart + head.contentCount
            return String(decoding: bytes[head.contentStart..<at], as: UTF8.self)
        case .null, .bool, .integer, .float, .binary, .ext:
            let start = at
            at = head.contentStart + head.contentCount
            return "<" + bytes[start..<at].map { String($0, radix: 16) }.joined(separator: " ") + ">"
        }
    }

    private static func map(_ count: Int, _ at: inout Int, _ bytes: UnsafeRawBufferPointer) throws -> String {
        var entries: [(key: String, value: String)] = []
        for _ in 0..<count {
            let key = try text(of: &at, in: bytes)
            if key == "members", try ValueHead(at: at, in: bytes).kind == .array {
                let head = try ValueHead(at: at, in: bytes)
                at = head.contentStart
                entries.append((key, try elements(head.contentCount, &at, bytes).sorted().joined(separator: ", ")))
            } else {
                entries.append((key, try text(of: &at, in: bytes)))
            }
        }
        let isChallenge = entries.contains { $0.key == "type" && $0.value == "auth_challenge" }
        let texts = entries.map { entry in
            isChallenge && entry.key.hasPrefix("challenge")
                ? "\(entry.key) of \(entry.value.utf8.count) bytes" : "\(entry.key)=\(entry.value)"
        }
        return "{" + texts.sorted().joined(separator: ", ") + "}"
    }

    private static func elements(_ count: Int, _ at: inout Int, _ bytes: UnsafeRawBufferPointer) throws -> [String] {
        try (0..<count).map { _ in try text(of: &at, in: bytes) }
    }
}
