/// Options of mosquitto's bridges that have no equal here, and why.
enum MosquittoRemarks {
    private static let reasons = [
        "bridge_attempt_unsubscribe": """
        has no equal: the bridge unsubscribes from nothing that it has not subscribed to itself. Where mosquitto's own session \
        is taken over (the same client id), old subscriptions go on until that session ends
        """,
        "bridge_bind_address": "has no equal: the system's routes decide which interface is used",
        "bridge_identity": "has no equal: TLS by pre-shared keys is not spoken here; the broker needs a certificate",
        "bridge_psk": "has no equal: TLS by pre-shared keys is not spoken here; the broker needs a certificate",
        "bridge_require_ocsp": "has no equal: certificates are verified without asking their authority (OCSP)",
        "bridge_tcp_keepalive": "has no equal: `keep_alive` finds a dead connection",
        "bridge_tcp_user_timeout": "has no equal: `keep_alive` finds a dead connection",
        "bridge_tls_version": "has no equal: TLS 1.3 is spoken where both sides can, or else 1.2, and nothing older",
        "idle_timeout": "has no equal: the link is always up",
        "threshold": "has no equal: the link is always up",
    ]

    /// - Returns: nil where nothing is lost, or the option is not about bridges.
    static func remark(for line: MosquittoLine) -> MosquittoConnection.Remark? {
        switch line.option {
        case "start_type":
            guard line.value != "automatic" else { return nil }
            return .init(line, "has no equal: the link is always up, and dialled again when it is lost")
        case "bridge_insecure":
            guard line.value != "false" else { return nil }
            return .init(
                line,
                "has no equal: the name in a certificate is always verified; `tls.server_name` says another one"
            )
        case "notifications_local_only":
            guard line.value != "false" else { return nil }
            return .init(line, "has no equal: each broker is told of its own link; `state_topic: none` tells neither")
        default:
            // What the value of an unknown option is, nobody knows: perhaps a password behind a typing error.
            let isSecret = reasons[line.option] == nil || ["bridge_psk", "bridge_identity"].contains(line.option)
            if let reason = reasons[line.option] { return .init(line, reason, showsValue: !isSecret) }
            guard
                line.option.hasPrefix("bridge_") || line.option.hasPrefix("remote_") || line.option.hasPrefix("local_")
            else { return nil }
            return .init(line, "is not known here", showsValue: false)
        }
    }
}
