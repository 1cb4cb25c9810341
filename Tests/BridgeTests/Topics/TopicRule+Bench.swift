import Federation
import MQTTProtocol
import NIOCore

extension TopicRule {
    /// A rule that is known to be sound.
    static func rule(
        _ filter: String,
        _ direction: Direction = .both,
        first: String = "",
        second: String = "",
        rename: String? = nil,
        excludes: [String] = [],
        share: String? = nil,
        _ change: (inout TopicRule) -> Void = { _ in }
    ) -> TopicRule {
        do {
            var rule = try TopicRule(
                filter: filter.filter,
                direction: direction,
                firstPrefix: first,
                secondPrefix: second,
                rename: rename.map { text throws(TopicTemplate.Fault) in try TopicTemplate(text) },
                excludes: excludes.map(\.filter),
                share: share
            )
            change(&rule)
            return rule
        } catch {
            fatalError("the test's rule \(filter) can't be: \(error)")
        }
    }
}

extension String {
    fileprivate var filter: TopicFilter {
        guard let filter = TopicFilter(self) else { fatalError("\(self) is no filter") }
        return filter
    }
}
