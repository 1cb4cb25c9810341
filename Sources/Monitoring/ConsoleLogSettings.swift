package import Logging
import Synchronization

/// What is written to the console, and how; all handlers that share it follow a change at once.
package final class ConsoleLogSettings: Sendable {
    private let formatIndex: Atomic<Int>
    private let levelIndex: Atomic<Int>

    package init(format: ConsoleLogHandler.Format, level: Logger.Level) {
        formatIndex = Atomic(Self.index(of: format))
        levelIndex = Atomic(Self.index(of: level))
    }

    package func change(format: ConsoleLogHandler.Format, level: Logger.Level) {
        formatIndex.store(Self.index(of: format), ordering: .relaxed)
        levelIndex.store(Self.index(of: level), ordering: .relaxed)
    }

    var format: ConsoleLogHandler.Format {
        ConsoleLogHandler.Format.allCases[formatIndex.load(ordering: .relaxed)]
    }

    var level: Logger.Level { Logger.Level.allCases[levelIndex.load(ordering: .relaxed)] }

    private static func index<Value: CaseIterable & Equatable>(of value: Value) -> Int {
        Array(Value.allCases).firstIndex(of: value) ?? 0
    }
}
