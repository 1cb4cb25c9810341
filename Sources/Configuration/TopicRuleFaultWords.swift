import Federation

/// Why a topic rule cannot be: at which of its keys, and in the words of the file.
struct TopicRuleFaultWords {
    let key: Keys.TopicRule
    let words: String

    init(_ fault: TopicRule.Fault) {
        let backOnly = "for messages back from the second side"
        let outOnly = "with `direction: out` it need not"
        (key, words) =
            switch fault {
            case .shared(let filter):
                (
                    .filter,
                    "\(Words.shown(filter.text)) is a shared subscription; write the filter alone, and `share: GROUP`"
                )
            case .prefixIsNoName(let side): (Self.prefix(side), "a prefix has no `+`, `#` or zero character")
            case .prefixMeetsWildcard(let side, let filter):
                (
                    Self.prefix(side),
                    "must end in `/`: \(Words.shown(filter.text)) begins with a wildcard, which is a level of its own"
                )
            case .prefixIsShared(let side):
                (Self.prefix(side), "makes a shared subscription; that is what `share: GROUP` is for")
            case .tooLong(let side):
                (
                    side == .first ? .firstPrefix : .secondPrefix,
                    "the filter on the \(side) side has more than 65,535 bytes"
                )
            case .renameWithPrefix: (.as, "stands together with a prefix; `as` gives the whole name already")
            case .noSuchWildcard(let number, let count):
                (.as, "{\(number)} is none of the filter's wildcards: it has \(count == 0 ? "none" : String(count))")
            case .severalLevels(let number):
                (
                    .as,
                    "{\(number)} is what `#` stood for, any number of levels: it can only be the whole end, such as `new/{\(number)}`"
                )
            case .unusedWildcard(let number):
                (.as, "\(backOnly) it must use {\(number)}, or nobody could say what that stood for; \(outOnly)")
            case .repeatedWildcard(let number): (.as, "\(backOnly) {\(number)} must stand once; \(outOnly)")
            case .placeWithinLevel(let number): (.as, "\(backOnly) {\(number)} must be a whole level; \(outOnly)")
            case .notAGroup(let name):
                (.share, "\(Words.shown(name)) is no group: it is empty or has a `/`, `+` or `#`")
            }
    }

    private static func prefix(_ side: Side) -> Keys.TopicRule {
        switch side {
        case .first: .firstPrefix
        case .second: .secondPrefix
        }
    }
}
