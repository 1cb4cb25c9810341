import Glibc
package import Logging

/// Writes log lines to standard error: text for people, or one JSON object a line for machines.
package struct ConsoleLogHandler: LogHandler {
    package enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    package var metadata: Logger.Metadata = [:]
    private let settings: ConsoleLogSettings
    /// Of a logger that was given another level than the others.
    private var ownLevel: Logger.Level?

    package init(_ settings: ConsoleLogSettings) { self.settings = settings }

    package init(format: Format, level: Logger.Level) {
        self.init(ConsoleLogSettings(format: format, level: level))
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? settings.level }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        var line = ""
        switch settings.format {
        case .text:
            line = "\(Self.timestamp()) \(event.level) \(Self.oneLine("\(event.message)"))"
            for (key, value) in fields { line += " \(key)=\(Self.field("\(value)"))" }
        case .json:
            line =
                "{\"time\":\"\(Self.timestamp())\",\"level\":\"\(event.level)\",\"message\":\(Self.quoted("\(event.message)"))"
            for (key, value) in fields { line += ",\(Self.quoted(key)):\(Self.quoted("\(value)"))" }
            line += "}"
        }
        line += "\n"
        line.withUTF8 { bytes in
            // Standard error that cannot be written to is no reason to stop.
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    /// UTC with milliseconds (RFC 3339).
    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ value: some BinaryInteger, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))T"
            + "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
            + ".\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }

    /// Quoted where it would not read as one field.
    private static func field(_ text: String) -> String {
        text.isEmpty || text.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) ? quoted(text) : oneLine(text)
    }

    /// What clients chose cannot break a line, nor move a terminal's cursor.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
