import Testing

@testable import Configuration

/// What `check` and `explain` say of brokers and topics.
@Suite struct TopicExplainTests {
    private static let text = #"""
        hubs:
          edge: {connect: ["mqtt+unix:/run/edge.sock", "mqtt://edge"], addresses: round_robin}
          cloud:
            connect: ["mqtts://cloud.example", "mqtts://cloud-2.example"]
            id: the-cloud
            fall_back: true
            client_id: site-4
            username: site-4
            password: {env: S}
            tls: {alpn: [mqtt]}
          old:
            {connect: ["mqtt://a", "mqtt://b"], addresses: return_to_first, protocol: 3.1.1, username: u}
          hub: {listen: ["unix:/h"]}
        bridges:
          - id: up
            between: [edge, cloud]
            drain_rate: 200
            coordinate: false
            topics:
              - {filter: "sensors/#", second_prefix: "site-4/", direction: out, qos: 1, exclude: ["sensors/raw/#"]}
              - {filter: "cmd/+", as: "site-4/{1}/cmd", direction: in, retain: live, expiry: 10m}
              - {filter: "both/#", conflict: second, max_payload: 64KiB}
              - {filter: limited, rate: {messages: 10, burst: 20, excess: drop_newest}, retain: drop}
          - between: [edge, old]
            state_topic: none
            topics: ["#"]
        expect:
          - {from: edge, to: cloud, topic: sensors/a, verdict: allowed}
          - {from: cloud, topic: sensors/a, verdict: stopped}
          - {from: edge, to: cloud, topic: sensors/raw/a, verdict: allowed}
          - {from: edge, to: old, topic: $SYS/broker/uptime, verdict: stopped}
          - {from: edge, topic: anything, verdict: stopped}
          - {from: cloud, to: old, topic: x, verdict: allowed}
        """#

    private func configuration() throws -> BridgeConfiguration { try taken(Self.text, environment: ["S": "hunter2"]) }

    @Test func theSummarySaysEverything() throws {
        #expect(
            try configuration().summary().joined(separator: "\n") == """
                broker edge: dialled in rotation at mqtt+unix:/run/edge.sock, mqtt://edge:1883; MQTT 5; no password; \
                its session is kept for 24h
                broker cloud: dialled at mqtts://cloud.example:8883, then mqtts://cloud-2.example:8883; id the-cloud; \
                MQTT 5, or 3.1.1 where that is refused; as the client site-4; user site-4 with a password; \
                TLS, trusting the system's authorities; offering the protocol mqtt; its session is kept for 24h
                broker old: dialled at mqtt://a:1883, or meanwhile mqtt://b:1883; MQTT 3.1.1; user u, no password; \
                its session is kept
                hub hub: hosted at unix:/h; no secret
                bridge up: between edge and cloud; says its state on stinger/bridge/{bridge}/{peer}/state; \
                after an outage 200 messages a second; does not agree with other bridges which of them carries
                  sensors/# is called site-4/sensors/# at cloud: from edge to cloud only, QoS 1 at most, without sensors/raw/#
                  cmd/+ is called site-4/{1}/cmd at cloud: from cloud to edge only, retained messages as ordinary ones, \
                they expire after 10m
                  both/#: both ways, cloud's retained messages win, payloads up to 64KiB
                  limited: both ways, no retained messages, 10 a second and 20 at once, further ones are dropped
                bridge edge-old: between edge and old; says its state nowhere
                  every topic: both ways
                expectations: 3 of 6 hold
                """
        )
    }

    private static let first =
        "sensors/# is called site-4/sensors/# at cloud: from edge to cloud only, QoS 1 at most, without sensors/raw/#"
    private static let all =
        "bridge edge-old, from edge to old: carried under the same name (c.yaml:26: every topic: both ways)"

    @Test(
        arguments: [
            (
                "edge", "sensors/a",
                "bridge up, from edge to cloud: carried as `site-4/sensors/a` (c.yaml:20: \(first))\n\(all)"
            ),
            (
                "edge", "sensors/raw/a",
                """
                bridge up, from edge to cloud: stopped: its rule excludes it by `sensors/raw/#` (c.yaml:20: \(first))
                \(all)
                """
            ),
            (
                "cloud", "site-4/door/cmd",
                """
                bridge up, from cloud to edge: carried as `cmd/door` (c.yaml:21: cmd/+ is called site-4/{1}/cmd at cloud: \
                from cloud to edge only, retained messages as ordinary ones, they expire after 10m)
                """
            ),
            (
                "cloud", "site-4/sensors/a",
                """
                bridge up, from cloud to edge: stopped: its rule is for the other direction (c.yaml:20: \(first))
                """
            ),
            ("cloud", "x", "bridge up, from cloud to edge: stopped: none of its 4 rules matches it"),
            (
                "old", "$SYS/a",
                """
                bridge edge-old, from old to edge: stopped: it is a topic of the brokers (`$…`) or of the bridges \
                (`stinger/bridge/…`), or would become one; those cross only by a rule whose filter begins so itself
                """
            ),
            (
                "old", "a/+",
                "bridge edge-old, from old to edge: stopped: it is no topic: a topic has 1 to 65,535 bytes and no wildcard"
            ),
            ("hub", "x", "hub is a hub: it has channels, not topics"),
            ("clod", "x", "there is no hub or broker `clod`; did you mean `cloud`?"),
        ]
    )
    func eachBridgeOfABrokerIsExplained(peer: String, topic: String, words: String) throws {
        #expect(try configuration().explain(from: peer, .topic(topic)).joined(separator: "\n") == words)
    }

    @Test func aBrokerHasNoChannels() throws {
        let words = try configuration().explain(from: "edge", .channel("x", event: nil))
        #expect(words == ["edge is a broker: it has topics, not channels"])
    }

    @Test func failedExpectationsSayWhatHappensInstead() throws {
        #expect(
            try configuration().failedExpectations().map(\.description).joined(separator: "\n") == """
                c.yaml:30:5: error: expect[2]: expected `sensors/raw/a` from edge to cloud to be allowed, but bridge up: \
                stopped: its rule excludes it by `sensors/raw/#` (c.yaml:20: \(Self.first))
                c.yaml:32:5: error: expect[4]: expected `anything` from edge to be stopped, but bridge edge-old: \
                carried under the same name (c.yaml:26: every topic: both ways)
                c.yaml:33:5: error: expect[5]: expected `x` from cloud to old to be allowed, but no bridge joins them
                """
        )
    }

    @Test func whatDiffersBetweenTwoConfigurationsIsNamed() throws {
        func difference(_ old: String, _ new: String) throws -> String {
            let changed = try taken(Self.text.replacing(old, with: new), environment: ["S": "hunter2"])
            return "\(ConfigurationDifference(old: try configuration(), new: changed))"
        }
        #expect(try difference("qos: 1", "qos: 0") == "bridges: up changed")
        #expect(try difference("drain_rate: 200", "drain_rate: 201") == "bridges: up changed")
        #expect(try difference("client_id: site-4", "client_id: site-5") == "hubs: cloud changed")
        #expect(try difference("drain_rate: 200", "drain_rate:   200 # words") == "nothing changed")
    }
}
