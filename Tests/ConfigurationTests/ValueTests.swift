import Federation
import Testing
import Transport

@testable import Configuration

/// What a configuration means when nothing is wrong with it.
@Suite struct ValueTests {
    @Test func whatIsNotSaidHasItsDefault() throws {
        let configuration = try taken(
            """
            hubs:
              device: {listen: ["unix:/tmp/a"]}
              plant: {connect: ["tls:[::1]:7443", "unix:/tmp/b"]}
            bridges:
              - between: [device, plant]
                channels: all
            """
        )
        #expect(configuration.file == "c.yaml")
        #expect(configuration.log == LogSettings())
        #expect(configuration.log.level == .info && configuration.log.format == .text)
        #expect(configuration.drainTimeout == .seconds(10))
        #expect(configuration.expectations == [])
        let hosted = HostedHub(id: "device", listen: [.unix(path: "/tmp/a")])
        #expect(configuration.hub(named: "device")?.kind == .hosted(hosted))
        #expect(hosted.unixMode == 0o600 && hosted.callTimeout == nil && hosted.idleTimeout == .seconds(60))
        let remote = RemoteHub(connect: [.tls(host: "::1", port: 7443), .unix(path: "/tmp/b")])
        #expect(configuration.hub(named: "plant")?.kind == .remote(remote))
        #expect(remote.redial.first == .seconds(1) && remote.redial.longest == .seconds(60))
        #expect(remote.heartbeat < remote.deadAfter)
        let bridge = try #require(configuration.bridge(withID: "device-plant"))
        #expect(bridge.first == "device" && bridge.second == "plant" && bridge.channels?.callTimeout == .seconds(60))
        #expect(bridge.channels?.rules.verdict(from: .second, channel: "x") == .carried(name: "x", rule: 0))
        #expect(bridge.side(of: "plant") == .second && bridge.side(of: "other") == nil)
    }

    @Test func everythingThatCanBeSaidIsRead() throws {
        let folder = try TemporaryFolder()
        for name in ["hub.pem", "ca.pem", "client.pem"] { try folder.write(name, name) }
        for name in ["hub.key", "client.key"] { try folder.write(name, name) }
        try folder.write("b.secret", "of b\r\n\n")
        let configuration = try taken(
            """
            hubs:
              a:
                listen: ["unix:a.sock", "tcp:0.0.0.0:0", "tls:h:1"]
                id: id of a
                unix_mode: 0660
                secret: {env: SECRET}
                tls: {certificate: hub.pem, key: hub.key, client_ca: ca.pem}
                channel_passwords: {x: {env: PASSWORD}, "y.z": {file: b.secret}}
                error_policy: raise
                channel_policy: promote
                group_policy: round-robin
                call_timeout: 1m
                idle_timeout: 2m
                data_timeout: 3m
                limits: {max_frame: 1MiB, max_output: 2MiB, max_clients: 3, max_registrations: 4, max_calls: 5}
              b:
                connect: ["tls:h:2", "tcp:h:3"]
                secret: {file: b.secret}
                tls: {ca: ca.pem, certificate: client.pem, key: \(folder.path)/client.key, server_name: hub.example}
                channel_passwords: {x: {env: PASSWORD}}
                allow_plaintext: true
                require_hub_proof: true
                redial: {first: 2s, longest: 3s}
                heartbeat: 4s
                dead_after: 5s
                expect_id: id of b
            bridges:
              - id: joined
                between: [b, a]
                channels:
                  - sensors
                  - {name: "motor.*", as: "b.motor.*", direction: in, events: [left, "r*"]}
                call_timeout: 6s
            expect:
              - {from: a, to: b, channel: b.motor.x, event: left, verdict: allowed}
            log: {level: debug, format: json}
            drain_timeout: 0
            """,
            environment: ["SECRET": "of a", "PASSWORD": "of x"],
            folder: folder.path
        )
        let x = Secret(content: Array("of x".utf8))
        let y = Secret(content: Array("of b".utf8))
        guard case .hosted(let a) = configuration.hubs[0].kind else { throw Unexpected() }
        #expect(a.id == "id of a" && a.unixMode == 0o660 && a.secret == Secret(content: Array("of a".utf8)))
        #expect(a.listen == [.unix(path: "a.sock"), .tcp(host: "0.0.0.0", port: 0), .tls(host: "h", port: 1)])
        #expect(a.tls?.certificate.path == "\(folder.path)/hub.pem" && a.tls?.key.path == "\(folder.path)/hub.key")
        #expect(a.tls?.clientAuthority?.path == "\(folder.path)/ca.pem")
        #expect(a.channelPasswords == ["x": x, "y.z": y])
        #expect(a.errorPolicy == .raise && a.channelPolicy == .promote && a.groupPolicy == .roundRobin)
        #expect([a.callTimeout, a.idleTimeout, a.dataTimeout] == [.seconds(60), .seconds(120), .seconds(180)])
        #expect(a.limits.frameByteMaximum == 1 << 20 && a.limits.outputByteMaximum == 2 << 20)
        #expect(a.limits.clientMaximum == 3 && a.limits.registrationsPerClient == 4)
        #expect(a.limits.callsInFlightPerClient == 5)

        guard case .remote(let b) = configuration.hubs[1].kind else { throw Unexpected() }
        #expect(b.connect == [.tls(host: "h", port: 2), .tcp(host: "h", port: 3)])
        #expect(b.secret == y && b.channelPasswords == ["x": x])
        #expect(b.tls.authority?.path == "\(folder.path)/ca.pem" && b.tls.serverName == "hub.example")
        #expect(b.tls.certificate?.path == "\(folder.path)/client.pem")
        #expect(b.tls.key?.path == "\(folder.path)/client.key")
        #expect(b.allowsPlaintext && b.requiresHubProof && b.expectedID == "id of b")
        #expect([b.redial.first, b.redial.longest, b.heartbeat, b.deadAfter] == [2, 3, 4, 5].map { .seconds($0) })

        let bridge = configuration.bridges[0]
        #expect(bridge.id == "joined" && bridge.first == "b" && bridge.second == "a")
        #expect(bridge.channels?.callTimeout == .seconds(6))
        #expect(
            bridge.channels?.rules.rules == [
                try ChannelRule(pattern: NamePattern("sensors")),
                try ChannelRule(
                    pattern: NamePattern("motor.*"),
                    direction: .in,
                    rename: NamePattern("b.motor.*"),
                    events: [NamePattern("left"), NamePattern("r*")]
                ),
            ]
        )
        #expect(bridge.ruleOrigins.map(\.line) == [31, 32] && bridge.ruleOrigins.map(\.column) == [9, 9])
        #expect(configuration.expectations.map(\.verdict) == [.allowed])
        #expect(configuration.failedExpectations() == [])
        #expect(configuration.log.level == .debug && configuration.log.format == .json)
        #expect(configuration.drainTimeout == .zero)
    }

    /// YAML's own guesses at types would make `on`, `5` and `1e3` something else.
    @Test func textsAreTakenAsWritten() throws {
        let configuration = try taken(
            """
            hubs:
              on: {listen: ["unix:/a"]}
              5: {listen: ["unix:/b"], id: 1e3}
            bridges:
              - between: [on, 5]
                channels: [no, 0x10, "null", 2024-01-01, '*']
            """
        )
        #expect(configuration.hubs.map(\.name) == ["on", "5"])
        guard case .hosted(let hub) = configuration.hubs[1].kind else { throw Unexpected() }
        #expect(hub.id == "1e3")
        #expect(
            configuration.bridges[0].channels?.rules.literalChannels(on: .first) == [
                "no", "0x10", "null", "2024-01-01",
            ]
        )
    }

    @Test func aliasesAndMergedMapsAreRead() throws {
        let configuration = try taken(
            """
            hubs:
              a: &hub
                listen: ["unix:/a"]
                limits: &limits {max_clients: 7, max_calls: 8}
                call_timeout: 9s
              b:
                <<: *hub
                listen: ["unix:/b"]
                limits: {<<: [*limits, {max_frame: 1MiB, max_calls: 1}], max_clients: 10}
            bridges:
              - {between: [a, b], channels: &channels [x, "*.state"]}
              - {id: second, between: [b, a], channels: *channels}
            """
        )
        guard case .hosted(let b) = configuration.hubs[1].kind else { throw Unexpected() }
        #expect(b.listen == [.unix(path: "/b")] && b.callTimeout == .seconds(9))
        #expect(b.limits.clientMaximum == 10 && b.limits.callsInFlightPerClient == 8)
        #expect(b.limits.frameByteMaximum == 1 << 20)
        #expect(configuration.bridges[1].channels == configuration.bridges[0].channels)
        #expect(configuration.bridges[1].channels?.rules.rules.count == 2)
    }

    @Test(arguments: ["\u{FEFF}", ""], ["\n", "\r\n"])
    func editorsOfOtherSystemsAreHeard(beginning: String, lineEnd: String) {
        let lines = [#"hubs: {a: {listen: ["unix:/ä"]}}"#, "x: 1", ""]
        let (configuration, found) = parse(beginning + lines.joined(separator: lineEnd))
        #expect(configuration == nil)
        #expect(found.map { "\($0.line):\($0.column)" } == ["2:1"])
    }
}

struct Unexpected: Error {}
