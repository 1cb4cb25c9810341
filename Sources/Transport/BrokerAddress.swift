/// Where an MQTT broker is reached: `mqtt://HOST[:1883]`, `mqtts://HOST[:8883]` or `mqtt+unix:PATH`.
package enum BrokerAddress: Hashable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int)

    /// Ports where none is given (IANA's service names `mqtt` and `secure-mqtt`).
    package static let defaultPort = 1_883
    package static let defaultTLSPort = 8_883
}

extension BrokerAddress: DialAddress {
    package static let peerWord = "broker"

    package init(_ endpoint: Endpoint) {
        self =
            switch endpoint {
            case .unix(let path): .unix(path: path)
            case .tcp(let host, let port): .tcp(host: host, port: port)
            case .tls(let host, let port): .tls(host: host, port: port)
            }
    }

    package var endpoint: Endpoint {
        switch self {
        case .unix(let path): .unix(path: path)
        case .tcp(let host, let port): .tcp(host: host, port: port)
        case .tls(let host, let port): .tls(host: host, port: port)
        }
    }

    /// Always with the port.
    package var description: String {
        switch self {
        case .unix: "mqtt+unix:\(endpoint.place)"
        case .tcp: "mqtt://\(endpoint.place)"
        case .tls: "mqtts://\(endpoint.place)"
        }
    }
}
