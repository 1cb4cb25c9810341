import ArgumentParser
import Glibc
import Hub
import HubProtocol
import Logging
import Monitoring
import NIOCore
import ServiceLifecycle
import Transport

@main
enum Main {
    /// A wrong command line is one line too, not a page of help.
    static func main() async {
        do {
            var command = try StingerHub.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch  where StingerHub.exitCode(for: error) == .success {
            StingerHub.exit(withError: error)
        } catch {
            StingerHub.fail("\(StingerHub.message(for: error)) (stinger-hub --help lists the options)", EX_USAGE)
        }
    }
}

/// The command line of the hub: arguments in, one hub run, an exit code out (sysexits.h: 64 usage, 69 unavailable).
struct StingerHub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stinger-hub",
        abstract: "A message hub for the programs of a device (CommIPC).",
        discussion: """
            Prints one line "ready ADDRESS" for each listener once it accepts clients; logs go to standard error.
            SIGTERM and SIGINT stop it: no new clients, what waits is sent, exit status 0.
            """
    )

    @Option(help: ArgumentHelp("The id of this hub, unique among hubs that are joined.", valueName: "id"))
    var serverId: String

    @Option(help: ArgumentHelp("Listen on a Unix socket. May be repeated, as may --tcp and --tls.", valueName: "path"))
    var unix: [String] = []

    @Option(help: ArgumentHelp("Listen on TCP; port 0 takes a free one.", valueName: "host:port"))
    var tcp: [String] = []

    @Option(help: ArgumentHelp("Listen on TLS over TCP.", valueName: "host:port"))
    var tls: [String] = []

    @Option(help: ArgumentHelp("The hub's certificate chain, PEM, leaf first.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The key of that certificate, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp("Let in only TLS clients with a certificate of these authorities, PEM.", valueName: "file")
    )
    var tlsClientCa: String?

    @Option(help: ArgumentHelp("Clients must prove the secret in this environment variable.", valueName: "name"))
    var secretEnv: String?

    @Option(
        help: ArgumentHelp(
            "Clients must prove the secret in this file; line ends behind it do not count.",
            valueName: "file"
        )
    )
    var secretFile: String?

    @Option(
        help: ArgumentHelp(
            "Protect a channel with the password in an environment variable. May be repeated.",
            valueName: "channel=name"
        )
    )
    var channelPasswordEnv: [String] = []

    @Option(
        help: "Whether errors end the connection that caused them (raise) or are told on __comm_ipc_errors (broadcast)."
    )
    var errorPolicy = HubSettings.ErrorPolicy.ignore

    @Option(help: "Whether a channel ends with its owner (terminate) or its oldest member takes over (promote).")
    var channelPolicy = HubSettings.ChannelPolicy.terminate

    @Option(help: "Which provider of a group is called: the least busy, or each in turn.")
    var lbPolicy = HubSettings.GroupPolicy.leastActive

    @Option(help: ArgumentHelp("Let a client go that is silent for this long.", valueName: "seconds"))
    var idleTimeout = 60.0

    @Option(help: ArgumentHelp("Let a client go that leaves a message unfinished for this long.", valueName: "seconds"))
    var dataTimeout = 60.0

    @Option(help: ArgumentHelp("Answer a call with an error after this long (default: never).", valueName: "seconds"))
    var callTimeout: Double?

    @Option(help: ArgumentHelp("The largest message.", valueName: "bytes"))
    var maxFrameBytes = HubLimits().frameByteMaximum

    @Option(
        help: ArgumentHelp("What may wait for a client that reads slowly; with more it is cut off.", valueName: "bytes")
    )
    var maxOutputBytes = HubLimits().outputByteMaximum

    @Option(help: ArgumentHelp("How many clients may be connected.", valueName: "count"))
    var maxClients = HubLimits().clientMaximum

    @Option(help: ArgumentHelp("Permissions of Unix sockets, octal.", valueName: "mode"))
    var unixMode = "0600"

    @Option(help: "How log lines are written.")
    var logFormat = ConsoleLogHandler.Format.text

    @Flag(help: "Log clients coming and going, too.")
    var verbose = false

    func validate() throws {
        guard !(unix + tcp + tls).isEmpty else {
            throw ValidationError("Nothing to listen on: give at least one of --unix, --tcp and --tls.")
        }
        guard tls.isEmpty || (tlsCert != nil && tlsKey != nil) else {
            throw ValidationError("--tls needs --tls-cert and --tls-key.")
        }
        guard !tls.isEmpty || (tlsCert == nil && tlsKey == nil && tlsClientCa == nil) else {
            throw ValidationError("--tls-cert, --tls-key and --tls-client-ca mean nothing without --tls.")
        }
        guard secretEnv == nil || secretFile == nil else {
            throw ValidationError("Give --secret-env or --secret-file, not both.")
        }
        guard !serverId.isEmpty, serverId.utf8.count <= HubLimits().nameByteMaximum else {
            throw ValidationError("--server-id takes 1 to \(HubLimits().nameByteMaximum) bytes.")
        }
        for (flag, seconds) in [("idle", idleTimeout), ("data", dataTimeout), ("call", callTimeout ?? 1)]
        where !(seconds > 0 && seconds <= 1e9) {
            throw ValidationError("--\(flag)-timeout takes a number of seconds above 0.")
        }
        for (flag, count) in [
            ("frame-bytes", maxFrameBytes), ("output-bytes", maxOutputBytes), ("clients", maxClients),
        ] where !(1...Int(Int32.max)).contains(count) {
            throw ValidationError("--max-\(flag) takes a whole number from 1 to \(Int32.max).")
        }
        _ = try mode()
        _ = try addresses()
        _ = try channelPasswordNames()
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        let handler = ConsoleLogHandler(format: logFormat, level: verbose ? .debug : .info)
        let logger = Logger(label: "stinger-hub") { _ in handler }
        let server = HubServer(
            settings: try settings(logger),
            addresses: try addresses(),
            tls: tlsCert.flatMap { certificate in
                tlsKey.map {
                    TLSServerSettings(certificateFile: certificate, keyFile: $0, clientAuthorityFile: tlsClientCa)
                }
            },
            unixMode: try mode(),
            logger: logger,
            onReady: { Self.announce($0) }
        )
        // Its own account of starting and stopping says nothing that ours does not.
        let quiet = Logger(label: "lifecycle") { _ in ConsoleLogHandler(format: .text, level: .critical) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            )
        )
        do {
            try await group.run()
        } catch let error as TransportError {
            Self.fail(error.description, EX_UNAVAILABLE)
        }
    }

    private static func announce(_ address: HubAddress) {
        var line = "ready \(address)\n"
        line.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    fileprivate static func fail(_ words: String, _ status: Int32) -> Never {
        var line = "stinger-hub: \(words)\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
        Glibc.exit(status)
    }

    // MARK: Arguments to settings

    private func addresses() throws -> [HubAddress] {
        do {
            return try unix.map { try HubAddress.unix(parsing: $0) }
                + tcp.map { text in
                    let (host, port) = try HubAddress.hostAndPort(text)
                    return .tcp(host: host, port: port)
                }
                + tls.map { text in
                    let (host, port) = try HubAddress.hostAndPort(text)
                    return .tls(host: host, port: port)
                }
        } catch let error as TransportError {
            throw ValidationError(error.description)
        }
    }

    private func mode() throws -> UInt32 {
        guard let mode = UInt32(unixMode, radix: 8), mode <= 0o777 else {
            throw ValidationError("--unix-mode takes permissions in octal, such as 0660, not \(unixMode).")
        }
        return mode
    }

    private func channelPasswordNames() throws -> [(channel: String, variable: String)] {
        try channelPasswordEnv.map { text in
            guard let equals = text.lastIndex(of: "="), equals > text.startIndex,
                text.index(after: equals) < text.endIndex
            else { throw ValidationError("--channel-password-env takes CHANNEL=NAME, not \(text).") }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    private func settings(_ logger: Logger) throws -> HubSettings {
        var settings = HubSettings(hubID: serverId)
        do {
            if let secret = try SecretSource.read(environment: secretEnv, file: secretFile, logger) {
                settings.connectionKey = Proof.ConnectionKey(secret: secret)
            }
            for (channel, variable) in try channelPasswordNames() {
                guard let password = try SecretSource.read(environment: variable, file: nil, logger) else { continue }
                settings.channelKeys[channel] = Proof.ChannelKey(password: password)
            }
        } catch let error as SecretSource.Missing {
            Self.fail(error.description, EX_UNAVAILABLE)
        }
        settings.errorPolicy = errorPolicy
        settings.channelPolicy = channelPolicy
        settings.groupPolicy = lbPolicy
        settings.idleTimeout = .nanoseconds(Int64(idleTimeout * 1e9))
        settings.dataTimeout = .nanoseconds(Int64(dataTimeout * 1e9))
        settings.callTimeout = callTimeout.map { .nanoseconds(Int64($0 * 1e9)) }
        settings.limits.frameByteMaximum = maxFrameBytes
        settings.limits.outputByteMaximum = maxOutputBytes
        settings.limits.clientMaximum = maxClients
        return settings
    }
}

extension HubSettings.ErrorPolicy: ExpressibleByArgument {}
extension HubSettings.ChannelPolicy: ExpressibleByArgument {}
extension HubSettings.GroupPolicy: ExpressibleByArgument {}
extension ConsoleLogHandler.Format: ExpressibleByArgument {}
