/// Everything that the file of one `stinger-bridge` says, checked.
package struct BridgeConfiguration: Equatable, Sendable {
    /// As the file was named to us; findings begin with it.
    package let file: String
    /// In the order of the file, as are the others.
    package let hubs: [PeerConfiguration]
    package let bridges: [BridgeSettings]
    package let expectations: [Expectation]
    package let log: LogSettings
    /// How long a stop waits for what is under way.
    package let drainTimeout: Duration

    package init(
        file: String,
        hubs: [PeerConfiguration],
        bridges: [BridgeSettings],
        expectations: [Expectation] = [],
        log: LogSettings = LogSettings(),
        drainTimeout: Duration = .seconds(10)
    ) {
        self.file = file
        self.hubs = hubs
        self.bridges = bridges
        self.expectations = expectations
        self.log = log
        self.drainTimeout = drainTimeout
    }

    package func hub(named name: String) -> PeerConfiguration? {
        hubs.first { $0.name == name }
    }

    package func bridge(withID id: String) -> BridgeSettings? {
        bridges.first { $0.id == id }
    }
}
