import Federation
import Foundation
import Testing
import Transport

@testable import Configuration

/// The schema for editors knows what the reader knows.
@Suite struct SchemaTests {
    private let schema: [String: Any]

    init() throws {
        let text = try Repository.read("config/stinger-bridge.schema.json")
        schema = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private static let maps: [(definition: String, keys: [String])] = [
        ("hostedHub", Keys.HostedHub.names), ("hostedTLS", Keys.HostedTLS.names), ("limits", Keys.Limits.names),
        ("remoteHub", Keys.RemoteHub.names), ("remoteTLS", Keys.RemoteTLS.names), ("redial", Keys.Redial.names),
        ("broker", Keys.Broker.names), ("brokerTLS", Keys.BrokerTLS.names),
        ("secret", Keys.Secret.names), ("hubBridge", Keys.HubBridge.names), ("rule", Keys.Rule.names),
        ("brokerBridge", Keys.BrokerBridge.names), ("topicRule", Keys.TopicRule.names), ("rate", Keys.Rate.names),
        ("expectation", Keys.Expectation.names), ("log", Keys.Log.names),
    ]

    @Test func everyMapHasTheKeysThatTheReaderKnows() throws {
        #expect(Set(properties(schema).keys) == Set(Keys.Root.names))
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        for (definition, keys) in Self.maps {
            let map = try #require(definitions[definition])
            #expect(Set(properties(map).keys) == Set(keys), "\(definition)")
        }
        // And there are no further maps with keys.
        let withKeys = definitions.filter { $0.value["properties"] != nil }.keys
        #expect(Set(withKeys) == Set(Self.maps.map(\.definition)))
    }

    @Test func everyMapIsClosedAndEveryKeyIsExplained() throws {
        var maps = 0
        try walk(schema) { node in
            guard node["properties"] != nil else { return }
            maps += 1
            #expect(node["additionalProperties"] as? Bool == false)
            for (key, value) in properties(node) {
                let value = try #require(value as? [String: Any])
                let reference = (value["$ref"] as? String)?.split(separator: "/").last.map(String.init)
                let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
                let words = value["description"] ?? reference.flatMap { definitions[$0]?["description"] }
                #expect(words is String, "\(key)")
            }
        }
        #expect(maps == Self.maps.count + 1)
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let definitions = try #require(schema["$defs"] as? [String: Any])
        var references: Set<String> = []
        walk(schema) { node in
            guard let reference = node["$ref"] as? String else { return }
            references.insert(String(reference.dropFirst("#/$defs/".count)))
        }
        #expect(references == Set(definitions.keys))
    }

    @Test func theWordsOfTheSchemaAreThoseOfTheReader() throws {
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        func words(_ definition: String, _ key: String) -> [String]? {
            (definitions[definition].flatMap { properties($0)[key] } as? [String: Any])?["enum"] as? [String]
        }
        #expect(words("hostedHub", "error_policy") == HostedHub.ErrorPolicy.allCases.map(\.rawValue))
        #expect(words("hostedHub", "channel_policy") == HostedHub.ChannelPolicy.allCases.map(\.rawValue))
        #expect(words("hostedHub", "group_policy") == HostedHub.GroupPolicy.allCases.map(\.rawValue))
        #expect(words("rule", "direction") == ["out", "in", "both"])
        #expect(words("broker", "addresses") == AddressOrder.allCases.map(\.rawValue))
        #expect(words("topicRule", "direction") == ["out", "in", "both"])
        #expect(words("topicRule", "retain") == TopicRule.Retain.allCases.map(\.rawValue))
        #expect(words("topicRule", "conflict") == TopicRule.Conflict.allCases.map(\.rawValue))
        #expect(words("rate", "excess") == TopicRule.RateLimit.Excess.allCases.map(\.rawValue))
        #expect(words("expectation", "verdict") == Expectation.Verdict.allCases.map(\.rawValue))
        #expect(words("log", "level") == LogSettings.Level.allCases.map(\.rawValue))
        #expect(words("log", "format") == LogSettings.Format.allCases.map(\.rawValue))
    }

    /// A key that the reader knows and never looks at would take anything.
    @Test func everyKeyIsRead() {
        let wrong = "[[]]"
        func check(_ keys: [String], _ path: String, _ text: (String) -> String) {
            for key in keys {
                let found = parse(text("\(key): \(wrong)")).diagnostics
                let own = path.isEmpty ? key : "\(path).\(key)"
                #expect(found.contains { $0.severity == .error && $0.path.hasPrefix(own) }, "\(own)")
            }
        }
        func without(_ keys: [String], _ others: String...) -> [String] { keys.filter { !others.contains($0) } }
        let hubs = #"hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}"#
        check(without(Keys.Root.names, "hubs"), "") { "\(hubs)\n\($0)" }
        check(["hubs"], "") { $0 }
        check(["listen"], "hubs.h") { "hubs: {h: {\($0)}}" }
        check(without(Keys.HostedHub.names, "listen"), "hubs.h") { "hubs: {h: {listen: [\"unix:/a\"], \($0)}}" }
        check(["connect"], "hubs.h") { "hubs: {h: {\($0)}}" }
        check(without(Keys.RemoteHub.names, "connect"), "hubs.h") { "hubs: {h: {connect: [\"unix:/a\"], \($0)}}" }
        check(Keys.HostedTLS.names, "hubs.h.tls") { "hubs: {h: {listen: [\"tls:h:1\"], tls: {\($0)}}}" }
        check(Keys.RemoteTLS.names, "hubs.h.tls") { "hubs: {h: {connect: [\"tls:h:1\"], tls: {\($0)}}}" }
        check(Keys.Limits.names, "hubs.h.limits") { "hubs: {h: {listen: [\"unix:/a\"], limits: {\($0)}}}" }
        check(Keys.Redial.names, "hubs.h.redial") { "hubs: {h: {connect: [\"unix:/a\"], redial: {\($0)}}}" }
        check(Keys.Secret.names, "hubs.h.secret") { "hubs: {h: {listen: [\"unix:/a\"], secret: {\($0)}}}" }
        check(["between"], "bridges[0]") { "\(hubs)\nbridges: [{\($0)}]" }
        check(without(Keys.HubBridge.names, "between"), "bridges[0]") { "\(hubs)\nbridges: [{between: [a, b], \($0)}]" }
        let broker = #"connect: ["mqtts://h"]"#
        check(without(Keys.Broker.names, "connect"), "hubs.h") { "hubs: {h: {\(broker), \($0)}}" }
        check(Keys.BrokerTLS.names, "hubs.h.tls") { "hubs: {h: {\(broker), tls: {\($0)}}}" }
        let brokers = #"hubs: {a: {connect: ["mqtt://a"]}, b: {connect: ["mqtt://b"]}}"#
        check(without(Keys.BrokerBridge.names, "between"), "bridges[0]") {
            "\(brokers)\nbridges: [{between: [a, b], \($0)}]"
        }
        let rule = "bridges[0].topics[0]"
        check(without(Keys.TopicRule.names, "filter"), rule) {
            "\(brokers)\nbridges: [{between: [a, b], topics: [{filter: x, \($0)}]}]"
        }
        check(["filter"], rule) { "\(brokers)\nbridges: [{between: [a, b], topics: [{\($0)}]}]" }
        check(Keys.Rate.names, "\(rule).rate") {
            "\(brokers)\nbridges: [{between: [a, b], topics: [{filter: x, rate: {\($0)}}]}]"
        }
        check(["topic"], "expect[0]") { "\(brokers)\nexpect: [{from: a, \($0)}]" }
        check(without(Keys.Rule.names, "name"), "bridges[0].channels[0]") {
            "\(hubs)\nbridges: [{between: [a, b], channels: [{name: x, \($0)}]}]"
        }
        check(["name"], "bridges[0].channels[0]") { "\(hubs)\nbridges: [{between: [a, b], channels: [{\($0)}]}]" }
        check(Keys.Expectation.names, "expect[0]") { "\(hubs)\nexpect: [{\($0)}]" }
        check(Keys.Log.names, "log") { "\(hubs)\nlog: {\($0)}" }
    }

    /// The reference names every key, between backticks.
    @Test func everyKeyIsDocumented() throws {
        let text = try Repository.read("docs/configuration.md")
        for (definition, keys) in Self.maps + [("top", Keys.Root.names)] {
            for key in keys { #expect(text.contains("`\(key)`"), "\(definition).\(key)") }
        }
    }

    // MARK: Walking

    private func properties(_ node: [String: Any]) -> [String: Any] { node["properties"] as? [String: Any] ?? [:] }

    private func walk(_ node: Any, _ visit: ([String: Any]) throws -> Void) rethrows {
        if let map = node as? [String: Any] {
            try visit(map)
            for value in map.values { try walk(value, visit) }
        } else if let list = node as? [Any] {
            for value in list { try walk(value, visit) }
        }
    }
}
