/// Many topic filters, each with a value; a topic finds those that match it in a time that grows with its levels, not with the filters.
package struct TopicTrie<Value> {
    private var index = TopicIndex()
    private var values: [Value?] = []
    private var free: [Int32] = []

    package init() {}

    package var count: Int { values.count - free.count }
    package var isEmpty: Bool { count == 0 }

    /// A filter may have any number of values.
    package mutating func insert(_ filter: TopicFilter, _ value: Value) {
        let entry: Int32
        if let known = free.popLast() {
            entry = known
            values[Int(entry)] = value
        } else {
            entry = Int32(values.count)
            values.append(value)
        }
        index.insert(filter, entry)
    }

    /// Takes out the values of a filter for which `condition` holds.
    /// - Returns: how many those were.
    @discardableResult
    package mutating func remove(_ filter: TopicFilter, where condition: (Value) -> Bool) -> Int {
        let entries = index.entries(of: filter).filter { values[Int($0)].map(condition) == true }
        for entry in entries {
            index.remove(filter, entry)
            values[Int(entry)] = nil
            free.append(entry)
        }
        return entries.count
    }

    /// Calls `body` with the value of each filter that matches, in no particular order.
    package func forEachMatch(_ topic: UnsafeRawBufferPointer, _ body: (Value) -> Void) {
        index.forEachMatch(topic) { entry in
            if let value = values[Int(entry)] { body(value) }
        }
    }
}

extension TopicTrie: Sendable where Value: Sendable {}
