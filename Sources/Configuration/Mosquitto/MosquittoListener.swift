import Transport

/// Where the broker of a mosquitto.conf accepts clients.
struct MosquittoListener {
    let line: Int
    let port: Int
    /// A host, or with port 0 a socket's path; nil: every interface.
    let place: String?
    var usesTLS = false
    var isWebSocket = false

    var isUnix: Bool { port == 0 && place?.hasPrefix("/") == true }

    /// How a program on the same machine reaches it.
    var address: String {
        if isUnix, let place { return "mqtt+unix:\(place)" }
        let everywhere = [nil, "0.0.0.0", "::", "*", "127.0.0.1", "::1"]
        let host = everywhere.contains(place) ? "localhost" : place ?? ""
        return "\(usesTLS ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// It is not to be had on this machine's own interface.
    var isElsewhere: Bool {
        !isUnix && !address.hasPrefix("mqtt://localhost:") && !address.hasPrefix("mqtts://localhost:")
    }

    var isOpenToListeners: Bool {
        guard !isUnix, !usesTLS, let place else { return false }
        return isElsewhere && BrokerAddress.tcp(host: place, port: port).isOpenToListeners
    }

    /// The easiest to use: without a network, or without TLS.
    static func best(of listeners: [MosquittoListener]) -> MosquittoListener? {
        let usable = listeners.filter { !$0.isWebSocket && ($0.isUnix || $0.port > 0) }
        return usable.first(where: \.isUnix) ?? usable.first { !$0.usesTLS } ?? usable.first
    }
}
