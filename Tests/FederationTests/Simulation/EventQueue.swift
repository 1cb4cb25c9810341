import NIOCore

/// What is going to happen, by time; what is due at one time happens in the order in which it was asked for.
struct EventQueue {
    enum Event {
        case atHub(Wire, HubWord)
        case atClient(Wire, ClientWord)
        case wake(SimulatedBridge)
        case act(() -> Void)
    }

    private struct Entry {
        let time: NIODeadline
        let number: Int
        let event: Event

        static func < (one: Entry, other: Entry) -> Bool {
            one.time == other.time ? one.number < other.number : one.time < other.time
        }
    }

    private var heap: [Entry] = []
    private var nextNumber = 0

    var nextTime: NIODeadline? { heap.first?.time }

    mutating func add(_ time: NIODeadline, _ event: Event) {
        heap.append(Entry(time: time, number: nextNumber, event: event))
        nextNumber += 1
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func take() -> (time: NIODeadline, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.event) }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
        return (first.time, first.event)
    }
}
