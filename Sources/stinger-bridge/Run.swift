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
        let configuration = Console.loadOrExit(config.file)
        OpenFiles.raiseLimit()
        let environment = Console.environment()
        let notifier = ServiceNotifier(socket: environment["NOTIFY_SOCKET"])
        let console = ConsoleLogHandler(
            format: configuration.log.format == .json ? .json : .text,
            level: Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
        )
        let logger = Logger(label: "stinger-bridge") { _ in console }
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
        let reloader = Reloader(file: config.file, server: server, notifier: notifier, logger: logger)
        // Its own account of starting and stopping says nothing that ours does not.
        let quiet = Logger(label: "lifecycle") { _ in ConsoleLogHandler(format: .text, level: .critical) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: reloader),
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            )
        )
        do {
            try await group.run()
            notifier?.stopping()
        } catch let error as TransportError {
            Console.fail(error.description, EX_UNAVAILABLE)
        }
    }
}

/// Reads the configuration anew at each SIGHUP. One that is wrong changes nothing, and says so.
private struct Reloader: Service {
    let file: String
    let server: BridgeServer
    let notifier: ServiceNotifier?
    let logger: Logger

    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            notifier?.reloading(monotonicMicroseconds: UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1_000)
            let (configuration, findings) = Console.load(file)
            for finding in findings { Console.warn(finding) }
            if let configuration {
                server.reload(configuration)
            } else {
                logger.error("the new configuration is wrong and changes nothing", metadata: ["file": "\(file)"])
                notifier?.ready("the new configuration is wrong; the old one runs on")
            }
        }
        // Its end must not end the others.
        try? await gracefulShutdown()
    }
}
