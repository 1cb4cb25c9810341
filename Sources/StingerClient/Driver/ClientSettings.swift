import HubProtocol
import Logging
import NIOCore
import Transport

/// A client's configuration, checked and read.
struct ClientSettings: Sendable {
    let addresses: [HubAddress]
    let tls: PreparedTLS?
    let session: HubClientSettings
    let reconnect: ReconnectPolicy
    let connectTimeout: TimeAmount
    let callTimeout: Duration
    let limits: HubClientBounds
    let logger: Logger

    var clientID: String { session.clientID }

    init(_ configuration: HubClientConfiguration) throws(HubClientError) {
        guard !configuration.addresses.isEmpty else {
            throw HubClientError(.invalidSettings, "a client needs an address")
        }
        guard !configuration.id.isEmpty else { throw HubClientError(.invalidSettings, "a client needs an id") }
        do throws(TransportError) {
            var addresses: [HubAddress] = []
            for text in configuration.addresses { addresses.append(try HubAddress(parsing: text)) }
            for address in addresses { try address.checkDialable() }
            self.addresses = addresses
            let isTLS = addresses.contains { if case .tls = $0 { true } else { false } }
            tls = isTLS ? try Self.settings(configuration.tls ?? HubClientTLS()).prepared() : nil
        } catch {
            throw HubClientError(.invalidSettings, error.description)
        }
        var session = HubClientSettings(clientID: configuration.id, mode: .client)
        session.connectionKey = configuration.secret.map { Proof.ConnectionKey(secret: Array($0.utf8)) }
        session.requiresHubProof = configuration.requiresHubProof
        session.limits.handshakeTimeout = TimeAmount(configuration.connectTimeout)
        self.session = session
        reconnect = configuration.reconnect
        guard reconnect.firstDelay > .zero, reconnect.lastDelay >= reconnect.firstDelay else {
            let words = "the delays of a reconnect policy are above zero, and the last is not below the first"
            throw HubClientError(.invalidSettings, words)
        }
        connectTimeout = TimeAmount(configuration.connectTimeout)
        callTimeout = configuration.callTimeout
        limits = configuration.limits
        logger = configuration.logger ?? Logger(label: "StingerClient") { _ in SwiftLogNoOpLogHandler() }
    }

    private static func settings(_ tls: HubClientTLS) -> TLSClientSettings {
        TLSClientSettings(
            authorityFile: tls.authorityFile,
            certificateFile: tls.certificateFile,
            keyFile: tls.keyFile,
            serverName: tls.serverName
        )
    }
}
