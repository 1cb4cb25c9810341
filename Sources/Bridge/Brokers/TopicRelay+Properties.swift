import Federation
import HubProtocol
import MQTTProtocol
import NIOCore

/// What goes with a message: its path, its response topic, and all else as it is.
extension TopicRelay {
    /// What stops a message, of its path.
    func pathFault(
        _ properties: UnsafeRawBufferPointer,
        from source: BrokerEnd,
        to destination: BrokerEnd
    ) -> TopicDropReason? {
        guard let value = Self.pathValue(in: properties) else { return nil }
        let path: StingerPath
        do {
            path = try StingerPath(value)
        } catch {
            switch error {
            case .tooManyHops: return .hops
            // Somebody else's property of that name is replaced by ours.
            case .malformed, .tooManyBytes: return nil
            }
        }
        return source.escapedID.withUnsafeBytes { sourceID in
            destination.escapedID.withUnsafeBytes { destinationID in
                if path.contains(destinationID) || path.contains(sourceID) { return .loop }
                return path.hasRoom(for: sourceID) ? nil : .hops
            }
        }
    }

    static func pathValue(in properties: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var walker = PropertyWalker(properties, 0..<properties.count, in: nil)
        while let item = try? walker.next() {
            guard item.id == .userProperty, isPath(item, properties) else { continue }
            return UnsafeRawBufferPointer(rebasing: properties[item.value])
        }
        return nil
    }

    private static let pathName = OwnedBytes(StingerPath.propertyName.utf8)

    private static func isPath(_ item: PropertyWalker.Item, _ properties: UnsafeRawBufferPointer) -> Bool {
        UnsafeRawBufferPointer(rebasing: properties[item.name]).hasSameBytes(as: pathName.bytes)
    }

    /// Whether a message has properties that 3.1.1 has no place for, besides what bridges add.
    func carriesMore(_ properties: UnsafeRawBufferPointer) -> Bool {
        var walker = PropertyWalker(properties, 0..<properties.count, in: nil)
        while let item = try? walker.next() {
            switch item.id {
            case .topicAlias, .subscriptionIdentifier: continue
            case .userProperty where Self.isPath(item, properties): continue
            default: return true
            }
        }
        return false
    }

    /// Appends the properties that a message has on the other side: its own, without what belongs to the connection it came by, with the path
    /// one longer, and the response topic so that an answer comes back.
    func writeProperties(
        _ properties: UnsafeRawBufferPointer,
        rule: Int,
        from source: BrokerEnd,
        into bytes: inout [UInt8]
    ) {
        var path: UnsafeRawBufferPointer?
        var walker = PropertyWalker(properties, 0..<properties.count, in: nil)
        while let item = try? walker.next() {
            switch item.id {
            case .topicAlias, .subscriptionIdentifier, .messageExpiryInterval: continue
            case .responseTopic:
                let topic = UnsafeRawBufferPointer(rebasing: properties[item.value])
                guard !writeResponseTopic(topic, from: source, into: &bytes) else { continue }
                accounts.lost(rule, from: source.side, .responseTopic)
                sayOnce(
                    "response \(rule) \(source.side)",
                    .warning,
                    "a response topic that no rule brings back: the answers to such requests are lost; carry it the other way too",
                    [("peer", source.settings.name), ("rule", "\(rule + 1)"), ("topic", topic.words)]
                )
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: properties[item.encoded]))
            case .userProperty where Self.isPath(item, properties):
                path = UnsafeRawBufferPointer(rebasing: properties[item.value])
            default: bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: properties[item.encoded]))
            }
        }
        guard let path = path.flatMap({ try? StingerPath($0) }) else {
            bytes.append(contentsOf: source.pathProperty.bytes)
            return
        }
        Self.appendUserProperty(StingerPath.propertyName, to: &bytes) { value in
            source.escapedID.withUnsafeBytes { _ = StingerPath.append($0, to: path, into: &value) }
        }
    }

    private func writeResponseTopic(
        _ topic: UnsafeRawBufferPointer,
        from source: BrokerEnd,
        into bytes: inout [UInt8]
    ) -> Bool {
        var name: [UInt8] = []
        guard rules.returnName(from: source.side, responseTopic: topic, into: &name) != nil,
            name.count <= Int(UInt16.max)
        else { return false }
        bytes.append(PropertyID.responseTopic.rawValue)
        bytes.append(UInt8(name.count >> 8))
        bytes.append(UInt8(name.count & 0xFF))
        bytes += name
        return true
    }
}
