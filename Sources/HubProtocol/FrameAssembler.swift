/// The bytes of one read, and how far they have been taken.
package struct FrameInput {
    package let bytes: UnsafeRawBufferPointer
    package var offset = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
}

/// Cuts a byte stream into frame bodies.
///
/// Wire form: 4-byte big-endian body length in bytes, then the body (docs/wire/comm-ipc.md, section 1). A frame that lies whole in one read
/// is handed out in place; only one that is cut by the end of a read is copied, and only its own bytes.
package struct FrameAssembler: ~Copyable {
    /// The beginning of a frame, header included, whose rest has not come yet.
    private var partial: UnsafeMutableRawBufferPointer?
    private var partialCount = 0
    private var partialWasTaken = false
    /// Bytes that a body may have.
    package var bodyByteMaximum: Int

    private static let headerByteCount = 4
    /// What the first bytes of a cut frame get; it doubles as they come, so a header that lies reserves nothing.
    private static let firstCapacity = 512

    package init(bodyByteMaximum: Int) { self.bodyByteMaximum = bodyByteMaximum }

    deinit { partial?.deallocate() }

    /// Whether a frame has begun and not ended.
    package var isMidFrame: Bool { partialCount > 0 && !partialWasTaken }

    /// Takes the next whole body out of what was read so far.
    ///
    /// - Returns: nil when the input is used up; the bytes are valid until the next call.
    /// - Throws: `.frameTooLarge` from the header alone.
    package mutating func next(_ input: inout FrameInput) throws(HubProtocolError) -> UnsafeRawBufferPointer? {
        if partialWasTaken { dropPartial() }
        if partialCount > 0 { return try finishPartial(&input) }
        let left = input.bytes.count - input.offset
        guard left >= Self.headerByteCount else {
            keep(&input, byteCount: left)
            return nil
        }
        let bodyCount = Int(UInt32(bigEndian: input.bytes.loadUnaligned(fromByteOffset: input.offset, as: UInt32.self)))
        try check(bodyCount)
        guard left - Self.headerByteCount >= bodyCount else {
            keep(&input, byteCount: left)
            return nil
        }
        let start = input.offset + Self.headerByteCount
        input.offset = start + bodyCount
        return UnsafeRawBufferPointer(rebasing: input.bytes[start..<start + bodyCount])
    }

    private mutating func finishPartial(_ input: inout FrameInput) throws(HubProtocolError) -> UnsafeRawBufferPointer? {
        if partialCount < Self.headerByteCount {
            keep(&input, byteCount: min(Self.headerByteCount - partialCount, input.bytes.count - input.offset))
            guard partialCount == Self.headerByteCount else { return nil }
        }
        guard let header = partial else { return nil }
        let bodyCount = Int(UInt32(bigEndian: header.loadUnaligned(as: UInt32.self)))
        try check(bodyCount)
        let frameCount = Self.headerByteCount + bodyCount
        keep(&input, byteCount: min(frameCount - partialCount, input.bytes.count - input.offset))
        guard partialCount == frameCount, let whole = partial else { return nil }
        partialWasTaken = true
        return UnsafeRawBufferPointer(rebasing: whole[Self.headerByteCount..<frameCount])
    }

    private func check(_ bodyCount: Int) throws(HubProtocolError) {
        guard bodyCount <= bodyByteMaximum else {
            throw HubProtocolError(.frameTooLarge(byteCount: bodyCount, maximum: bodyByteMaximum))
        }
    }

    /// Moves bytes of the input behind the partial frame.
    private mutating func keep(_ input: inout FrameInput, byteCount: Int) {
        guard byteCount > 0 else { return }
        let needed = partialCount + byteCount
        let capacity = partial?.count ?? 0
        if needed > capacity {
            let grown = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(needed, capacity * 2, Self.firstCapacity),
                alignment: 8
            )
            if let old = partial {
                grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: old[..<partialCount]))
                old.deallocate()
            }
            partial = grown
        }
        partial?.baseAddress?.advanced(by: partialCount)
            .copyMemory(from: input.bytes.baseAddress! + input.offset, byteCount: byteCount)
        partialCount = needed
        input.offset += byteCount
    }

    /// The memory goes too once it is large, so that one big frame does not weigh on an idle client.
    private mutating func dropPartial() {
        partialCount = 0
        partialWasTaken = false
        if let held = partial, held.count > Self.firstCapacity {
            held.deallocate()
            partial = nil
        }
    }

    /// Gives back the memory of a frame that has been taken; for the end of a read.
    package mutating func readEnded() {
        guard partialWasTaken || partialCount == 0 else { return }
        dropPartial()
        partial?.deallocate()
        partial = nil
    }
}
