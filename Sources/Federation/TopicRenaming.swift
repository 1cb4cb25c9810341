import MQTTProtocol

/// Makes new names out of what the wildcards of a filter stood for.
struct TopicRenaming: Sendable {
    private let filter: TopicFilter
    private let wildcardCount: Int
    private let pieces: [TopicTemplate.Piece]

    /// What no wildcard stood for: the `#` of `a/#` in the name `a`.
    private static let nothing = -1

    init(filter: TopicFilter, pieces: [TopicTemplate.Piece]) {
        self.filter = filter
        self.wildcardCount = filter.wildcardCount
        self.pieces = pieces
    }

    /// The way back from the names that `template` gives to those of `filter`.
    ///
    /// - Precondition: the template uses each wildcard of the filter once, alone in a level.
    static func back(to filter: TopicFilter, from named: TopicFilter, by template: TopicTemplate) -> TopicRenaming {
        let places = template.places
        var pieces: [TopicTemplate.Piece] = []
        var number = 0
        var text: [UInt8] = []
        for byte in filter.bytes {
            guard byte == TopicLevels.anyLevel || byte == TopicLevels.anyLevels else {
                text.append(byte)
                continue
            }
            number += 1
            if !text.isEmpty { pieces.append(.text(text)) }
            text = []
            if let place = places.firstIndex(of: number) { pieces.append(.place(place + 1)) }
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        return TopicRenaming(filter: named, pieces: pieces)
    }

    /// - Returns: false when the filter does not match, or what comes out is no valid name; nothing has been appended then.
    func rename(_ topic: UnsafeRawBufferPointer, into name: inout [UInt8]) -> Bool {
        withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: wildcardCount + 1) { found in
            guard find(in: topic, found) else { return false }
            let start = name.count
            for piece in pieces {
                switch piece {
                case .text(let text): name += text
                case .place(let number):
                    let part = found[number - 1]
                    if part.lowerBound == Self.nothing {
                        // The separator before it stands for nothing either.
                        if name.count > start, name.last == TopicLevels.separator { name.removeLast() }
                    } else {
                        name.append(contentsOf: UnsafeRawBufferPointer(rebasing: topic[part]))
                    }
                }
            }
            guard name.count > start, name.count - start <= TopicFilter.byteMaximum else {
                name.removeSubrange(start...)
                return false
            }
            return true
        }
    }

    private func find(in topic: UnsafeRawBufferPointer, _ found: UnsafeMutableBufferPointer<Range<Int>>) -> Bool {
        filter.bytes.withUnsafeBytes { bytes in
            var wanted = TopicLevels(bytes)
            var levels = TopicLevels(topic)
            var count = 0
            while let want = wanted.next() {
                if bytes[want].elementsEqual(CollectionOfOne(TopicLevels.anyLevels)) {
                    let part = levels.next().map { $0.lowerBound..<topic.count } ?? Self.nothing..<Self.nothing
                    (found.baseAddress! + count).initialize(to: part)
                    return true
                }
                guard let level = levels.next() else { return false }
                if bytes[want].elementsEqual(CollectionOfOne(TopicLevels.anyLevel)) {
                    (found.baseAddress! + count).initialize(to: level)
                    count += 1
                    continue
                }
                let text = UnsafeRawBufferPointer(rebasing: bytes[want])
                guard text.hasSameBytes(as: UnsafeRawBufferPointer(rebasing: topic[level])) else { return false }
            }
            return levels.isAtEnd
        }
    }
}
