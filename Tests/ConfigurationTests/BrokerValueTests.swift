import Federation
import MQTTProtocol
import NIOCore
import Testing
import Transport

@testable import Configuration

/// What a configuration of brokers holds.
@Suite struct BrokerValueTests {
    @Test func whatIsNotSaidIsSafe() throws {
        let configuration = try taken(
            #"""
            hubs:
              edge: {connect: ["mqtt://localhost"]}
              cloud: {connect: ["mqtts://cloud.example"]}
            bridges:
              - between: [edge, cloud]
                topics: ["sensors/#"]
            """#
        )
        let edge = try #require(configuration.hub(named: "edge")?.broker)
        #expect(edge == RemoteBroker(connect: [.tcp(host: "localhost", port: 1_883)]))
        #expect(edge.version == .v5 && !edge.fallsBack && !edge.cleanStart && edge.order == .inTurn)
        #expect(edge.sessionExpiry == .seconds(86_400) && edge.keepAlive == .seconds(30))
        #expect(edge.receiveMaximum == 100 && edge.window == 20 && edge.id == nil)
        #expect(edge.clientID(ofBridge: "edge-cloud", peer: "edge") == "stinger-edge-cloud-edge")
        #expect(configuration.hub(named: "cloud")?.broker?.connect == [.tls(host: "cloud.example", port: 8_883)])

        let bridge = try #require(configuration.bridge(withID: "edge-cloud"))
        #expect(bridge.channels == nil)
        let traffic = try #require(bridge.topics)
        #expect(traffic.rules.rules == [try TopicRule(filter: try #require(TopicFilter("sensors/#")))])
        #expect(traffic.stateTopic?.name(bridge: "edge-cloud", peer: "edge") == "stinger/bridge/edge-cloud/edge/state")
        #expect(traffic.drainRate == nil && traffic.retainedMemory == nil && traffic.coordinates)
    }

    @Test func everySettingOfABrokerArrives() throws {
        let folder = try TemporaryFolder()
        for file in ["ca.pem", "client.pem", "client.key"] { try folder.write(file, "") }
        try folder.write("mqtt.password", "hunter2\n")
        let configuration = try taken(
            #"""
            hubs:
              b:
                connect: ["mqtts://[::1]:8884", "mqtt+unix:/run/b.sock", "mqtt://10.0.0.1"]
                addresses: return_to_first
                protocol: 5.0
                fall_back: true
                client_id: "the bridge"
                id: b-1
                username: edge
                password: {file: mqtt.password}
                tls: {ca: ca.pem, certificate: client.pem, key: client.key, server_name: b.example, alpn: [mqtt, x]}
                allow_plaintext: true
                clean_start: true
                session_expiry: 0
                keep_alive: 18h
                receive_maximum: 65535
                window: 1
                max_packet: 256MiB
                topic_aliases: 0
                redial: {first: 2s, longest: 3s}
              old: {connect: ["mqtt://old"], protocol: 3.1.1, bridge_bit: true}
            """#,
            folder: folder.path
        )
        let broker = try #require(configuration.hub(named: "b")?.broker)
        #expect(
            broker.connect == [
                .tls(host: "::1", port: 8_884), .unix(path: "/run/b.sock"), .tcp(host: "10.0.0.1", port: 1_883),
            ]
        )
        #expect(broker.order == .returnToFirst && broker.version == .v5 && broker.fallsBack)
        #expect(broker.clientID(ofBridge: "x", peer: "b") == "the bridge" && broker.id == "b-1")
        #expect(broker.username == "edge" && broker.password == Secret(content: Array("hunter2".utf8)))
        #expect(broker.tls.authority?.path == "\(folder.path)/ca.pem" && broker.tls.serverName == "b.example")
        #expect(broker.tls.certificate?.path == "\(folder.path)/client.pem")
        #expect(broker.tls.key?.path == "\(folder.path)/client.key")
        #expect(broker.applicationProtocols == ["mqtt", "x"] && broker.allowsPlaintext && broker.cleanStart)
        #expect(broker.sessionExpiry == .zero && broker.keepAlive == .seconds(64_800))
        #expect(broker.receiveMaximum == 65_535 && broker.window == 1 && broker.packetByteMaximum == 256 << 20)
        #expect(broker.topicAliasMaximum == 0)
        #expect(broker.redial == RemoteHub.Redial(first: .seconds(2), longest: .seconds(3)))
        let old = try #require(configuration.hub(named: "old")?.broker)
        #expect(old.version == .v3_1_1 && old.hasBridgeBit)
    }

    @Test func everySettingOfARuleArrives() throws {
        let folder = try TemporaryFolder()
        let configuration = try taken(
            #"""
            hubs: {a: {connect: ["mqtt://a"]}, b: {connect: ["mqtt://b"]}}
            bridges:
              - id: q
                between: [b, a]
                state_topic: "{peer}/of/{bridge}/{peer}"
                drain_rate: 500
                retained_memory: memory
                coordinate: false
                topics:
                  - filter: "x/#"
                    direction: in
                    qos: 1
                    first_prefix: "one/"
                    second_prefix: ""
                    exclude: ["x/y/#", x/z]
                    retain: live
                    max_payload: 1KiB
                    expiry: 10m
                    rate: {messages: 0.5, excess: drop_oldest}
                    share: g
                  - {filter: "s/+/t", as: "u/{1}", retain: keep, conflict: second, qos: 0}
                  - {filter: r, rate: {messages: 100, burst: 7, excess: hold_back}}
              - {between: [a, b], topics: [t], state_topic: none}
            """#,
            folder: folder.path
        )
        let bridge = configuration.bridges[0]
        let traffic = try #require(bridge.topics)
        #expect(traffic.stateTopic?.name(bridge: "q{peer}", peer: "b") == "b/of/q{peer}/b")
        #expect(traffic.drainRate == 500 && !traffic.coordinates)
        #expect(traffic.retainedMemory == "\(folder.path)/memory")
        #expect(configuration.bridges[1].topics?.stateTopic == nil)

        func filter(_ text: String) throws -> TopicFilter { try #require(TopicFilter(text)) }
        var first = try TopicRule(
            filter: filter("x/#"),
            direction: .in,
            firstPrefix: "one/",
            excludes: [filter("x/y/#"), filter("x/z")],
            share: "g"
        )
        first.qos = .atLeastOnce
        first.retain = .live
        first.payloadByteMaximum = 1_024
        first.messageExpiry = .minutes(10)
        first.rateLimit = TopicRule.RateLimit(rate: 0.5, burst: 1, excess: .dropOldest)
        var second = try TopicRule(filter: filter("s/+/t"), rename: TopicTemplate("u/{1}"))
        second.conflict = .second
        second.qos = .atMostOnce
        var third = try TopicRule(filter: filter("r"))
        third.rateLimit = TopicRule.RateLimit(rate: 100, burst: 7, excess: .holdBack)
        #expect(traffic.rules.rules == [first, second, third])
        #expect(bridge.ruleOrigins.map(\.line) == [10, 21, 22])
    }

    @Test func aMemoryMustHaveAFolderAndBeAFile() throws {
        let folder = try TemporaryFolder()
        func found(_ file: String) -> [String] {
            let text = #"""
                hubs: {a: {connect: ["mqtt://a"]}, b: {connect: ["mqtt://b"]}}
                bridges: [{between: [a, b], topics: [t], retained_memory: "\#(file)"}]
                """#
            return parse(text, folder: folder.path).diagnostics.map(\.message)
        }
        #expect(found("new") == [])
        #expect(found("missing/new") == ["there is no folder `\(folder.path)/missing` for the file"])
        #expect(found(folder.path) == ["expected the path of a file; `\(folder.path)` is something else"])
        #expect(found("x/") == ["expected the path of a file, not `x/`"])
    }

    @Test func nothingShowsAPassword() throws {
        let text = #"""
            hubs: {a: {connect: ["mqtt://localhost"], username: u, password: {env: S}}, b: {connect: ["mqtt://b"]}}
            bridges: [{between: [a, b], topics: [t]}]
            """#
        let configuration = try taken(text, environment: ["S": "hunter2"])
        #expect(configuration.hub(named: "a")?.broker?.password?.content == Array("hunter2".utf8))
        var shown = "\(configuration)" + configuration.summary().joined()
        dump(configuration, to: &shown)
        #expect(!shown.contains("hunter2"))
    }
}
