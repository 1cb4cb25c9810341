import Federation
import MQTTProtocol
import NIOCore

/// A rule between brokers: a topic filter, or a map that says more.
struct TopicRuleReader {
    private static let expected =
        "a topic filter such as \"sensors/#\", or a map such as `{filter: \"sensors/#\", direction: out}`"

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode, path: String) -> TopicRule? {
        switch node.content {
        case .text:
            return filter(node, path: path).flatMap { filter in
                do throws(TopicRule.Fault) {
                    return try TopicRule(filter: filter)
                } catch {
                    reading.error(node.origin, path: path, TopicRuleFaultWords(error).words)
                    return nil
                }
            }
        case .map:
            return MapReader<Keys.TopicRule>(node, path: path, reading).flatMap(rule)
        case .nothing, .list:
            reading.error(node.origin, path: path, "expected \(Self.expected); \(node.kind) is there")
            return nil
        }
    }

    private func rule(_ map: MapReader<Keys.TopicRule>) -> TopicRule? {
        let filter = map.required(.filter, "the topics, such as \"sensors/#\"").flatMap {
            self.filter($0, path: map.path(of: .filter))
        }
        let direction = map.word(.direction, Direction.self) ?? .both
        let firstPrefix = prefix(map, .firstPrefix)
        let secondPrefix = prefix(map, .secondPrefix)
        let rename = rename(map)
        let excludes = map.node(.exclude).flatMap { self.excludes($0, path: map.path(of: .exclude)) } ?? []
        let share = map.value(.share, "the name of a group, without `/`, `+` and `#`") { text in
            Names.checked(text).flatMap { SharedSubscription.isGroup($0) ? $0 : nil }
        }
        let details = TopicRuleDetails(map, reading)
        guard let filter else { return nil }
        do throws(TopicRule.Fault) {
            var rule = try TopicRule(
                filter: filter,
                direction: direction,
                firstPrefix: firstPrefix ?? "",
                secondPrefix: secondPrefix ?? "",
                rename: rename,
                excludes: excludes,
                share: share
            )
            details.apply(to: &rule)
            return rule
        } catch {
            let fault = TopicRuleFaultWords(error)
            let key = map.has(fault.key) ? fault.key : .filter
            reading.error(map.valueOrigin(of: key), path: map.path(of: key), fault.words)
            return nil
        }
    }

    // MARK: Names

    private func filter(_ node: YAMLNode, path: String) -> TopicFilter? {
        let expected = "a topic filter such as \"sensors/#\""
        guard let text = reading.value(node, path: path, expected, { $0.isEmpty ? nil : $0 }) else { return nil }
        guard !SharedSubscription.isShared(text) else {
            reading.error(node.origin, path: path, "a shared subscription is made with the key `share: GROUP`")
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ !Names.isControl($0) }) else {
            reading.error(node.origin, path: path, "a topic filter has no control characters: \(Words.shown(text))")
            return nil
        }
        guard let filter = TopicFilter(text) else {
            let words =
                text.utf8.count > 65_535
                ? "a topic filter has at most 65,535 bytes"
                : "\(Words.shown(text)) is no topic filter: `+` and `#` stand alone between slashes, and `#` at the end"
            reading.error(node.origin, path: path, words)
            return nil
        }
        return filter
    }

    private func excludes(_ node: YAMLNode, path: String) -> [TopicFilter]? {
        reading.list(node, path: path, "a list of topic filters, such as `[\"sensors/private/#\"]`", filter)
    }

    private func prefix(_ map: MapReader<Keys.TopicRule>, _ key: Keys.TopicRule) -> String? {
        guard
            let prefix = map.value(
                key,
                "the beginning of a topic, such as `site-4/`, without `+` and `#`",
                { text in
                    (text.isEmpty || TopicName.isValid(text)) && !text.unicodeScalars.contains(where: Names.isControl)
                        ? text : nil
                }
            )
        else { return nil }
        if map.has(.as) {
            reading.error(
                map.origin(of: key),
                path: map.path(of: key),
                "stands together with `as`, which gives the whole name already"
            )
            return nil
        }
        return prefix
    }

    private func rename(_ map: MapReader<Keys.TopicRule>) -> TopicTemplate? {
        let expected = "a topic such as `site4/{1}/temperature`"
        guard let text = map.value(.as, expected, { $0.unicodeScalars.contains(where: Names.isControl) ? nil : $0 })
        else {
            return nil
        }
        do throws(TopicTemplate.Fault) {
            return try TopicTemplate(text)
        } catch {
            reading.error(map.valueOrigin(of: .as), path: map.path(of: .as), "\(error)")
            return nil
        }
    }
}
