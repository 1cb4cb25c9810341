/// The descriptions that stand on one broker, by the topics they are under.
struct HeardRoutes: Sendable {
    private struct Description {
        let byteCount: Int
        let sign: String?
        let edges: [ToldEdge]
    }

    private var descriptions: [[UInt8]: Description] = [:]
    private var byteCount = 0
    /// Signs that say that their teller is gone, known of it or not yet.
    private var down: Set<String> = []
    /// The best word of each edge.
    private(set) var best: [UInt64: ToldEdge] = [:]

    enum Outcome: Equatable {
        case kept
        case unreadable(RoutesTextFault)
        /// There are more descriptions than are kept.
        case tooMany
    }

    /// A description that can't be read stands for none.
    ///
    /// - Parameter own: the nonce of the bridge that hears this; what it has told itself, by whatever way, is not believed.
    mutating func hear(_ text: [UInt8], key: [UInt8], own: UInt64, _ limits: BrokerGraphLimits) -> Outcome {
        remove(key)
        let description: RoutesDescription
        do {
            description = try RoutesDescription(parsing: text, limits)
        } catch {
            gather()
            return .unreadable(error)
        }
        let size = text.count + key.count
        guard descriptions.count < limits.descriptionMaximum, byteCount + size <= limits.heardByteMaximum else {
            gather()
            return .tooMany
        }
        let teller = description.own.nonce
        var edges: [ToldEdge] = []
        for told in [ToldEdge(edge: description.own, tellers: [])] + description.repeated {
            let tellers = told.tellers + [teller]
            guard told.edge.nonce != own, !tellers.contains(own), tellers.count <= limits.tellerMaximum else {
                continue
            }
            edges.append(ToldEdge(edge: told.edge, tellers: tellers))
        }
        descriptions[key] = Description(byteCount: size, sign: description.sign, edges: edges)
        byteCount += size
        gather()
        return .kept
    }

    mutating func forget(_ key: [UInt8]) {
        remove(key)
        gather()
    }

    /// The topics by which the death of those who tell something here is known.
    var signs: [String] { descriptions.values.compactMap(\.sign) }

    /// What a teller that is gone has told stays, and is not believed until the sign says that it is back.
    mutating func sign(_ topic: String, isUp: Bool, _ limits: BrokerGraphLimits) {
        if isUp {
            guard down.remove(topic) != nil else { return }
        } else {
            guard down.count < limits.descriptionMaximum, down.insert(topic).inserted else { return }
        }
        gather()
    }

    private mutating func remove(_ key: [UInt8]) {
        guard let old = descriptions.removeValue(forKey: key) else { return }
        byteCount -= old.byteCount
    }

    private mutating func gather() {
        best = [:]
        for description in descriptions.values where description.sign.map({ !down.contains($0) }) ?? true {
            for told in description.edges {
                if let known = best[told.edge.nonce], !told.isBetter(than: known) { continue }
                best[told.edge.nonce] = told
            }
        }
    }
}
