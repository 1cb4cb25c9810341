/// What a reload has to touch.
package struct ConfigurationDifference: Equatable, Sendable {
    /// Names of hubs or ids of bridges, each in the order of the file that has it.
    package struct Changes: Equatable, Sendable {
        package let added: [String]
        package let removed: [String]
        package let changed: [String]

        package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

        init<Item: Equatable>(_ old: [Item], _ new: [Item], name: (Item) -> String) {
            let before = Dictionary(old.map { (name($0), $0) }) { first, _ in first }
            let after = Set(new.map(name))
            added = new.map(name).filter { before[$0] == nil }
            removed = old.map(name).filter { !after.contains($0) }
            changed = new.filter { item in before[name(item)].map { $0 != item } ?? false }.map(name)
        }
    }

    package let hubs: Changes
    package let bridges: Changes
    package let log: Bool
    package let drainTimeout: Bool

    package init(old: BridgeConfiguration, new: BridgeConfiguration) {
        hubs = Changes(old.hubs, new.hubs, name: \.name)
        bridges = Changes(old.bridges, new.bridges, name: \.id)
        log = old.log != new.log
        drainTimeout = old.drainTimeout != new.drainTimeout
    }

    package var isEmpty: Bool { hubs.isEmpty && bridges.isEmpty && !log && !drainTimeout }
}

extension ConfigurationDifference: CustomStringConvertible {
    /// Such as `hubs: plant changed; bridges: device-plant removed`.
    package var description: String {
        let parts =
            [("hubs", hubs), ("bridges", bridges)].compactMap { title, changes in
                let words = [("added", changes.added), ("removed", changes.removed), ("changed", changes.changed)]
                    .filter { !$0.1.isEmpty }
                    .map { "\($0.1.map(Words.plain).joined(separator: ", ")) \($0.0)" }
                return words.isEmpty ? nil : "\(title): \(words.joined(separator: ", "))"
            } + (log ? ["log changed"] : []) + (drainTimeout ? ["drain_timeout changed"] : [])
        return parts.isEmpty ? "nothing changed" : parts.joined(separator: "; ")
    }
}
