/// The protocol level of a connection, as CONNECT carries it (MQTT 3.1.1 and 5.0, 3.1.2.2).
package enum MQTTVersion: UInt8, Hashable, Sendable, CaseIterable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v3_1_1 = 4
    case v5 = 5
}

extension MQTTVersion: CustomStringConvertible {
    package var description: String {
        switch self {
        case .v3_1_1: "3.1.1"
        case .v5: "5"
        }
    }
}
