import Federation
import MQTTProtocol

/// Rules of a bridge between brokers that hardly do what was meant.
struct TopicRuleChecks {
    private let reading: Reading
    private let configuration: BridgeConfiguration

    init(_ reading: Reading, _ configuration: BridgeConfiguration) {
        self.reading = reading
        self.configuration = configuration
    }

    func check(_ traffic: TopicTraffic, _ bridge: BridgeSettings, path: String) {
        guard !traffic.rules.rules.isEmpty else {
            reading.warning(
                bridge.origin,
                path: path,
                "carries nothing: no topics are named; list some under `topics`, such as `[\"sensors/#\"]`"
            )
            return
        }
        checkOverlaps(traffic.rules, bridge, path)
        checkFeeds(traffic.rules, bridge, path)
        for side in Side.allCases {
            guard let broker = configuration.hub(named: bridge.name(of: side))?.broker else { continue }
            checkVersion(broker, bridge, side, path)
            checkSession(broker, traffic.rules.rules, bridge, side, path)
            checkWindow(broker, traffic.rules.rules, bridge, side, path)
        }
        for (index, rule) in traffic.rules.rules.enumerated() {
            let check = OneRule(
                rule: rule,
                bridge: bridge,
                origin: bridge.ruleOrigins[index],
                path: "\(path).topics[\(index)]"
            )
            checkShare(check)
            for side in Side.allCases {
                guard let broker = configuration.hub(named: bridge.name(of: side))?.broker else { continue }
                checkDollar(check, side)
                checkSize(check, broker, side)
            }
        }
    }

    private struct OneRule {
        let rule: TopicRule
        let bridge: BridgeSettings
        let origin: Origin
        let path: String
    }

    // MARK: Rules among each other

    private func checkOverlaps(_ rules: TopicRules, _ bridge: BridgeSettings, _ path: String) {
        var bySide: [Side: [Int: TopicRules.Overlap]] = [:]
        for overlap in rules.overlaps() {
            let known = bySide[overlap.side]?[overlap.later]
            // The rule that takes everything says more than one that takes a part.
            if known == nil || overlap.isWhole && known?.isWhole == false {
                bySide[overlap.side, default: [:]][overlap.later] = overlap
            }
        }
        for (index, rule) in rules.rules.enumerated() {
            let sides = Side.allCases.filter { rule.direction.allows(from: $0) }
            let overlaps = sides.compactMap { bySide[$0]?[index] }
            guard let overlap = overlaps.first(where: \.isWhole) ?? overlaps.first else { continue }
            let words = words(overlap, isEverywhere: overlaps.filter(\.isWhole).count == sides.count, rules, bridge)
            reading.warning(bridge.ruleOrigins[index], path: "\(path).topics[\(index)]", words)
        }
    }

    private func words(
        _ overlap: TopicRules.Overlap,
        isEverywhere: Bool,
        _ rules: TopicRules,
        _ bridge: BridgeSettings
    ) -> String {
        let line = "the rule at line \(bridge.ruleOrigins[overlap.earlier].line)"
        let from = bridge.name(of: overlap.side)
        guard !overlap.isWhole else {
            return isEverywhere
                ? "never applies: \(line) takes all of it first"
                : "never applies to messages from \(from): \(line) takes all of it first"
        }
        return "overlaps with \(line), which decides about \(Words.shown(overlap.topics.text)) from \(from)"
    }

    private func checkFeeds(_ rules: TopicRules, _ bridge: BridgeSettings, _ path: String) {
        for feed in rules.feeds() {
            let back = bridge.ruleOrigins[feed.into].line
            let names = feed.example.map(Words.shown)
            guard names.count == 3 else { continue }
            reading.warning(
                bridge.ruleOrigins[feed.rule],
                path: "\(path).topics[\(feed.rule)]",
                """
                feeds the rule at line \(back): \(names[0]) from \(bridge.name(of: feed.side)) becomes \(names[1]), \
                which would come back as \(names[2])
                """
            )
        }
    }

    // MARK: One rule

    private func checkDollar(_ check: OneRule, _ side: Side) {
        let name = check.rule.filter(on: side)
        guard name.startsWithDollar, check.rule.direction.allows(from: side.other) else { return }
        reading.warning(
            check.origin,
            path: check.path,
            """
            publishes \(Words.shown(name.text)) on \(check.bridge.name(of: side)): topics that begin with `$` are the broker's own, \
            and most brokers take none from clients
            """
        )
    }

    private func checkSize(_ check: OneRule, _ broker: RemoteBroker, _ side: Side) {
        guard let maximum = check.rule.payloadByteMaximum, maximum > broker.packetByteMaximum else { return }
        reading.warning(
            check.origin,
            path: check.path,
            """
            `max_payload` (\(Words.size(maximum))) is more than \(check.bridge.name(of: side)) takes: its `max_packet` is \
            \(Words.size(broker.packetByteMaximum))
            """
        )
    }

    private func checkShare(_ check: OneRule) {
        guard check.rule.share != nil else { return }
        if check.rule.retain == .keep {
            reading.warning(
                check.origin,
                path: check.path,
                """
                `share` with `retain: keep`: a shared subscription brings no retained messages (MQTT 5.0, 4.8.2), \
                and each process of the group would compare them; say `retain: live` or `drop`
                """
            )
        }
        let old = Side.allCases.first { side in
            configuration.hub(named: check.bridge.name(of: side))?.broker.map { $0.version == .v3_1_1 || $0.fallsBack }
                ?? false
        }
        guard let old, check.rule.direction == .both else { return }
        reading.warning(
            check.origin,
            path: check.path,
            """
            `share` with both directions over MQTT 3.1.1 (\(check.bridge.name(of: old))): what one process of the group has sent may come \
            back to another, which cannot know it; give `direction`
            """
        )
    }

    // MARK: Brokers

    private func checkVersion(_ broker: RemoteBroker, _ bridge: BridgeSettings, _ side: Side, _ path: String) {
        guard broker.version == .v3_1_1 else { return }
        reading.note(
            bridge.origin,
            path: path,
            """
            \(bridge.name(of: side)) speaks MQTT 3.1.1: response topics, correlation data, user properties, content types and expiry \
            do not pass it
            """
        )
    }

    private func checkSession(
        _ broker: RemoteBroker,
        _ rules: [TopicRule],
        _ bridge: BridgeSettings,
        _ side: Side,
        _ path: String
    ) {
        guard rules.contains(where: { $0.qos > .atMostOnce && $0.direction.allows(from: side) }),
            broker.cleanStart || broker.version == .v5 && broker.sessionExpiry == .zero
        else { return }
        let key = broker.cleanStart ? "`clean_start: true`" : "`session_expiry: 0`"
        reading.note(
            bridge.origin,
            path: path,
            "\(bridge.name(of: side)) has \(key): what is published there while the bridge is away is lost, whatever its QoS"
        )
    }

    /// mosquitto 2.0 loses acknowledged QoS 2 messages beyond its `max_inflight_messages`, and with 3.1.1 it cannot say how many that are.
    private func checkWindow(
        _ broker: RemoteBroker,
        _ rules: [TopicRule],
        _ bridge: BridgeSettings,
        _ side: Side,
        _ path: String
    ) {
        guard rules.contains(where: { $0.qos == .exactlyOnce && $0.direction.allows(from: side.other) }),
            broker.version == .v3_1_1 || broker.fallsBack, broker.window > RemoteBroker.safeWindow
        else { return }
        reading.warning(
            bridge.origin,
            path: path,
            """
            sends QoS 2 to \(bridge.name(of: side)) with `window: \(broker.window)`: over MQTT 3.1.1 a broker cannot say how many \
            it takes, and mosquitto 2.0 loses those beyond \(RemoteBroker.safeWindow)
            """
        )
    }
}
