import ArgumentParser
import Bridge
import Configuration
import Glibc
import Logging
import Monitoring
import ServiceLifecycle
import Transport
import UnixSignals

/// Runs all hubs and bridges of a configuration.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs a configuration; what happens without a command.")

    @OptionGroup var config: ConfigurationOption

    func run() async throws {
        // From the very first: a signal that nobody awaits ends the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let configuration = Console.loadOrExit(config.file)
        OpenFiles.raiseLimit()
        let environment = Console.environment()
        let notifier = ServiceNotifier(socket: environment["NOTIFY_SOCKET"])
        let log = configuration.log
        let logSettings = ConsoleLogSettings(format: log.consoleFormat, level: log.consoleLevel)
        let logger = Logger(label: "stinger-bridge") { _ in ConsoleLogHandler(logSettings) }
        let server = BridgeServer(configuration: configuration, logger: logger) { event in
            switch event {
            case .listening(let hub, let address): Console.say("listening \(hub) \(address)")
            case .ready:
                Console.say("ready \(configuration.hubs.count) hubs, \(configuration.bridges.count) bridges")
                notifier?.ready("\(configuration.bridges.count) bridges")
            case .reloaded(let words):
                logger.notice("configuration reloaded", metadata: ["changes": "\(words)"])
                notifier?.ready("reloaded")
            }
        }
        if let notifier,
            let interval = ServiceNotifier.watchdogInterval(
                microseconds: environment["WATCHDOG_USEC"],
                process: environment["WATCHDOG_PID"]
            )
        {
            server.whileAlive(every: interval) { notifier.watchdog() }
        }
        let reloader = Reloader(
            file: config.file,
            hangups: hangups,
            server: server,
            notifier: notifier,
            logger: logger,
            logSettings: logSettings
        )
        // Its own account of starting and stopping says nothing that ours does not.
        let quiet = Logger(label: "lifecycle") { _ in ConsoleLogHandler(format: .text, level: .critical) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                // The last one is the first to be told of a stop.
                services: [
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: reloader),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            )
        )
        do {
            try await group.run()
        } catch let error as TransportError {
            Console.fail(error.description, EX_UNAVAILABLE)
        }
    }
}

/// Reads the configuration anew at each SIGHUP. One that is wrong changes nothing, and says so. Its end is the first thing that a stop brings.
private struct Reloader: Service {
    let file: String
    let hangups: UnixSignalsSequence
    let server: BridgeServer
    let notifier: ServiceNotifier?
    let logger: Logger
    let logSettings: ConsoleLogSettings

    func run() async {
        for await _ in hangups.cancelOnGracefulShutdown() {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            notifier?.reloading(monotonicMicroseconds: UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1_000)
            let (configuration, findings) = Console.load(file)
            for finding in findings { logger.log(level: finding.severity.logLevel, "\(finding.text)") }
            if let configuration {
                logSettings.change(format: configuration.log.consoleFormat, level: configuration.log.consoleLevel)
                server.reload(configuration)
            } else {
                logger.error("the new configuration is wrong and changes nothing", metadata: ["file": "\(file)"])
                notifier?.ready("the new configuration is wrong; the old one runs on")
            }
        }
        notifier?.stopping()
        // Its end must not end the others.
        try? await gracefulShutdown()
    }
}

extension LogSettings {
    fileprivate var consoleFormat: ConsoleLogHandler.Format {
        switch format {
        case .text: .text
        case .json: .json
        }
    }

    fileprivate var consoleLevel: Logger.Level {
        switch level {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

extension Diagnostic.Severity {
    fileprivate var logLevel: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .note: .notice
        }
    }
}
