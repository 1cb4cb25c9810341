package import MQTTProtocol
package import NIOCore

/// What may cross a bridge between two brokers: topics by filter, the way they may go, and how they change on the way.
package struct TopicRule: Equatable, Sendable {
    /// What happens to a message that has the retain flag.
    package enum Retain: String, CaseIterable, Sendable {
        /// It stays retained, and both sides' retained messages are brought to agree when a link comes up.
        case keep
        /// It does not cross.
        case drop
        /// It crosses as an ordinary message.
        case live
    }

    /// Which side's retained message wins where both have changed while a link was down.
    package enum Conflict: String, CaseIterable, Sendable {
        case first, second
    }

    /// A token bucket: `rate` messages a second on average, `burst` at once.
    package struct RateLimit: Equatable, Sendable {
        /// What happens to a message for which there is no token.
        package enum Excess: String, CaseIterable, Sendable {
            case dropNewest = "drop_newest"
            /// `burst` messages wait; a further one pushes out the one that waited longest.
            case dropOldest = "drop_oldest"
            /// It waits, and its source is held back.
            case holdBack = "hold_back"
        }

        /// Messages a second; more than 0.
        package let rate: Double
        /// Messages; at least 1.
        package let burst: Int
        package let excess: Excess

        package init(rate: Double, burst: Int, excess: Excess) {
            self.rate = rate
            self.burst = burst
            self.excess = excess
        }
    }

    /// Names that the rule is about, without the prefixes; with a `rename`, the whole names of the first side.
    package let filter: TopicFilter
    package let direction: Direction
    /// Stands before the filter's names on each side; empty: nothing.
    package let firstPrefix: String
    package let secondPrefix: String
    /// The name on the second side, such as `site4/{1}/temperature`, where `{1}` is what the filter's first wildcard stood for; nil: the same.
    package let rename: TopicTemplate?
    /// Names, as `filter` has them, that do not cross by this rule, nor by a later one.
    package let excludes: [TopicFilter]
    /// The highest QoS; higher ones are lowered.
    package var qos = QoS.exactlyOnce
    package var retain = Retain.keep
    package var conflict = Conflict.first
    /// Bytes of a payload; larger messages are dropped. nil: what both brokers take.
    package var payloadByteMaximum: Int?
    /// The expiry of messages that have none, or a later one, is set to this; nil: left as it is.
    package var messageExpiry: TimeAmount?
    package var rateLimit: RateLimit?
    /// The group of a shared subscription; nil: an ordinary one.
    package let share: String?
    /// What is subscribed to on each side: the filter with its prefix, or with its new name.
    let firstFilter: TopicFilter
    let secondFilter: TopicFilter

    /// - Parameters:
    ///   - filter: not itself of the form `$share/GROUP/FILTER`.
    ///   - rename: without prefixes, which it can say itself. A direction back asks that it uses each wildcard once, alone in a level.
    package init(
        filter: TopicFilter,
        direction: Direction = .both,
        firstPrefix: String = "",
        secondPrefix: String = "",
        rename: TopicTemplate? = nil,
        excludes: [TopicFilter] = [],
        share: String? = nil
    ) throws(Fault) {
        for filter in [filter] + excludes where SharedSubscription.isShared(filter.text) { throw .shared(filter) }
        if let rename {
            guard firstPrefix.isEmpty, secondPrefix.isEmpty else { throw .renameWithPrefix }
            secondFilter = try Self.renamed(filter, by: rename, direction: direction)
            firstFilter = filter
        } else {
            firstFilter = try Self.prefixed(filter, with: firstPrefix, on: .first)
            secondFilter = try Self.prefixed(filter, with: secondPrefix, on: .second)
            for exclude in excludes {
                _ = try Self.prefixed(exclude, with: firstPrefix, on: .first)
                _ = try Self.prefixed(exclude, with: secondPrefix, on: .second)
            }
        }
        if let share {
            guard SharedSubscription.isGroup(share) else { throw .notAGroup(share) }
            for (side, filter) in [(Side.first, firstFilter), (.second, secondFilter)] {
                guard SharedSubscription(group: share, filter: filter) != nil else { throw .tooLong(side) }
            }
        }
        self.filter = filter
        self.direction = direction
        self.firstPrefix = firstPrefix
        self.secondPrefix = secondPrefix
        self.rename = rename
        self.excludes = excludes
        self.share = share
    }

    /// The whole names on one side; where a new name has text and a place in one level, more than those.
    package func filter(on side: Side) -> TopicFilter {
        switch side {
        case .first: firstFilter
        case .second: secondFilter
        }
    }

    package func prefix(on side: Side) -> String {
        switch side {
        case .first: firstPrefix
        case .second: secondPrefix
        }
    }
}
