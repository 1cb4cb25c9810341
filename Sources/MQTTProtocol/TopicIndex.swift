/// A tree of the levels of topic filters, with numbers at its nodes: what a `TopicTrie` is made of, and without its values, so that it is
/// compiled once.
///
/// All levels with text hang in one hash table, by their node above and their bytes; `+` has a place of its own at each node, and `#` is kept at
/// the node above it, because `a/#` matches `a` too. A topic asks for each of its levels at most once a node that matches so far.
package struct TopicIndex: Sendable {
    private struct Node {
        var parent: Int32
        /// Of the level's bytes and the parent; which bytes, `levels` knows.
        var hash: UInt64 = 0
        var text: Range<Int32> = 0..<0
        var isAnyLevel = false
        /// The child that stands for any level; `none`: there is none.
        var anyLevel = TopicIndex.none
        /// Children in the hash table.
        var textCount: Int32 = 0
        /// Heads of lists in `links`.
        var entries = TopicIndex.none
        var anyLevelsEntries = TopicIndex.none

        var isNeeded: Bool {
            textCount > 0 || anyLevel != TopicIndex.none || entries != TopicIndex.none
                || anyLevelsEntries != TopicIndex.none
        }
    }

    private struct Link {
        var entry: Int32
        var next: Int32
    }

    /// A node that is still to be looked at, and where in the topic.
    private struct Pending {
        var node: Int32
        var offset: Int32
    }

    private static let none = Int32(-1)
    private static let root = Int32(0)

    private var nodes = [Node(parent: TopicIndex.none)]
    private var freeNodes: [Int32] = []
    private var links: [Link] = []
    private var freeLinks: [Int32] = []
    /// Nodes by hash, probed one after the other; a power of two, at most half full.
    private var slots = [Int32](repeating: TopicIndex.none, count: 16)
    private var slotCount = 0
    /// The bytes of the levels, one behind the other.
    private var levels: [UInt8] = []
    private var unusedByteCount = 0
    /// Levels of the longest filter that ever was.
    private var depth = 0

    package init() {}
}

// MARK: - Changing

extension TopicIndex {
    package mutating func insert(_ filter: TopicFilter, _ entry: Int32) {
        filter.bytes.withUnsafeBytes { bytes in
            var walk = TopicLevels(bytes)
            var node = Self.root
            var levelCount = 0
            while let level = walk.nextLevel() {
                levelCount += 1
                if level.isWildcard(TopicLevels.anyLevels) {
                    nodes[Int(node)].anyLevelsEntries = link(entry, before: nodes[Int(node)].anyLevelsEntries)
                    depth = max(depth, levelCount)
                    return
                }
                node = level.isWildcard(TopicLevels.anyLevel) ? anyLevel(under: node) : text(level, under: node)
            }
            nodes[Int(node)].entries = link(entry, before: nodes[Int(node)].entries)
            depth = max(depth, levelCount)
        }
    }

    /// The numbers that a filter has been given.
    package func entries(of filter: TopicFilter) -> [Int32] {
        guard let node = node(of: filter) else { return [] }
        var entries: [Int32] = []
        var at = filter.endsInAnyLevels ? nodes[Int(node)].anyLevelsEntries : nodes[Int(node)].entries
        while at != Self.none {
            entries.append(links[Int(at)].entry)
            at = links[Int(at)].next
        }
        return entries
    }

    package mutating func remove(_ filter: TopicFilter, _ entry: Int32) {
        guard let node = node(of: filter) else { return }
        if filter.endsInAnyLevels {
            nodes[Int(node)].anyLevelsEntries = unlink(entry, from: nodes[Int(node)].anyLevelsEntries)
        } else {
            nodes[Int(node)].entries = unlink(entry, from: nodes[Int(node)].entries)
        }
        prune(node)
        tidyLevels()
    }

    /// The node at which a filter's numbers hang.
    private func node(of filter: TopicFilter) -> Int32? {
        filter.bytes.withUnsafeBytes { bytes in
            var walk = TopicLevels(bytes)
            var node = Self.root
            while let level = walk.nextLevel() {
                if level.isWildcard(TopicLevels.anyLevels) { return node }
                if level.isWildcard(TopicLevels.anyLevel) {
                    node = nodes[Int(node)].anyLevel
                } else {
                    node = find(level, hash: LevelHash.of(level), under: node)
                }
                if node == Self.none { return nil }
            }
            return node
        }
    }

    private mutating func anyLevel(under parent: Int32) -> Int32 {
        let known = nodes[Int(parent)].anyLevel
        if known != Self.none { return known }
        var node = Node(parent: parent)
        node.isAnyLevel = true
        let new = add(node)
        nodes[Int(parent)].anyLevel = new
        return new
    }

    private mutating func text(_ level: UnsafeRawBufferPointer, under parent: Int32) -> Int32 {
        let hash = LevelHash.of(level)
        let known = find(level, hash: hash, under: parent)
        if known != Self.none { return known }
        var node = Node(parent: parent)
        node.hash = LevelHash.of(hash, under: parent)
        node.text = Int32(levels.count)..<Int32(levels.count + level.count)
        levels.append(contentsOf: level)
        let new = add(node)
        nodes[Int(parent)].textCount += 1
        slotCount += 1
        if slotCount * 2 > slots.count { growSlots() } else { place(new) }
        return new
    }

    private mutating func add(_ node: Node) -> Int32 {
        if let known = freeNodes.popLast() {
            nodes[Int(known)] = node
            return known
        }
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    private mutating func link(_ entry: Int32, before next: Int32) -> Int32 {
        let link = Link(entry: entry, next: next)
        if let known = freeLinks.popLast() {
            links[Int(known)] = link
            return known
        }
        links.append(link)
        return Int32(links.count - 1)
    }

    private mutating func unlink(_ entry: Int32, from head: Int32) -> Int32 {
        var previous = Self.none
        var at = head
        while at != Self.none {
            let next = links[Int(at)].next
            if links[Int(at)].entry == entry {
                freeLinks.append(at)
                guard previous != Self.none else { return next }
                links[Int(previous)].next = next
                return head
            }
            previous = at
            at = next
        }
        return head
    }

    /// Takes out the nodes that nothing hangs on any more, from this one upwards.
    private mutating func prune(_ start: Int32) {
        var at = start
        while at != Self.root, !nodes[Int(at)].isNeeded {
            let node = nodes[Int(at)]
            if node.isAnyLevel {
                nodes[Int(node.parent)].anyLevel = Self.none
            } else {
                vacate(at)
                nodes[Int(node.parent)].textCount -= 1
                unusedByteCount += node.text.count
            }
            freeNodes.append(at)
            at = node.parent
        }
    }

    /// Filters that come and go leave bytes behind; when most are such, the others move together.
    private mutating func tidyLevels() {
        guard unusedByteCount > 4_096, unusedByteCount > levels.count / 2 else { return }
        var kept: [UInt8] = []
        for slot in slots where slot != Self.none {
            let text = nodes[Int(slot)].text
            nodes[Int(slot)].text = Int32(kept.count)..<Int32(kept.count + text.count)
            kept += levels[Int(text.lowerBound)..<Int(text.upperBound)]
        }
        levels = kept
        unusedByteCount = 0
    }
}

// MARK: - The hash table

extension TopicIndex {
    private mutating func place(_ node: Int32) {
        var slot = Int(truncatingIfNeeded: nodes[Int(node)].hash) & (slots.count - 1)
        while slots[slot] != Self.none { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = node
    }

    private mutating func growSlots() {
        slots = [Int32](repeating: Self.none, count: slots.count * 2)
        // Nodes that are free have no text, and neither have those of wildcards.
        for node in nodes.indices where nodes[node].hash != 0 { place(Int32(node)) }
    }

    /// Those behind it that would no longer be found close up.
    private mutating func vacate(_ node: Int32) {
        let mask = slots.count - 1
        var hole = Int(truncatingIfNeeded: nodes[Int(node)].hash) & mask
        while slots[hole] != node { hole = (hole + 1) & mask }
        var at = hole
        while true {
            at = (at + 1) & mask
            guard slots[at] != Self.none else { break }
            let home = Int(truncatingIfNeeded: nodes[Int(slots[at])].hash) & mask
            if (at - home) & mask >= (at - hole) & mask {
                slots[hole] = slots[at]
                hole = at
            }
        }
        slots[hole] = Self.none
        nodes[Int(node)].hash = 0
        slotCount -= 1
    }

    private func find(_ level: UnsafeRawBufferPointer, hash: UInt64, under parent: Int32) -> Int32 {
        let hash = LevelHash.of(hash, under: parent)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != Self.none {
            let found = slots[slot]
            if isText(found, level, hash, under: parent) { return found }
            slot = (slot + 1) & (slots.count - 1)
        }
        return Self.none
    }

    private func isText(_ node: Int32, _ level: UnsafeRawBufferPointer, _ hash: UInt64, under parent: Int32) -> Bool {
        guard nodes[Int(node)].hash == hash, nodes[Int(node)].parent == parent else { return false }
        let text = nodes[Int(node)].text
        return levels.withUnsafeBytes {
            UnsafeRawBufferPointer(rebasing: $0[Int(text.lowerBound)..<Int(text.upperBound)]).hasSameBytes(as: level)
        }
    }
}

// MARK: - Matching

extension TopicIndex {
    /// Calls `body` with the numbers of the filters that match a topic, in no particular order.
    package func forEachMatch(_ topic: UnsafeRawBufferPointer, _ body: (Int32) -> Void) {
        // Each level leaves at most one further node to be looked at later.
        withUnsafeTemporaryAllocation(of: Pending.self, capacity: depth + 1) { pending in
            var pendingCount = 0
            var node = Self.root
            var offset = 0
            // A topic of the broker's own is not for wildcards at the start.
            let isOwn = topic.first == TopicLevels.dollar
            while true {
                if !(isOwn && node == Self.root) {
                    each(nodes[Int(node)].anyLevelsEntries, body)
                }
                var next = Self.none
                if offset > topic.count {
                    each(nodes[Int(node)].entries, body)
                } else if nodes[Int(node)].textCount > 0 || nodes[Int(node)].anyLevel != Self.none {
                    let (end, hash) = LevelHash.ofLevel(in: topic, from: offset)
                    if nodes[Int(node)].textCount > 0 {
                        let level = UnsafeRawBufferPointer(rebasing: topic[offset..<end])
                        next = find(level, hash: hash, under: node)
                    }
                    let anyLevel = nodes[Int(node)].anyLevel
                    if anyLevel != Self.none, !(isOwn && node == Self.root) {
                        if next == Self.none {
                            next = anyLevel
                        } else {
                            pending[pendingCount] = Pending(node: anyLevel, offset: Int32(end + 1))
                            pendingCount += 1
                        }
                    }
                    offset = end + 1
                }
                if next != Self.none {
                    node = next
                } else if pendingCount > 0 {
                    pendingCount -= 1
                    node = pending[pendingCount].node
                    offset = Int(pending[pendingCount].offset)
                } else {
                    return
                }
            }
        }
    }

    private func each(_ head: Int32, _ body: (Int32) -> Void) {
        var at = head
        while at != Self.none {
            body(links[Int(at)].entry)
            at = links[Int(at)].next
        }
    }
}
