import Glibc

/// Hosts that are written as an IP address.
enum NumericHost {
    /// - Parameter host: without brackets; an IPv6 address may have a zone (`fe80::1%eth0`, RFC 4007).
    static func isAddress(_ host: String) -> Bool {
        var version4 = in_addr()
        var version6 = in6_addr()
        let address = String(host.prefix { $0 != "%" })
        return inet_pton(AF_INET, host, &version4) == 1 || inet_pton(AF_INET6, address, &version6) == 1
    }
}
