import Glibc
import NIOSSL

/// What a certificate says about itself. Before it was verified, nobody has vouched for any of it.
struct PeerCertificate {
    private let certificate: NIOSSLCertificate

    init(_ certificate: NIOSSLCertificate) { self.certificate = certificate }

    /// Names shown at most: a certificate can have hundreds.
    private static let nameMaximum = 4

    /// - Parameter now: seconds since 1970.
    /// - Returns: nil when the certificate's time is right.
    func wordsForTime(now: time_t = time(nil)) -> String? {
        if certificate.notValidAfter < now {
            return "expired on \(Self.text(certificate.notValidAfter)) (renew it)"
        }
        if certificate.notValidBefore > now {
            return "is valid only from \(Self.text(certificate.notValidBefore)), and here it is "
                + "\(Self.text(now)) (is this device's clock right?)"
        }
        return nil
    }

    /// Whether one of the certificate's DNS names is `name` (RFC 9525, 6.3).
    ///
    /// The TLS library has compared names already, but it is content as well when the certificate has the IP address that the socket is connected to.
    /// Where a name was dialled that is not enough: who can forge an answer of the DNS can have a certificate for an address of his own.
    /// - Returns: true when the certificate has no alternative names; the library has then compared the common name.
    func isFor(_ name: String) -> Bool {
        let all = certificate._subjectAlternativeNames()
        let name = name.lowercased()
        let parent = name.firstIndex(of: ".").map { name[$0...] }
        return all.isEmpty
            || all.contains { alternative in
                guard alternative.nameType == .dnsName, let text = Self.text(alternative)?.lowercased() else {
                    return false
                }
                return text == name || text.hasPrefix("*.") && parent != nil && text.dropFirst() == parent
            }
    }

    /// `a.example, b.example`; nil when it has none that can be shown.
    var names: String? {
        let all = certificate._subjectAlternativeNames().compactMap(Self.text)
        guard !all.isEmpty else { return nil }
        let more = all.count - Self.nameMaximum
        return all.prefix(Self.nameMaximum).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private static func text(_ name: _SubjectAlternativeName) -> String? {
        name.contents.withUnsafeBufferPointer { bytes in
            switch (name.nameType, bytes.count) {
            case (.dnsName, 1...253):
                // It came from a stranger and goes into a log.
                let text = String(decoding: bytes, as: UTF8.self)
                let isPlain = text.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 < 0x7F }
                return isPlain ? text : nil
            case (.ipAddress, 4): return address(bytes, AF_INET)
            case (.ipAddress, 16): return address(bytes, AF_INET6)
            default: return nil
            }
        }
    }

    private static func address(_ bytes: UnsafeBufferPointer<UInt8>, _ family: CInt) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            guard let base = text.baseAddress,
                inet_ntop(family, bytes.baseAddress, base, socklen_t(INET6_ADDRSTRLEN)) != nil
            else { return nil }
            return String(cString: base)
        }
    }

    /// `2026-01-31 12:00 UTC`.
    private static func text(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "\(seconds) s after 1970" }
        func padded(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(Int(parts.tm_year) + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday)) "
            + "\(padded(parts.tm_hour)):\(padded(parts.tm_min)) UTC"
    }
}
