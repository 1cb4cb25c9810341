extension BrokerAddress {
    /// Of a server reference that many brokers are taken, and that many bytes looked at: who sends more does not mean to be followed.
    package static let referenceMaximum = 8
    package static let referenceByteMaximum = 2_048

    /// The brokers that a server reference names, in its order (MQTT 5.0, 4.11): names with or without ports, separated by spaces.
    ///
    /// They are reached in the way this one is: a broker cannot lead us out of TLS, and one behind a Unix socket cannot lead us anywhere.
    /// - Returns: none for what cannot be read, which the standard leaves open.
    package func serverReferences(in text: String) -> [BrokerAddress] {
        let isTLS: Bool
        switch self {
        case .unix: return []
        case .tcp: isTLS = false
        case .tls: isTLS = true
        }
        guard text.utf8.count <= Self.referenceByteMaximum else { return [] }
        var found: [BrokerAddress] = []
        for word in text.split(separator: " ") where found.count < Self.referenceMaximum {
            let reference = try? BrokerAddress(parsing: (isTLS ? "mqtts://" : "mqtt://") + word)
            if let reference, !found.contains(reference) { found.append(reference) }
        }
        return found
    }
}
