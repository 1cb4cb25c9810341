import MQTTProtocol

/// A rule as it is for messages from one side.
struct TopicWay: Sendable {
    /// How names change.
    enum Change: Sendable {
        case none
        /// So many bytes go from the start, and these come.
        case prefix(byteCount: Int, new: [UInt8])
        case template(TopicRenaming)
        /// The old names can't be told from the new ones, so that no messages from this side are for the rule.
        case impossible
    }

    let isAllowed: Bool
    let change: Change
    /// The filter asks for topics of the bridges themselves.
    let namesBridges: Bool
    /// The filter asks for topics of the broker itself.
    let namesBrokers: Bool
    /// A new name may turn out to be one that the other side keeps to itself.
    let canBecomeReserved: Bool
    private let prefixByteCount: Int
    private let excludes: [TopicFilter]
    /// The excludes are about the new names.
    private let excludesNewNames: Bool

    init(_ rule: TopicRule, from side: Side) {
        let near = rule.filter(on: side)
        let far = rule.filter(on: side.other)
        isAllowed = rule.direction.allows(from: side)
        namesBridges = ReservedTopics.names(bridges: near)
        namesBrokers = near.startsWithDollar
        prefixByteCount = rule.prefix(on: side).utf8.count
        change = Self.change(of: rule, from: side)
        switch change {
        case .none: canBecomeReserved = false
        case .prefix, .template, .impossible: canBecomeReserved = ReservedTopics.canOccur(in: far)
        }
        if rule.rename == nil {
            let prefix = rule.prefix(on: side)
            excludes = rule.excludes.compactMap { TopicFilter(prefix + $0.text) }
            excludesNewNames = false
        } else {
            excludes = rule.excludes
            excludesNewNames = side == .second
        }
    }

    private static func change(of rule: TopicRule, from side: Side) -> Change {
        guard let rename = rule.rename else {
            let old = Array(rule.prefix(on: side).utf8)
            let new = Array(rule.prefix(on: side.other).utf8)
            return old == new ? .none : .prefix(byteCount: old.count, new: new)
        }
        switch side {
        case .first: return .template(TopicRenaming(filter: rule.filter, pieces: rename.pieces))
        case .second:
            guard rename.isReversible(for: rule.filter) else { return .impossible }
            return .template(.back(to: rule.filter, from: rule.secondFilter, by: rename))
        }
    }

    /// Whether a topic that the filter matches begins with the prefix too: `site/#` matches `site`.
    func hasPrefix(_ topic: UnsafeRawBufferPointer) -> Bool { topic.count >= prefixByteCount }

    /// - Parameter name: space for a name; what it holds is lost.
    func exclude(for topic: UnsafeRawBufferPointer, name: inout [UInt8]) -> Int? {
        guard !excludes.isEmpty else { return nil }
        guard excludesNewNames else { return excludes.firstIndex { $0.matches(topic) } }
        name.removeAll(keepingCapacity: true)
        guard rename(topic, into: &name) else { return nil }
        return name.withUnsafeBytes { name in excludes.firstIndex { $0.matches(name) } }
    }

    /// - Parameter name: as above.
    func becomesReserved(_ topic: UnsafeRawBufferPointer, beyond far: TopicWay, name: inout [UInt8]) -> Bool {
        guard canBecomeReserved else { return false }
        name.removeAll(keepingCapacity: true)
        guard rename(topic, into: &name) else { return false }
        return name.withUnsafeBytes {
            ReservedTopics.isBridges($0) && !far.namesBridges || ReservedTopics.isBrokers($0) && !far.namesBrokers
        }
    }

    /// - Returns: false when there is no new name, or no valid one; nothing has been appended then.
    func rename(_ topic: UnsafeRawBufferPointer, into name: inout [UInt8]) -> Bool {
        switch change {
        case .none:
            name.append(contentsOf: topic)
            return true
        case .prefix(let byteCount, let new):
            guard topic.count >= byteCount else { return false }
            let whole = new.count + topic.count - byteCount
            guard whole > 0, whole <= TopicFilter.byteMaximum else { return false }
            name += new
            name.append(contentsOf: UnsafeRawBufferPointer(rebasing: topic[byteCount...]))
            return true
        case .template(let renaming): return renaming.rename(topic, into: &name)
        case .impossible: return false
        }
    }
}
