import Testing

@testable import Configuration

/// What `check` and `explain` say of a configuration.
@Suite struct ExplainTests {
    private let text = """
        hubs:
          device:
            listen: ["unix:/tmp/a", "tls:0.0.0.0:7443"]
            id: device-4
            secret: {env: S}
            tls: {certificate: hub.pem, key: hub.key, client_ca: hub.pem}
            channel_passwords: {secure: {env: S}, alarms: {env: S}}
          plant:
            connect: ["tls:plant.example:7443", "tls:plant-2.example:7443"]
            secret: {env: S}
            require_hub_proof: true
            expect_id: plant-1
            tls: {ca: hub.pem, certificate: hub.pem, key: hub.key}
          local: {connect: ["unix:/tmp/b"]}
          cloud: {connect: ["tls:cloud.example:7443"]}
          alone: {listen: ["tcp:127.0.0.1:7400"]}
        bridges:
          - id: main
            between: [device, plant]
            channels:
              - {name: sensors, as: site4.sensors}
              - {name: "motor.*", as: "*.motor"}
              - {name: alarms, direction: out, events: [fire, "water.*"]}
              - {name: orders, direction: in}
          - between: [local, device]
            channels: all
          - between: [cloud, local]
            call_timeout: 90s
        expect:
          - {from: device, to: plant, channel: sensors, verdict: allowed}
          - {from: device, channel: anything, verdict: allowed}
          - {from: device, to: plant, channel: orders, verdict: allowed}
          - {from: device, to: plant, channel: alarms, event: fire, verdict: stopped}
          - {from: plant, channel: alarms, event: fire, verdict: stopped}
          - {from: alone, channel: alarms, verdict: allowed}
          - {from: local, to: cloud, channel: x, verdict: allowed}
        """

    private func configuration() throws -> (BridgeConfiguration, TemporaryFolder) {
        let folder = try TemporaryFolder()
        try folder.write("hub.pem", "")
        try folder.write("hub.key", "")
        return (try taken(text, environment: ["S": "hunter2"], folder: folder.path), folder)
    }

    @Test func theSummarySaysEverything() throws {
        let (configuration, folder) = try configuration()
        #expect(
            configuration.summary().joined(separator: "\n") == """
                hub device: hosted at unix:/tmp/a and tls:0.0.0.0:7443; id device-4; clients prove a secret; \
                TLS, clients need a certificate; passwords for alarms, secure
                hub plant: dialled at tls:plant.example:7443, then tls:plant-2.example:7443; must have the id plant-1; \
                proves a secret; the hub must prove it too; \
                TLS, trusting \(folder.path)/hub.pem, with a certificate of its own
                hub local: dialled at unix:/tmp/b; no secret
                hub cloud: dialled at tls:cloud.example:7443; no secret; TLS, trusting the system's authorities
                hub alone: hosted at tcp:127.0.0.1:7400; no secret
                bridge main: between device and plant; calls end after 1m
                  sensors is called site4.sensors at plant: both ways
                  motor.* is called *.motor at plant: both ways
                  alarms: from device to plant only, only the events fire, water.*
                  orders: from plant to device only
                bridge local-device: between local and device; calls end after 1m
                  every channel: both ways
                bridge cloud-local: between cloud and local; calls end after 90s
                  carries nothing: no channels are named
                expectations: 3 of 7 hold
                """
        )
    }

    @Test(
        arguments: [
            (
                "device", "sensors", nil,
                """
                bridge main, from device to plant: carried as `site4.sensors` \
                (c.yaml:21: sensors is called site4.sensors at plant: both ways)
                bridge local-device, from device to local: carried under the same name \
                (c.yaml:26: every channel: both ways)
                """
            ),
            (
                "plant", "left.motor", "turn",
                """
                bridge main, from plant to device: carried as `motor.left` \
                (c.yaml:22: motor.* is called *.motor at plant: both ways)
                """
            ),
            (
                "plant", "alarms", nil,
                """
                bridge main, from plant to device: stopped: its rule is for the other direction \
                (c.yaml:23: alarms: from device to plant only, only the events fire, water.*)
                """
            ),
            (
                "device", "alarms", "smoke",
                """
                bridge main, from device to plant: stopped: its rule is for other events \
                (c.yaml:23: alarms: from device to plant only, only the events fire, water.*)
                bridge local-device, from device to local: carried under the same name \
                (c.yaml:26: every channel: both ways)
                """
            ),
            ("plant", "x", nil, "bridge main, from plant to device: stopped: none of its 4 rules names it"),
            ("cloud", "x", nil, "bridge cloud-local, from cloud to local: stopped: no channels are named"),
            (
                "plant", "__comm_ipc_system", nil,
                """
                bridge main, from plant to device: stopped: it is a system channel, or would become one, \
                and those never cross
                """
            ),
            ("alone", "x", nil, "no bridge joins alone to another hub: nothing leaves it"),
            ("devise", "x", nil, "there is no hub `devise`; did you mean `device`?"),
            ("?", "x", nil, "there is no hub `?`; there are `device`, `plant`, `local`, `cloud`, `alone`"),
        ] as [(String, String, String?, String)]
    )
    func eachBridgeOfAHubIsExplained(hub: String, channel: String, event: String?, words: String) throws {
        let (configuration, _) = try configuration()
        #expect(configuration.explain(from: hub, .channel(channel, event: event)).joined(separator: "\n") == words)
    }

    @Test func failedExpectationsSayWhatHappensInstead() throws {
        let (configuration, _) = try configuration()
        #expect(
            configuration.failedExpectations().map(\.description).joined(separator: "\n") == """
                c.yaml:32:5: error: expect[2]: expected `orders` from device to plant to be allowed, but bridge main: \
                stopped: its rule is for the other direction (c.yaml:24: orders: from plant to device only)
                c.yaml:33:5: error: expect[3]: expected `alarms`, event `fire`, from device to plant to be stopped, \
                but bridge main: carried under the same name \
                (c.yaml:23: alarms: from device to plant only, only the events fire, water.*)
                c.yaml:35:5: error: expect[5]: expected `alarms` from alone to be allowed, but no bridge joins them
                c.yaml:36:5: error: expect[6]: expected `x` from local to cloud to be allowed, but bridge cloud-local: \
                stopped: no channels are named
                """
        )
    }
}
