/// An address that can be dialled: an endpoint, in the words of those who write it into a configuration.
package protocol DialAddress: Hashable, Sendable, CustomStringConvertible {
    /// What answers there, inside a sentence: `hub`, `broker`.
    static var peerWord: String { get }
    init(_ endpoint: Endpoint)
    var endpoint: Endpoint { get }
}

extension DialAddress {
    /// Refuses an address that one can listen on but not reach.
    package func checkDialable() throws(TransportError) { try DialTarget(self).checkDialable() }
}
