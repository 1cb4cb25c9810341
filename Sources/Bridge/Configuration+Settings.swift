package import Configuration
import Federation
import Hub
import HubProtocol
import NIOCore
import Transport

/// From what the configuration says to what hubs, links and bridges are made with.
extension HostedHub {
    var settings: HubSettings {
        var settings = HubSettings(hubID: id)
        settings.connectionKey = secret.map { Proof.ConnectionKey(secret: $0.content) }
        settings.channelKeys = channelPasswords.mapValues { Proof.ChannelKey(password: $0.content) }
        settings.errorPolicy =
            switch errorPolicy {
            case .ignore: .ignore
            case .raise: .raise
            case .broadcast: .broadcast
            }
        settings.channelPolicy =
            switch channelPolicy {
            case .terminate: .terminate
            case .promote: .promote
            }
        settings.groupPolicy =
            switch groupPolicy {
            case .leastActive: .leastActive
            case .roundRobin: .roundRobin
            }
        settings.idleTimeout = TimeAmount(idleTimeout)
        settings.dataTimeout = TimeAmount(dataTimeout)
        settings.callTimeout = callTimeout.map { TimeAmount($0) }
        settings.limits.frameByteMaximum = limits.frameByteMaximum
        settings.limits.outputByteMaximum = limits.outputByteMaximum
        settings.limits.clientMaximum = limits.clientMaximum
        settings.limits.registrationsPerClient = limits.registrationsPerClient
        settings.limits.callsInFlightPerClient = limits.callsInFlightPerClient
        return settings
    }

    var serverTLS: TLSServerSettings? {
        tls.map {
            TLSServerSettings(
                certificateFile: $0.certificate.path,
                keyFile: $0.key.path,
                clientAuthorityFile: $0.clientAuthority?.path
            )
        }
    }
}

extension RemoteHub {
    var clientTLS: TLSClientSettings {
        TLSClientSettings(
            authorityFile: tls.authority?.path,
            certificateFile: tls.certificate?.path,
            keyFile: tls.key?.path,
            serverName: tls.serverName
        )
    }

    var redialPlan: RedialPlan<HubAddress> {
        RedialPlan(
            addresses: connect,
            backoff: Backoff(base: TimeAmount(redial.first), cap: TimeAmount(redial.longest))
        )
    }
}

extension RemoteBroker {
    var clientTLS: TLSClientSettings {
        TLSClientSettings(
            authorityFile: tls.authority?.path,
            certificateFile: tls.certificate?.path,
            keyFile: tls.key?.path,
            serverName: tls.serverName,
            applicationProtocols: applicationProtocols
        )
    }

    var redialPlan: RedialPlan<BrokerAddress> {
        .toBroker(
            connect,
            order: order,
            first: TimeAmount(redial.first),
            longest: TimeAmount(redial.longest)
        )
    }

    var needsTLS: Bool { connect.contains { if case .tls = $0 { true } else { false } } }
}

extension PeerConfiguration {
    /// - Throws: when there is no memory for a password's key.
    func endSettings() throws -> EndSettings {
        var settings = EndSettings(name: name)
        let passwords: [String: Secret]
        switch kind {
        case .hosted(let hub):
            settings.expectedHubID = hub.id
            settings.limits.frameByteMaximum = hub.limits.frameByteMaximum + 65_536
            passwords = hub.channelPasswords
        case .remote(let hub):
            settings.expectedHubID = hub.expectedID
            settings.connectionKey = hub.secret.map { Proof.ConnectionKey(secret: $0.content) }
            settings.requiresHubProof = hub.requiresHubProof
            settings.limits.heartbeatInterval = TimeAmount(hub.heartbeat)
            settings.limits.silenceMaximum = TimeAmount(hub.deadAfter)
            passwords = hub.channelPasswords
        }
        for (channel, password) in passwords {
            settings.channelPasswords[channel] = ChannelPassword(
                channelKey: Proof.ChannelKey(password: password.content),
                messageKey: try MessageKey(
                    password: String(decoding: password.content, as: UTF8.self),
                    channel: channel
                )
            )
        }
        return settings
    }
}

extension Configuration.BridgeSettings {
    func relaySettings(_ configuration: BridgeConfiguration) throws -> RelaySettings? {
        guard let first = configuration.hub(named: first), let second = configuration.hub(named: second) else {
            return nil
        }
        var settings = RelaySettings(
            id: id,
            rules: channels,
            first: try first.endSettings(),
            second: try second.endSettings()
        )
        settings.callTimeout = TimeAmount(callTimeout)
        return settings
    }
}

extension BridgeConfiguration {
    /// What is wrong with the certificates and keys that the configuration names: a line each, the key in front.
    package func certificateFaults() -> [String] {
        hubs.compactMap { hub in
            do throws(TransportError) {
                switch hub.kind {
                case .hosted(let hosted): try hosted.serverTLS?.check()
                case .remote(let remote): if remote.needsTLS { _ = try remote.clientTLS.prepared() }
                }
                return nil
            } catch {
                return "hubs.\(hub.name).tls: \(error)"
            }
        }
    }
}

extension RemoteHub {
    var needsTLS: Bool { connect.contains { if case .tls = $0 { true } else { false } } }
}
