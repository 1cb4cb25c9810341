/// What may cross a bridge: channels by name or pattern, the way messages may start, and the name on the second side.
package struct ChannelRule: Equatable, Sendable {
    /// Names on the first side.
    package let pattern: NamePattern
    package let direction: Direction
    /// The name on the second side; with a `*`, what the pattern's `*` stood for goes in its place. nil: the same name.
    package let rename: NamePattern?
    /// Events and subscriptions that may cross; empty: all.
    package let events: [NamePattern]

    /// Why a rule can't be.
    package enum Fault: Error, Equatable, Sendable {
        /// A pattern that matches many names and a rename that is one name.
        case manyNamesToOne
        /// A rename has one `*` at most, and only where the pattern has one too, and no `?`.
        case unclearRename
    }

    package init(
        pattern: NamePattern,
        direction: Direction = .both,
        rename: NamePattern? = nil,
        events: [NamePattern] = []
    ) throws(Fault) {
        if let rename {
            guard !rename.hasAnyOne, rename.runCount <= 1 else { throw .unclearRename }
            if rename.runCount == 1 {
                guard pattern.runCount == 1, !pattern.hasAnyOne else { throw .unclearRename }
            } else {
                guard pattern.isLiteral else { throw .manyNamesToOne }
            }
        }
        self.pattern = pattern
        self.direction = direction
        self.rename = rename
        self.events = events
    }

    /// The pattern of the names on one side.
    package func pattern(on side: Side) -> NamePattern {
        switch side {
        case .first: pattern
        case .second: rename ?? pattern
        }
    }

    /// The name on the other side of a channel that matches on `side`.
    func name(of channel: String, beyond side: Side) -> String {
        guard let rename else { return channel }
        let near = pattern(on: side)
        let far = pattern(on: side.other)
        guard near.runCount == 1, rename.runCount == 1 else { return far.description }
        let run = near.run(in: channel)
        return far.description.split(separator: "*", omittingEmptySubsequences: false).joined(separator: String(run))
    }

    func allows(event: String) -> Bool {
        events.isEmpty || events.contains { $0.matches(event) }
    }
}
