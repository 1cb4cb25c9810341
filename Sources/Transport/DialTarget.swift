/// What is dialled, and how errors speak of it: a `DialAddress` without its type.
struct DialTarget: Sendable, CustomStringConvertible {
    let endpoint: Endpoint
    let description: String
    /// The same place without TLS, for those who wrote the wrong scheme.
    let plainDescription: String
    let peerWord: String
    /// The name that the certificate must be for; nil: without TLS, or the address itself.
    var certificateName: String?

    init<Address: DialAddress>(_ address: Address) {
        endpoint = address.endpoint
        description = address.description
        plainDescription =
            switch endpoint {
            case .unix, .tcp: description
            case .tls(let host, let port): Address(.tcp(host: host, port: port)).description
            }
        peerWord = Address.peerWord
    }

    /// Without the scheme.
    var place: String { endpoint.place }

    func checkDialable() throws(TransportError) {
        switch endpoint {
        case .unix: break
        case .tcp(_, let port), .tls(_, let port):
            guard port > 0 else {
                throw TransportError("\(self) cannot be reached: port 0 is only for listening, on any free port")
            }
        }
    }
}
