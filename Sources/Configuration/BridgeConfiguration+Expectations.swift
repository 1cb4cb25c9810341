import Federation

extension BridgeConfiguration {
    /// Expectations that the rules do not meet, in the order of the file, each as an error that says what happens instead.
    ///
    /// Direct bridges count, not ways over a third hub.
    package func failedExpectations() -> [Diagnostic] {
        expectations.enumerated().compactMap { index, expectation in
            failure(of: expectation).map {
                Diagnostic(.error, file: file, expectation.origin, path: "expect[\(index)]", $0)
            }
        }
    }

    private func failure(of expectation: Expectation) -> String? {
        let ways = bridges.compactMap { bridge in
            bridge.side(of: expectation.from).flatMap { side in
                expectation.to == nil || bridge.name(of: side.other) == expectation.to ? (bridge, side) : nil
            }
        }
        let subject = """
            expected \(Words.shown(expectation.channel))\(expectation.event.map { ", event \(Words.shown($0))," } ?? "") \
            from \(expectation.from)\(expectation.to.map { " to \($0)" } ?? "") to be \(expectation.verdict.rawValue)
            """
        var reasons: [String] = []
        for (bridge, side) in ways {
            let verdict = bridge.channels.verdict(
                from: side,
                channel: expectation.channel,
                event: expectation.event
            )
            let isCarried = if case .carried = verdict { true } else { false }
            let reason = "bridge \(Words.plain(bridge.id)): \(words(verdict, bridge, expectation.channel))"
            switch expectation.verdict {
            case .allowed where isCarried: return nil
            case .stopped where isCarried: return "\(subject), but \(reason)"
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
