package import Federation

/// What a bridge between two brokers carries.
package struct TopicTraffic: Equatable, Sendable {
    package var rules: TopicRules
    /// Where each link says whether it is up; nil: nowhere.
    package var stateTopic: StateTopic? = .standard
    /// Messages a second at most that are sent after an outage of what has waited; nil: as fast as it goes.
    package var drainRate: Int?
    /// Of a file that remembers, across starts, what retained messages both sides held when they last agreed; nil: it is forgotten with
    /// the process.
    package var retainedMemory: String?
    /// Several bridges of the same brokers agree which of them carries, so that each message arrives once.
    package var coordinates = true

    package init(rules: TopicRules) { self.rules = rules }
}
