import MQTTProtocol

/// A topic name with places for what the wildcards of a filter stood for, such as `site4/{1}/temperature`.
package struct TopicTemplate: Sendable {
    package let text: String
    let pieces: [Piece]

    enum Piece: Hashable, Sendable {
        case text([UInt8])
        /// What the wildcard with this number stood for; the first is 1.
        case place(Int)

        var isText: Bool {
            switch self {
            case .text: true
            case .place: false
            }
        }
    }

    /// Why a text is no template.
    package enum Fault: Error, Equatable, Sendable {
        case empty
        /// Over 65,535 bytes.
        case tooLong
        case zeroCharacter
        /// `+` or `#`: a template says which wildcard it means, such as `{1}`.
        case wildcard
        /// A brace that is not part of a place such as `{1}`; the number of bytes before it.
        case looseBrace(offset: Int)
        /// What stands between braces is not a number from 1 to 999 without leading zeros.
        case notANumber(String)
    }

    package init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= TopicFilter.byteMaximum else { throw .tooLong }
        guard !bytes.contains(0) else { throw .zeroCharacter }
        guard !bytes.contains(TopicLevels.anyLevel), !bytes.contains(TopicLevels.anyLevels) else { throw .wildcard }
        self.text = text
        pieces = try Self.pieces(of: bytes)
    }

    private static func pieces(of bytes: [UInt8]) throws(Fault) -> [Piece] {
        var pieces: [Piece] = []
        var start = 0
        var offset = 0
        while offset < bytes.count {
            guard bytes[offset] != UInt8(ascii: "}") else { throw .looseBrace(offset: offset) }
            guard bytes[offset] == UInt8(ascii: "{") else {
                offset += 1
                continue
            }
            if start < offset { pieces.append(.text(Array(bytes[start..<offset]))) }
            guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "}")) else {
                throw .looseBrace(offset: offset)
            }
            let word = String(decoding: bytes[offset + 1..<end], as: UTF8.self)
            guard let number = Int(word), (1...999).contains(number), String(number) == word else {
                throw .notANumber(word)
            }
            pieces.append(.place(number))
            offset = end + 1
            start = offset
        }
        if start < bytes.count { pieces.append(.text(Array(bytes[start...]))) }
        return pieces
    }

    /// The numbers of its places, in their order.
    package var places: [Int] {
        pieces.compactMap { piece in
            switch piece {
            case .text: nil
            case .place(let number): number
            }
        }
    }

    /// Whether the names that it gives say what each wildcard of a filter stood for: each is used once, alone in its level.
    func isReversible(for filter: TopicFilter) -> Bool {
        let places = places
        return places.count == filter.wildcardCount && Set(places).count == places.count
            && levels.allSatisfy { level in level.count == 1 || level.allSatisfy { $0.isText } }
    }

    /// Its levels, each made of pieces.
    var levels: [[Piece]] {
        var levels: [[Piece]] = [[]]
        for piece in pieces {
            switch piece {
            case .place: levels[levels.count - 1].append(piece)
            case .text(let bytes):
                for (position, part) in bytes.split(
                    separator: TopicLevels.separator,
                    omittingEmptySubsequences: false
                ).enumerated() {
                    if position > 0 { levels.append([]) }
                    if !part.isEmpty { levels[levels.count - 1].append(.text(Array(part))) }
                }
            }
        }
        return levels
    }
}

extension TopicTemplate: Hashable {
    package static func == (one: TopicTemplate, other: TopicTemplate) -> Bool { one.pieces == other.pieces }

    package func hash(into hasher: inout Hasher) { hasher.combine(pieces) }
}

extension TopicTemplate: CustomStringConvertible {
    package var description: String { text }
}

extension TopicTemplate.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "a topic name has at least one character"
        case .tooLong: "a topic name has at most 65,535 bytes"
        case .zeroCharacter: "a topic name can't contain the zero character"
        case .wildcard: "a new name has no wildcards: write {1} for what the filter's first wildcard stood for"
        case .looseBrace(let offset): "the brace after \(offset) bytes is not part of a place such as {1}"
        case .notANumber(let word): "{\(word)} is no place: write {1} for what the filter's first wildcard stood for"
        }
    }
}
