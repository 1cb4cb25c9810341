/// What the broker's topic aliases stand for on this connection (MQTT 5.0, 3.3.2.3.4).
struct IncomingTopicAliases: Sendable {
    private var topics: [[UInt8]] = []
    private let maximum: UInt16

    init(maximum: UInt16) { self.maximum = maximum }

    /// Nothing is carried from one connection to the next (MQTT-3.3.2-7).
    mutating func beginConnection() { topics.removeAll() }

    func isInRange(_ alias: UInt16) -> Bool { alias <= maximum }

    func isKnown(_ alias: UInt16) -> Bool {
        topics.indices.contains(Int(alias) - 1) && !topics[Int(alias) - 1].isEmpty
    }

    /// Sets or changes what an alias in range stands for.
    mutating func set(_ alias: UInt16, to topic: UnsafeRawBufferPointer) {
        let index = Int(alias) - 1
        while topics.count <= index { topics.append([]) }
        // A broker that repeats the topic with its alias each time costs no allocation.
        if topics[index].withUnsafeBytes({ $0.hasSameBytes(as: topic) }) { return }
        topics[index].removeAll(keepingCapacity: true)
        topics[index].append(contentsOf: topic)
    }

    func withTopic<R>(_ alias: UInt16, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        guard isKnown(alias) else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try topics[Int(alias) - 1].withUnsafeBytes { try body($0) }
    }
}
