/// The bytes of a YAML file as text that the parser may see.
struct YAMLText {
    /// Bytes that a configuration file may have.
    static let byteMaximum = 4 << 20

    /// Stands for `*` on the way through the parser. A text without `*` has no aliases, so what the parser builds is never larger than the
    /// text itself; the builder finds the aliases again, as plain texts that begin so, and counts what they add.
    static let starMask: Unicode.Scalar = "\u{E02A}"
    /// Stands, with what is added to it, for the first character of a key that is there twice (see `YAMLTreeReader`).
    static let duplicateMask: UInt32 = 0xF0000

    let byteCount: Int
    private(set) var lines: [[Unicode.Scalar]]

    /// - Returns: nil when it holds what no text has; the first such place is reported.
    init?(_ bytes: [UInt8], _ reading: Reading) {
        guard bytes.count <= Self.byteMaximum else {
            reading.error(.wholeFile, "a configuration has at most \(Words.size(Self.byteMaximum))")
            return nil
        }
        byteCount = bytes.count
        lines = []
        var line: [Unicode.Scalar] = []
        var decoder = Unicode.UTF8()
        var input = bytes.makeIterator()
        // A byte order mark, as some editors put in front.
        var isFirst = true
        func place() -> Origin { Origin(line: lines.count + 1, column: line.count + 1) }
        decoding: while true {
            switch decoder.decode(&input) {
            case .emptyInput: break decoding
            case .error:
                reading.error(place(), "this is not UTF-8 text")
                return nil
            case .scalarValue("\u{FEFF}") where isFirst: break
            case .scalarValue("\n"):
                if line.last == "\r" { line.removeLast() }
                lines.append(line)
                line = []
            case .scalarValue(let scalar):
                guard Self.isAllowed(scalar) else {
                    reading.error(place(), "the character U+\(Self.hex(scalar)) has no place in a text file")
                    return nil
                }
                guard line.last != "\r" else {
                    reading.error(place(), "a carriage return stands before this, and no line feed behind it")
                    return nil
                }
                line.append(scalar == "*" ? Self.starMask : scalar)
            }
            isFirst = false
        }
        if line.last == "\r" { line.removeLast() }
        lines.append(line)
    }

    /// For the parser. Lines and columns are those of the file.
    var masked: String {
        var text = String.UnicodeScalarView()
        for (index, line) in lines.enumerated() {
            if index > 0 { text.append("\n") }
            text.append(contentsOf: line)
        }
        return String(text)
    }

    subscript(place: Origin) -> Unicode.Scalar? {
        get {
            guard lines.indices.contains(place.line - 1), lines[place.line - 1].indices.contains(place.column - 1)
            else {
                return nil
            }
            return lines[place.line - 1][place.column - 1]
        }
        set {
            guard let newValue, self[place] != nil else { return }
            lines[place.line - 1][place.column - 1] = newValue
        }
    }

    static func unmasked(_ text: String) -> String {
        guard text.unicodeScalars.contains(starMask) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar == starMask ? "*" : scalar) }
        return String(result)
    }

    /// What YAML takes as printable (YAML 1.2.2, 5.1), less what one would not see: private use characters, marks of byte order, and the
    /// line ends of other times, which would put findings on a wrong line.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0D, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xF900...0xFEFE, 0xFF00...0xFFFD,
            0x10000...0xEFFFF:
            true
        default: false
        }
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
