/// What is logged, and how.
package struct LogSettings: Equatable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    package var level = Level.info
    package var format = Format.text

    package init() {}
}
