@testable import Federation

extension ChannelRule {
    static var everything: ChannelRule { rule("*") }

    /// A rule that is known to be sound.
    static func rule(
        _ pattern: String,
        _ direction: Direction = .both,
        rename: String? = nil,
        events: [String] = []
    ) -> ChannelRule {
        do {
            return try ChannelRule(
                pattern: NamePattern(pattern),
                direction: direction,
                rename: rename.map { NamePattern($0) },
                events: events.map { NamePattern($0) }
            )
        } catch {
            fatalError("the test's rule \(pattern) can't be: \(error)")
        }
    }
}
