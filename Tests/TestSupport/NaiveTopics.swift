/// Topics and filters as the standard describes them, level by level, without any care for speed (MQTT 5.0, 4.7).
package enum NaiveTopics {
    package static func levels(_ text: String) -> [Substring] {
        text.split(separator: "/", omittingEmptySubsequences: false)
    }

    package static func filter(of words: [String], _ generator: inout SeededGenerator) -> String {
        var levels = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            Bool.random(using: &generator) ? "+" : words.randomElement(using: &generator) ?? "a"
        }
        if Bool.random(using: &generator) { levels[levels.count - 1] = "#" }
        return levels.joined(separator: "/")
    }

    package static func topic(of words: [String], _ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...4, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "a" }
            .joined(separator: "/")
    }

    /// All topics of those words with at most so many levels.
    package static func topics(of words: [String], levelMaximum: Int) -> [String] {
        var topics: [String] = []
        var longest = words
        for _ in 1..<levelMaximum {
            topics += longest
            longest = longest.flatMap { start in words.map { "\(start)/\($0)" } }
        }
        return (topics + longest).filter { !$0.isEmpty }
    }

    package static func matches(_ filter: String, _ topic: String) -> Bool {
        if topic.hasPrefix("$"), filter.hasPrefix("+") || filter.hasPrefix("#") { return false }
        return matches(levels(filter)[...], levels(topic)[...])
    }

    private static func matches(_ filter: ArraySlice<Substring>, _ topic: ArraySlice<Substring>) -> Bool {
        guard let want = filter.first else { return topic.isEmpty }
        if want == "#" { return true }
        guard let level = topic.first, want == "+" || want == level else { return false }
        return matches(filter.dropFirst(), topic.dropFirst())
    }
}
