import MessagePack
package import NIOCore

/// Copies a message into an outgoing frame with some of its entries left out and others put in front; every other byte stays as it came.
package struct FrameRewriter {
    private let body: UnsafeRawBufferPointer
    private let envelope: Envelope
    /// Where what is left out begins and ends, in order.
    private var gaps: [(start: Int, end: Int)] = []

    package init(_ body: UnsafeRawBufferPointer, _ envelope: Envelope) {
        self.body = body
        self.envelope = envelope
        gaps.reserveCapacity(8)
    }

    package mutating func omit(_ field: Envelope.Field) {
        if field.isPresent { omit(Int(field.keyStart), Int(field.end)) }
    }

    package mutating func omit(_ text: Envelope.Text) {
        if text.isPresent { omit(Int(text.keyStart), Int(text.end)) }
    }

    private mutating func omit(_ start: Int, _ end: Int) {
        var index = gaps.endIndex
        while index > 0, gaps[index - 1].start > start { index -= 1 }
        gaps.insert((start, end), at: index)
    }

    /// Appends the frame to `output`.
    ///
    /// - Parameters:
    ///   - count: of the entries that are put in.
    ///   - entries: writes them.
    package func write(adding count: Int, to output: inout ByteBuffer, _ entries: (inout ByteBuffer) -> Void) {
        let start = output.writerIndex
        output.writeInteger(UInt32(0))
        output.writeMapHead(envelope.entryCount - gaps.count + count)
        entries(&output)
        var from = envelope.entriesStart
        for gap in gaps {
            output.writeBytes(UnsafeRawBufferPointer(rebasing: body[from..<gap.start]))
            from = gap.end
        }
        output.writeBytes(UnsafeRawBufferPointer(rebasing: body[from...]))
        output.setInteger(UInt32(output.writerIndex - start - 4), at: start)
    }
}
