/// Names that travel: of hubs, channels, events.
enum Names {
    /// Bytes of any of them, as hubs have it.
    static let byteMaximum = 1_024
    static let words = "a name of 1 to \(byteMaximum) bytes without control characters"

    static func checked(_ text: String) -> String? {
        (1...byteMaximum).contains(text.utf8.count) && !text.unicodeScalars.contains(where: isControl) ? text : nil
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
