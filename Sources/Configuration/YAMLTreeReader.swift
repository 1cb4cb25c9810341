import Yams

/// YAML text to a tree of texts, lists and maps, each with its place.
///
/// The parser (Yams) is fed such that what it builds stays linear in the text (`YAMLText.starMask`), and so that a key that is there twice
/// does not end it: the first one is masked, noted and skipped, and the rest of the file is checked too.
struct YAMLTreeReader {
    /// Bytes that are parsed again to find further keys given twice, before the file is given up.
    private static let repeatedByteMaximum = 1 << 20

    private let reading: Reading
    private var text: YAMLText
    /// The masked first characters, and what stood there.
    private var duplicates: [Unicode.Scalar: Unicode.Scalar] = [:]

    /// - Returns: nil when there is no tree; why is reported. Other problems may be reported beside a tree.
    static func read(_ bytes: [UInt8], _ reading: Reading) -> YAMLNode? {
        guard let text = YAMLText(bytes, reading) else { return nil }
        var reader = YAMLTreeReader(reading: reading, text: text)
        return reader.read()
    }

    private init(reading: Reading, text: YAMLText) {
        self.reading = reading
        self.text = text
    }

    private mutating func read() -> YAMLNode? {
        while true {
            do {
                let parser = try Parser(yaml: text.masked, resolver: .basic, encoding: .utf8)
                guard let root = try parser.nextRoot() else {
                    reading.error(Origin(line: 1, column: 1), "the file is empty; a configuration has at least `hubs`")
                    return nil
                }
                reportSecondDocument(parser)
                // The parser owns the anchors that the tree only refers to.
                return withExtendedLifetime(parser) {
                    var builder = YAMLTreeBuilder(reading: reading, duplicates: duplicates)
                    return builder.build(root)
                }
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                guard mask(Origin(line: context.mark.line, column: context.mark.column)) else { return nil }
            } catch {
                let (origin, message) = YAMLFault.words(for: error, in: text)
                reading.error(origin, message)
                return nil
            }
        }
    }

    private func reportSecondDocument(_ parser: Parser) {
        do {
            guard let second = try parser.nextRoot() else { return }
            reading.error(
                Origin(line: second.mark?.line ?? 1, column: second.mark?.column ?? 1),
                "a second document begins here; one file is one configuration"
            )
        } catch YamlError.duplicatedKeysInMapping(_, let context) {
            reading.error(
                Origin(line: context.mark.line, column: context.mark.column),
                "this belongs to a second document; one file is one configuration"
            )
        } catch {
            let (origin, message) = YAMLFault.words(for: error, in: text)
            reading.error(origin, message)
        }
    }

    /// Makes the key at a place another one, which no other key is.
    ///
    /// - Returns: false when that key cannot be masked; it is reported then, and nothing further can be read.
    private mutating func mask(_ place: Origin) -> Bool {
        var place = place
        // What would change the meaning of the text, were it another character.
        var unmaskable: Set<Unicode.Scalar> = ["&", "!", ":", "[", "{", " "]
        if let quote = text[place], quote == "\"" || quote == "'" {
            place = Origin(line: place.line, column: place.column + 1)
            unmaskable = [quote]
        }
        guard (duplicates.count + 1) * text.byteCount <= Self.repeatedByteMaximum, let first = text[place],
            !unmaskable.contains(first),
            let mask = Unicode.Scalar(YAMLText.duplicateMask + UInt32(duplicates.count))
        else {
            reading.error(place, "this key is there more than once")
            return false
        }
        duplicates[mask] = first
        text[place] = mask
        return true
    }
}
