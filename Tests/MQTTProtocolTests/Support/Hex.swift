/// - Parameter text: pairs of hexadecimal digits with spaces between them as one likes; `'abc'` stands for the bytes of a text.
func hex(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    var isText = false
    for character in text.utf8 {
        if character == UInt8(ascii: "'") {
            isText.toggle()
        } else if isText {
            bytes.append(character)
        } else if let digit = Character(UnicodeScalar(character)).hexDigitValue {
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
    }
    precondition(high == nil && !isText, "half a byte in \(text)")
    return bytes
}

func hexText(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

/// A copy with something changed.
func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
    var changed = value
    change(&changed)
    return changed
}
