/// How hard a message is delivered (MQTT 5.0, 4.3).
package enum QoS: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2

    package static func < (one: QoS, other: QoS) -> Bool { one.rawValue < other.rawValue }
}
