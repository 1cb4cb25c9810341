/// First in, first out; taking out is amortised constant time and frees what was taken.
struct SessionQueue<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { head == elements.count }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCapacity)
            head = 0
        } else if head > Self.keptCapacity, head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Puts elements before all others, in their order.
    mutating func prepend(_ newElements: [Element]) {
        guard !newElements.isEmpty else { return }
        elements.replaceSubrange(..<head, with: newElements as [Element?])
        head = 0
    }

    mutating func removeAll() {
        elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCapacity)
        head = 0
    }

    /// Takes out, in order, what the condition holds for; time grows with `count`.
    mutating func remove(where isWanted: (Element) -> Bool, _ taken: (Element) -> Void) {
        var kept: [Element?] = []
        kept.reserveCapacity(count)
        while head < elements.count {
            if let element = elements[head] {
                if isWanted(element) { taken(element) } else { kept.append(element) }
            }
            head += 1
        }
        elements = kept
        head = 0
    }

    /// Elements whose memory stays when the queue runs empty.
    private static var keptCapacity: Int { 256 }
}
