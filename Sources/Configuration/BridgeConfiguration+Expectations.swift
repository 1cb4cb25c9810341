import Federation

extension BridgeConfiguration {
    /// Expectations that the rules do not meet, in the order of the file, each as an error that says what happens instead.
    ///
    /// Direct bridges count, not ways over a third hub or broker.
    package func failedExpectations() -> [Diagnostic] {
        expectations.enumerated().compactMap { index, expectation in
            failure(of: expectation).map {
                Diagnostic(.error, file: file, expectation.origin, path: "expect[\(index)]", $0)
            }
        }
    }

    private func failure(of expectation: Expectation) -> String? {
        let what =
            switch expectation.subject {
            case .channel(let channel, let event):
                "\(Words.shown(channel))\(event.map { ", event \(Words.shown($0))," } ?? "")"
            case .topic(let topic): Words.shown(topic)
            }
        let subject = """
            expected \(what) from \(expectation.from)\(expectation.to.map { " to \($0)" } ?? "") \
            to be \(expectation.verdict.rawValue)
            """
        var reasons: [String] = []
        for bridge in bridges {
            guard let side = bridge.side(of: expectation.from),
                expectation.to == nil || bridge.name(of: side.other) == expectation.to,
                let fate = fate(of: expectation.subject, on: bridge, from: side)
            else { continue }
            let reason = "bridge \(Words.plain(bridge.id)): \(fate.words)"
            switch expectation.verdict {
            case .allowed where fate.isCarried: return nil
            case .stopped where fate.isCarried: return "\(subject), but \(reason)"
            case .allowed, .stopped: reasons.append(reason)
            }
        }
        switch expectation.verdict {
        case .stopped: return nil
        case .allowed:
            let there = reasons.isEmpty ? "no bridge joins them" : reasons.joined(separator: "; ")
            return "\(subject), but \(there)"
        }
    }
}
