/// How texts of the file appear in findings.
enum Words {
    /// Unicode scalars of a text of the file that a finding shows.
    private static let shownMaximum = 200

    /// A text of the file between backticks, cut when long, without anything that a terminal would obey. A colon with a space behind it is
    /// where it ends: a text without its closing quote takes the lines that follow for a part of it, secrets too.
    static func shown(_ text: String) -> String {
        guard let colon = text.firstRange(of: ": ") else { return "`\(plain(text))`" }
        return "`\(plain(String(text[..<colon.lowerBound])))…`"
    }

    /// The same without backticks.
    static func plain(_ text: String) -> String {
        var shown = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < shownMaximum else {
                shown += "…"
                break
            }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// A key of the file. What follows a colon, a space or an equals sign in it was meant as its value, and may be a secret.
    static func key(_ key: String) -> String {
        guard let end = key.unicodeScalars.firstIndex(where: { $0 == ":" || $0 == "=" || $0.properties.isWhitespace })
        else { return shown(key) }
        return shown(key[..<end] + "…")
    }

    /// A name of the file as a part of a path such as `hubs.plant`.
    static func step(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isPlain && name.utf8.count <= 64 ? name : key(name)
    }

    /// `a`, `b` or `c`
    static func choice(_ words: [String]) -> String {
        let shown = words.map(shown)
        guard let last = shown.last, shown.count > 1 else { return shown.first ?? "nothing" }
        return shown.dropLast().joined(separator: ", ") + " or " + last
    }

    /// As `SizeText` reads it.
    static func size(_ bytes: Int) -> String {
        for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        where bytes >= unit && bytes % unit == 0 {
            return "\(bytes / unit)\(name)"
        }
        return bytes == 1 ? "1 byte" : "\(bytes) bytes"
    }

    /// The known word that was likely meant, as an end of a sentence; empty when none is near.
    static func suggestion(for word: String, among known: [String]) -> String {
        nearest(to: word, among: known).map { "; did you mean \(shown($0))?" } ?? ""
    }

    static func nearest(to word: String, among known: [String]) -> String? {
        let letters = Array(word.lowercased().unicodeScalars.prefix(64))
        let bound = letters.count <= 3 ? 1 : max(2, letters.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = EditDistance.between(letters, Array(candidate.lowercased().unicodeScalars.prefix(64)))
            if distance <= bound, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }
}
