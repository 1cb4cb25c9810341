import MessagePack

/// Bytes written as hex digits, with blanks between them as one likes.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }.map { UInt8(String($0), radix: 16)! }
    precondition(digits.count.isMultiple(of: 2))
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func repeated(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

/// The offset behind the value that the bytes begin with.
@discardableResult
func walk(_ bytes: [UInt8], at offset: Int = 0, depth: Int = 0, depthMaximum: Int = 511) throws -> Int {
    let walker = ValueWalker(depthMaximum: depthMaximum)
    return try bytes.withUnsafeBytes { try walker.end(ofValueAt: offset, in: $0, depth: depth) }
}

func head(_ bytes: [UInt8], at offset: Int = 0) throws -> ValueHead {
    try bytes.withUnsafeBytes { try ValueHead(at: offset, in: $0) }
}
