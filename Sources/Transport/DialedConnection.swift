package import NIOCore

/// A connection that `Dialer` made, ready for use.
package struct DialedConnection: Sendable {
    package let channel: any Channel
    /// Over TLS, the SHA-256 of the DER form of the certificate that the hub has shown and that was verified, 32 bytes; nil otherwise. The
    /// hub's end has the same (`TLSServerSettings.certificateFingerprint()`), so a proof can be bound to the channel it is given on.
    package let peerCertificateFingerprint: [UInt8]?
}
