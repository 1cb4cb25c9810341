extension BrokerGraph {
    package struct Settings: Sendable {
        /// The bridge's.
        package var name: String
        /// Drawn anew by each process.
        package var nonce: UInt64
        package var rules: [TopicRule]
        /// The topics under which the bridge tells its routes on the first and the second broker.
        package var firstKey: String
        package var secondKey: String
        /// The topics on the first and the second broker that say `0` when the bridge is gone; nil: its routes are cleared then.
        package var firstSign: String?
        package var secondSign: String?
        package var limits = BrokerGraphLimits()

        package init(name: String, nonce: UInt64, rules: [TopicRule], firstKey: String, secondKey: String) {
            self.name = name
            self.nonce = nonce
            self.rules = rules
            self.firstKey = firstKey
            self.secondKey = secondKey
        }

        func key(_ side: Side) -> String {
            switch side {
            case .first: firstKey
            case .second: secondKey
            }
        }

        func sign(_ side: Side) -> String? {
            switch side {
            case .first: firstSign
            case .second: secondSign
            }
        }
    }
}
