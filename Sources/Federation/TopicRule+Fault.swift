package import MQTTProtocol

extension TopicRule {
    /// Why a rule can't be.
    package enum Fault: Error, Equatable, Sendable {
        /// A filter that begins with `$share/`.
        case shared(TopicFilter)
        /// A prefix with a wildcard or a zero character.
        case prefixIsNoName(Side)
        /// A prefix that does not end in `/`, before a filter that begins with a wildcard.
        case prefixMeetsWildcard(Side, TopicFilter)
        /// A prefix that begins with `$share/`.
        case prefixIsShared(Side)
        /// With its prefix, its group or its new name the filter has more than 65,535 bytes.
        case tooLong(Side)
        case renameWithPrefix
        /// The rename names a wildcard that the filter does not have.
        case noSuchWildcard(Int, of: Int)
        /// The place of a `#`, which is not alone in the last level.
        case severalLevels(Int)
        /// Back from the second side: the wildcard is not used, so nobody could say what it stood for.
        case unusedWildcard(Int)
        /// Back from the second side: the wildcard is used more than once.
        case repeatedWildcard(Int)
        /// Back from the second side: the place shares its level with text, and no filter can ask for that.
        case placeWithinLevel(Int)
        /// A name that a group of a shared subscription can't have.
        case notAGroup(String)
    }

    /// The filter with a prefix before it.
    static func prefixed(
        _ filter: TopicFilter,
        with prefix: String,
        on side: Side
    ) throws(Fault) -> TopicFilter {
        guard !prefix.isEmpty else { return filter }
        guard !SharedSubscription.isShared(prefix + filter.text) else { throw .prefixIsShared(side) }
        guard TopicName.isValid(prefix) else {
            throw prefix.utf8.count > TopicFilter.byteMaximum ? .tooLong(side) : .prefixIsNoName(side)
        }
        guard prefix.utf8.last == TopicLevels.separator || !filter.startsWithWildcard else {
            throw .prefixMeetsWildcard(side, filter)
        }
        guard let whole = TopicFilter(prefix + filter.text) else { throw .tooLong(side) }
        return whole
    }

    /// The filter of the names that a rename gives.
    static func renamed(
        _ filter: TopicFilter,
        by rename: TopicTemplate,
        direction: Direction
    ) throws(Fault) -> TopicFilter {
        let wildcardCount = filter.wildcardCount
        let severalLevels = filter.endsInAnyLevels ? wildcardCount : nil
        let levels = rename.levels
        for (position, level) in levels.enumerated() {
            for case .place(let number) in level {
                guard number <= wildcardCount else { throw .noSuchWildcard(number, of: wildcardCount) }
                if number == severalLevels, level.count > 1 || position < levels.count - 1 {
                    throw .severalLevels(number)
                }
                if direction != .out, level.count > 1 { throw .placeWithinLevel(number) }
            }
        }
        if direction != .out, wildcardCount > 0 {
            for number in 1...wildcardCount {
                let count = rename.places.count { $0 == number }
                guard count > 0 else { throw .unusedWildcard(number) }
                guard count == 1 else { throw .repeatedWildcard(number) }
            }
        }
        let texts = levels.map { level -> String in
            if let severalLevels, level == [.place(severalLevels)] { return "#" }
            var text = ""
            for piece in level {
                switch piece {
                case .place: return "+"
                case .text(let bytes): text += String(decoding: bytes, as: UTF8.self)
                }
            }
            return text
        }
        guard let renamed = TopicFilter(texts.joined(separator: "/")) else { throw .tooLong(.second) }
        guard !SharedSubscription.isShared(renamed.text) else { throw .shared(renamed) }
        return renamed
    }
}

extension TopicRule.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .shared(let filter): "\(filter) is a shared subscription: write the filter alone, and its group as `share`"
        case .prefixIsNoName(let side): "`\(side)_prefix` can't contain a wildcard or a zero character"
        case .prefixMeetsWildcard(let side, let filter):
            "`\(side)_prefix` must end in `/`, because \(filter) begins with a wildcard, which is a level of its own"
        case .prefixIsShared(let side): "`\(side)_prefix` makes a shared subscription: write its group as `share`"
        case .tooLong(let side): "the filter on the \(side) side has more than 65,535 bytes"
        case .renameWithPrefix: "a rule has prefixes or a `rename`: write the prefixes into the filter and the rename"
        case .noSuchWildcard(let number, let count):
            "{\(number)} is none of the filter's wildcards; it has \(count == 0 ? "none" : String(count))"
        case .severalLevels(let number):
            "{\(number)} is what `#` stood for, any number of levels: it can only be the whole end, such as `new/{\(number)}`"
        case .unusedWildcard(let number):
            "for messages back from the second side the rename must use {\(number)}; without, only `direction: out` is possible"
        case .repeatedWildcard(let number):
            "for messages back from the second side {\(number)} may stand only once; with more, only `direction: out` is possible"
        case .placeWithinLevel(let number):
            "for messages back from the second side {\(number)} must be a whole level; within one, only `direction: out` is possible"
        case .notAGroup(let name):
            "\"\(name)\" can't be a `share`: a group's name is not empty and has no `/`, `+` or `#`"
        }
    }
}
