/// Durations as people write them: `10s`, `250ms`, `2m`, `1h`, `1.5s`, or a number of seconds.
enum DurationText {
    /// About 31 years; every duration fits 64 bits of nanoseconds.
    static let secondsMaximum: Int64 = 1_000_000_000

    private static let nanosecondsOfUnit: [String: Int64] = [
        "": 1_000_000_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]

    /// - Returns: nil when it is none, or above the maximum.
    static func parse(_ text: String) -> Duration? {
        let unitBegin = text.firstIndex { !($0.isASCII && $0.isNumber || $0 == ".") } ?? text.endIndex
        guard let unit = nanosecondsOfUnit[String(text[unitBegin...])] else { return nil }
        let parts = text[..<unitBegin].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ (1...12).contains($0.count) }),
            let whole = Int64(parts[0])
        else { return nil }
        let wholeUnits = whole.multipliedReportingOverflow(by: unit)
        let maximum = secondsMaximum * 1_000_000_000
        guard !wholeUnits.overflow, wholeUnits.partialValue <= maximum else { return nil }
        var nanoseconds = wholeUnits.partialValue
        if parts.count == 2 {
            var share = unit
            for digit in parts[1].utf8 {
                share /= 10
                nanoseconds += share * Int64(digit - UInt8(ascii: "0"))
            }
        }
        return nanoseconds <= maximum ? .nanoseconds(nanoseconds) : nil
    }

    /// The same, where only whole seconds within a range will do.
    static func wholeSeconds(_ text: String, _ range: ClosedRange<Int64>) -> Duration? {
        guard let duration = parse(text), duration.components.attoseconds == 0,
            range.contains(duration.components.seconds)
        else { return nil }
        return duration
    }

    /// In the largest unit that has no fraction.
    static func words(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0 else { return "\(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds > 0, seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        if seconds > 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}
