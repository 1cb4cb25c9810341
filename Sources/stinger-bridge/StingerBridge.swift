import ArgumentParser
import Glibc

@main
enum Main {
    /// A wrong command line is one line too, not a page of help.
    static func main() async {
        do {
            var command = try StingerBridge.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch  where StingerBridge.exitCode(for: error) == .success {
            StingerBridge.exit(withError: error)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            Console.fail("\(StingerBridge.message(for: error)) (stinger-bridge --help lists the options)", EX_USAGE)
        }
    }
}

/// The command line: arguments in, one call, an exit code out (sysexits.h: 64 usage, 69 unavailable, 78 configuration).
struct StingerBridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stinger-bridge",
        abstract:
            "Joins message hubs (CommIPC) and MQTT brokers, here and elsewhere, as far as a configuration allows.",
        discussion: """
            stinger-bridge --config FILE runs until SIGTERM or SIGINT; SIGHUP reads FILE anew. It prints one line "ready …" once it works; \
            logs go to standard error.
            """,
        subcommands: [Run.self, Check.self, Explain.self, ImportMosquitto.self],
        defaultSubcommand: Run.self
    )
}

/// The configuration that a command is about.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration.", valueName: "file"))
    var file: String
}
