package import NIOCore

/// Cuts packets out of a stream of bytes and decodes them.
///
/// Whole packets are read where the transport put them; only the beginning of a packet whose rest has not come is ever copied.
package struct MQTTPacketReader: Sendable {
    /// A server's reader takes it from the CONNECT.
    package var version: MQTTVersion
    /// Bytes that a packet may have, with its fixed header.
    package var packetByteMaximum: Int
    private let sender: MQTTRole
    private var buffer = ByteBuffer()
    /// Where the PUBLISH that was handed out last begins.
    private var publishStart = 0
    /// The stream has no meaning behind bytes that were refused.
    private var failure: MQTTProtocolError?

    /// - Parameter role: the end that reads.
    package init(version: MQTTVersion, role: MQTTRole, packetByteMaximum: Int) {
        self.version = version
        self.packetByteMaximum = packetByteMaximum
        sender = role.peer
    }

    /// Bytes that are held and not yet handed out.
    package var byteCount: Int { buffer.readableBytes }

    /// Takes what came in; `bytes` is empty afterwards. Held is at most the beginning of one packet and what was appended since `next`
    /// returned nil.
    package mutating func append(_ bytes: inout ByteBuffer) {
        defer { bytes = ByteBuffer() }
        guard failure == nil else { return }
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            if buffer.readerIndex > 0 { buffer.discardReadBytes() }
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// - Returns: nil when less than a whole packet is there.
    /// - Throws: what the standard refuses; `.packetTooLarge` from the fixed header alone. Once it has thrown it does so again at each call.
    package mutating func next() throws(MQTTProtocolError) -> MQTTIncoming? {
        if let failure { throw failure }
        do throws(MQTTProtocolError) {
            return try takeNext()
        } catch {
            failure = error
            buffer = ByteBuffer()
            throw error
        }
    }

    private mutating func takeNext() throws(MQTTProtocolError) -> MQTTIncoming? {
        let (version, sender, packetByteMaximum) = (self.version, self.sender, self.packetByteMaximum)
        var byteCount = 0
        let incoming = try buffer.readableBytesSpan.withUnsafeBytes {
            (bytes) throws(MQTTProtocolError) -> MQTTIncoming? in
            guard
                let header = try FixedHeader.read(
                    bytes,
                    version: version,
                    from: sender,
                    packetByteMaximum: packetByteMaximum
                ),
                header.packetByteCount <= bytes.count
            else { return nil }
            byteCount = header.packetByteCount
            if header.type == .publish {
                return .publish(try PublishView.scan(bytes, header, version: version, from: sender))
            }
            let packet = UnsafeRawBufferPointer(rebasing: bytes[..<byteCount])
            return .packet(try MQTTPacket.decode(packet, header, version: version, from: sender))
        }
        publishStart = buffer.readerIndex
        buffer.moveReaderIndex(forwardBy: byteCount)
        if case .packet(.connect(let connect)) = incoming { self.version = connect.version }
        return incoming
    }

    /// Lends the bytes that a view's offsets are about.
    ///
    /// - Parameter view: what `next` returned last.
    package func withPublishBytes<Failure: Error, Result>(
        _ view: PublishView,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let packet = publishStart..<publishStart + view.byteCount
        return try buffer.withVeryUnsafeBytes { (bytes) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[packet]))
        }
    }
}
