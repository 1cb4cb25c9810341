import Federation
import HubProtocol
import MQTTProtocol
import NIOCore

/// The id by which paths name a broker, and the bridges' own topics.
extension TopicRelay {
    func isOwnTopic(_ topic: UnsafeRawBufferPointer, _ end: BrokerEnd) -> Bool {
        if end.isOwnTopic(topic) { return true }
        guard settings.coordinates else { return false }
        if topic.first == UInt8(ascii: "s"), topic.starts(with: BridgeTopics.root.utf8) {
            let name = String(decoding: topic, as: UTF8.self)
            if BridgeTopics.isRoutes(name) || BridgeTopics.isState(name) { return true }
        }
        return end.watchedSigns.contains { $0.utf8.count == topic.count && topic.elementsEqual($0.utf8) }
    }

    func receiveOwn(
        _ topic: UnsafeRawBufferPointer,
        _ payload: UnsafeRawBufferPointer,
        isStored: Bool,
        from end: BrokerEnd
    ) -> OwnMessage {
        if topic.elementsEqual(end.topics.probe.utf8) { return .probe(Array(payload)) }
        if topic.elementsEqual(BridgeTopics.brokerID.utf8) { return .brokerID(Array(payload)) }
        let name = String(decoding: topic, as: UTF8.self)
        if name == end.settings.stateTopic { return .state(Array(payload), isStored: isStored) }
        if BridgeTopics.isRoutes(name) { return .others(.routes(key: name, text: Array(payload))) }
        // Cleared by somebody who tidies up: the bridge may well live.
        return .others(.sign(topic: name, isUp: !payload.elementsEqual([UInt8(ascii: "0")])))
    }

    func take(_ message: OwnMessage, _ end: BrokerEnd) {
        switch message {
        case .probe(let payload): payload.withUnsafeBytes { probeReturned($0, end) }
        case .state(let payload, let isStored): payload.withUnsafeBytes { heardState($0, isStored: isStored, end) }
        case .brokerID(let payload): heardBrokerID(payload, end)
        case .others(let message): heardRoutes(message, end)
        }
    }

    // MARK: The broker's id

    /// Bytes of an id that a broker may have: longer ones are nobody's.
    private static let brokerIDByteMaximum = 255

    private func heardBrokerID(_ payload: [UInt8], _ end: BrokerEnd) {
        guard end.settings.brokerID == nil, (1...Self.brokerIDByteMaximum).contains(payload.count),
            let id = String(validating: payload, as: UTF8.self)
        else { return }
        setBrokerID(id, end)
        // On the next link it is told by then.
        guard settings.coordinates, end.isUp else { return }
        graph.brokerRenamed(end.side, id: id, now: now)
        graphChanged()
    }

    /// An id of the configuration is known from the start.
    func nameBroker(_ end: BrokerEnd) {
        if let id = end.settings.brokerID { setBrokerID(id, end) }
        updateCarriesAll()
    }

    /// All that is stored has come before the probe. Where the broker has no id yet, it gets one: of the configuration, or a new one.
    func settleBrokerID(_ end: BrokerEnd) {
        guard end.brokerID == nil else { return }
        let id = "\(end.settings.name)-\(instance)"
        setBrokerID(id, end)
        publishOwn(BridgeTopics.brokerID, payload: Array(id.utf8), qos: .atLeastOnce, isRetained: true, on: end)
    }

    private func setBrokerID(_ id: String, _ end: BrokerEnd) {
        end.brokerID = id
        end.escapedID = StingerPath.escaped(id)
        var property: [UInt8] = []
        Self.appendUserProperty(StingerPath.propertyName, to: &property) { $0 += end.escapedID }
        end.pathProperty = OwnedBytes(property)
    }

    // MARK: Properties

    /// Writes a user property (MQTT 5.0, 3.3.2.3.7); `value` appends at most 65,535 bytes.
    static func appendUserProperty(_ name: String, to bytes: inout [UInt8], _ value: (inout [UInt8]) -> Void) {
        bytes.append(PropertyID.userProperty.rawValue)
        bytes.append(UInt8(name.utf8.count >> 8))
        bytes.append(UInt8(name.utf8.count & 0xFF))
        bytes.append(contentsOf: name.utf8)
        let lengthAt = bytes.count
        bytes += [0, 0]
        value(&bytes)
        let count = bytes.count - lengthAt - 2
        bytes[lengthAt] = UInt8(count >> 8)
        bytes[lengthAt + 1] = UInt8(count & 0xFF)
    }
}

/// What bridges say on a broker for themselves.
enum OwnMessage {
    case probe([UInt8])
    case state([UInt8], isStored: Bool)
    case brokerID([UInt8])
    case others(RoutesMessage)
}
