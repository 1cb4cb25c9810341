import NIOSSL

// What the TLS library says. It names the reasons of its errors, and those of alerts that the other side sent, in capitals.

extension ConnectionFailure.Side {
    func failure(_ error: BoringSSLError, inHandshake: Bool) -> ConnectionFailure {
        let reasons: [String]
        switch error {
        case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack):
            if stack.contains(.eofDuringHandshake) || stack.contains(.eofDuringAdditionalCertficiateChainValidation) {
                return hangUpInHandshake()
            }
            reasons = stack.flatMap { Self.reasons(in: $0.description) }
        case .zeroReturn, .syscallError:
            return inHandshake ? hangUpInHandshake() : hangUp()
        case .noError, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup, .wantCertificateVerify:
            reasons = []
        }
        for reason in reasons {
            if let failure = failure(reason: reason) { return failure }
        }
        let words = reasons.isEmpty ? "\(error)" : reasons.map(Self.words).joined(separator: ", ")
        return ConnectionFailure(.other, sentence("TLS \(inHandshake ? "handshake " : "")failed: \(words)"))
    }

    private func failure(reason: String) -> ConnectionFailure? {
        switch reason {
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST": notTLS()
        case "CERTIFICATE_VERIFY_FAILED": notTrusted()
        case "PEER_DID_NOT_RETURN_A_CERTIFICATE":
            ConnectionFailure(.certificateRequired, sentence("the client has no certificate, and needs one here"))
        case "TLSV1_ALERT_CERTIFICATE_REQUIRED", "TLSV13_ALERT_CERTIFICATE_REQUIRED": certificateRequired()
        case "TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "SSLV3_ALERT_CERTIFICATE_REVOKED", "SSLV3_ALERT_CERTIFICATE_EXPIRED", "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "TLSV1_ALERT_ACCESS_DENIED", "TLSV1_ALERT_DECRYPT_ERROR":
            rejected(Self.alert(reason))
        case "TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "NO_APPLICATION_PROTOCOL": noApplicationProtocol()
        case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION":
            ConnectionFailure(.other, sentence("both sides have no version of TLS in common (ours are 1.2 and 1.3)"))
        case "SSLV3_ALERT_HANDSHAKE_FAILURE", "HANDSHAKE_FAILURE_ON_CLIENT_HELLO": handshakeRefused()
        default: nil
        }
    }

    private func hangUpInHandshake() -> ConnectionFailure {
        switch self {
        case .accepted: ConnectionFailure(.hangUp, "the client hung up during the TLS handshake")
        case .dialed(let target, _):
            ConnectionFailure(.hangUp, "\(target) hung up during the TLS handshake (does it speak TLS there?)")
        }
    }

    private func notTLS() -> ConnectionFailure {
        switch self {
        case .accepted: ConnectionFailure(.notTLS, "the client does not speak TLS, which it must here")
        case .dialed(let target, _):
            ConnectionFailure(.notTLS, "\(target) does not speak TLS (is it \(target.plainDescription)?)")
        }
    }

    /// The library has one word for every certificate that it does not like. What is wrong with its time, the certificate says itself.
    private func notTrusted() -> ConnectionFailure {
        switch self {
        case .accepted:
            return ConnectionFailure(
                .certificateNotTrusted,
                "the client's certificate is expired, or not signed by an authority whose clients are let in"
            )
        case .dialed(let target, let certificate):
            if let words = certificate?.wordsForTime() {
                return ConnectionFailure(.certificateExpired, "certificate of \(target.place) \(words)")
            }
            return ConnectionFailure(
                .certificateNotTrusted,
                "certificate of \(target.place) is not signed by a trusted authority (check tls.ca)"
            )
        }
    }

    func wrongHostName() -> ConnectionFailure {
        switch self {
        case .accepted: ConnectionFailure(.wrongHostName, "the client's certificate is for another name")
        case .dialed(let target, let certificate):
            ConnectionFailure(
                .wrongHostName,
                "certificate of \(target.place) is for \(certificate?.names ?? "other names")"
                    + (target.certificateName.map { ", not for \($0)" } ?? "")
                    + " (check the address, or tls.server_name)"
            )
        }
    }

    private func certificateRequired() -> ConnectionFailure {
        switch self {
        case .accepted: ConnectionFailure(.certificateRequired, "the client asks for a certificate")
        case .dialed(let target, _):
            ConnectionFailure(
                .certificateRequired,
                "\(target) lets in only clients with a certificate (give tls.certificate and tls.key)"
            )
        }
    }

    private func rejected(_ alert: String) -> ConnectionFailure {
        switch self {
        case .accepted:
            ConnectionFailure(.certificateNotTrusted, "the client does not accept this hub's certificate: \(alert)")
        case .dialed(let target, _):
            ConnectionFailure(
                .clientCertificateRejected,
                "\(target) does not accept our certificate: \(alert) (check tls.certificate)"
            )
        }
    }

    /// RFC 7301, 3.2.
    private func noApplicationProtocol() -> ConnectionFailure {
        switch self {
        case .accepted:
            ConnectionFailure(.noApplicationProtocol, "the client speaks none of the protocols of this side")
        case .dialed(let target, _):
            ConnectionFailure(
                .noApplicationProtocol,
                "\(target) takes none of the protocols offered in the TLS handshake (check tls.alpn)"
            )
        }
    }

    /// TLS 1.2 has no alert of its own for a client that brings no certificate (RFC 5246, 7.4.6).
    private func handshakeRefused() -> ConnectionFailure {
        switch self {
        case .accepted: ConnectionFailure(.other, "the client refused the TLS handshake")
        case .dialed(let target, _):
            ConnectionFailure(
                .other,
                "\(target) refused the TLS handshake (does it ask for a client certificate, or older ciphers?)"
            )
        }
    }

    // MARK: The library's words

    /// `error:1000010b:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …`: the names behind the mark.
    private static func reasons(in text: String) -> [String] {
        var names: [String] = []
        var rest = Substring(text)
        while let mark = rest.firstRange(of: "OPENSSL_internal:") {
            rest = rest[mark.upperBound...]
            names.append(String(rest.prefix { $0.isUppercase || $0.isNumber || $0 == "_" }))
        }
        return names
    }

    private static func words(_ reason: String) -> String {
        reason.lowercased().split(separator: "_").joined(separator: " ")
    }

    /// `TLSV1_ALERT_UNKNOWN_CA`: `unknown ca`.
    private static func alert(_ reason: String) -> String {
        guard let mark = reason.firstRange(of: "ALERT_") else { return words(reason) }
        return words(String(reason[mark.upperBound...]))
    }
}
