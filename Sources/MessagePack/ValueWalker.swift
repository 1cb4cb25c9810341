/// Walks over msgpack values and checks each byte of their structure, without building any of them.
///
/// Accepted is what the Python package msgpack decodes with its defaults (`raw=False, strict_map_key=True`): str values are UTF-8, map
/// keys are str or bin, timestamps (extension type -1) are well formed. A walk neither recurses nor allocates: the counts of the open
/// arrays and maps lie in memory that the walker keeps.
package struct ValueWalker: ~Copyable {
    /// For each open level: values left, counting a map's keys too; the top bit tells a map.
    private let open: UnsafeMutablePointer<UInt64>
    private let depthMaximum: Int

    private static let mapFlag: UInt64 = 1 << 63

    /// - Parameter depthMaximum: levels of arrays and maps that a value may have.
    package init(depthMaximum: Int) {
        precondition(depthMaximum > 0)
        self.depthMaximum = depthMaximum
        open = .allocate(capacity: depthMaximum)
    }

    deinit { open.deallocate() }

    /// Walks over the value at `offset`.
    ///
    /// - Parameter depth: how many levels already enclose the value.
    /// - Returns: the offset behind the value.
    package func end(
        ofValueAt offset: Int,
        in bytes: UnsafeRawBufferPointer,
        depth: Int = 0
    ) throws(MessagePackError) -> Int {
        var at = offset
        var level = 0
        var left: UInt64 = 1
        var isMap = false
        while true {
            while left == 0 {
                if level == 0 { return at }
                level -= 1
                left = open[level] & ~Self.mapFlag
                isMap = open[level] & Self.mapFlag != 0
            }
            let expectsKey = isMap && left & 1 == 0
            left -= 1
            let head = try ValueHead(at: at, in: bytes)
            switch head.kind {
            case .null, .bool, .integer, .float:
                if expectsKey { throw MessagePackError(.keyNotString, at: at) }
                at = head.contentStart + head.contentCount
            case .binary:
                at = head.contentStart + head.contentCount
            case .string:
                try Self.checkUTF8(head, in: bytes)
                at = head.contentStart + head.contentCount
            case .ext:
                if expectsKey { throw MessagePackError(.keyNotString, at: at) }
                try Self.checkExtension(head, in: bytes)
                at = head.contentStart + head.contentCount
            case .array, .map:
                if expectsKey { throw MessagePackError(.keyNotString, at: at) }
                guard depth + level < depthMaximum else { throw MessagePackError(.tooDeep, at: at) }
                open[level] = left | (isMap ? Self.mapFlag : 0)
                level += 1
                if case .map = head.kind { isMap = true } else { isMap = false }
                left = UInt64(head.contentCount) * (isMap ? 2 : 1)
                at = head.contentStart
            }
        }
    }

    /// - Throws: `.invalidUTF8` unless the content of a str is UTF-8 (RFC 3629: no surrogates, no overlong forms).
    package static func checkUTF8(_ head: ValueHead, in bytes: UnsafeRawBufferPointer) throws(MessagePackError) {
        let start = bytes.baseAddress! + head.contentStart
        let count = head.contentCount
        var at = 0
        while at + 8 <= count {
            if start.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
            at += 8
        }
        while at < count {
            if start.load(fromByteOffset: at, as: UInt8.self) >= 0x80 { break }
            at += 1
        }
        if at == count { return }
        guard isUTF8(UnsafeRawBufferPointer(start: start + at, count: count - at)) else {
            throw MessagePackError(.invalidUTF8, at: head.contentStart)
        }
    }

    /// Kept out of line: plain ASCII, which nearly all names and texts are, never comes here.
    @inline(never)
    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { units in
            do {
                _ = try UTF8Span(validating: units.span)
                return true
            } catch {
                return false
            }
        }
    }

    /// Types 0 to 127 are the application's; -1 is a timestamp of 4, 8 or 12 bytes; the rest is reserved (msgpack specification, "Extension
    /// types", "Timestamp extension type").
    private static func checkExtension(_ head: ValueHead, in bytes: UnsafeRawBufferPointer) throws(MessagePackError) {
        let type = Int8(bitPattern: bytes[head.contentStart])
        guard type < 0 else { return }
        guard type == -1 else { throw MessagePackError(.reservedExtension, at: head.contentStart) }
        func word(_ offset: Int) -> UInt32 {
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: head.contentStart + 1 + offset, as: UInt32.self))
        }
        let nanoseconds: UInt32
        switch head.contentCount - 1 {
        case 4: nanoseconds = 0
        case 8: nanoseconds = word(0) >> 2
        case 12: nanoseconds = word(0)
        default: throw MessagePackError(.invalidTimestamp, at: head.contentStart)
        }
        guard nanoseconds < 1_000_000_000 else { throw MessagePackError(.invalidTimestamp, at: head.contentStart) }
    }
}
