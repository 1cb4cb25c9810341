package import Federation
import HubProtocol
package import NIOCore

/// One connection of a bridge to a hub, as the relay sees it.
///
/// A link has one for everything; to a Python hub it has further ones that hold proxies, because there a registration ends only with its
/// connection.
package final class RelayPort {
    package let side: Side
    let clientID: String
    /// The far client whose proxies it holds; nil for the link's first connection.
    let holder: String?
    let channelBinding: [UInt8]?
    @exclusivity(unchecked) var session: HubClientSession
    /// Set when whoever drives the relay is to close it; nothing that comes is listened to any more.
    @exclusivity(unchecked) var isClosed = false
    /// Closed because it is needed no more: what the hub had on its way to us by then still counts.
    var isLeaving: Bool { isClosed && !isMain && !isGone && !isBroken }
    /// The hub sent what is no frame: where the next one begins nobody knows.
    var isBroken = false
    /// Its socket is closed.
    var isGone = false
    /// Whether its socket takes bytes.
    var isWritable = true
    /// The proxies that it holds, and whether the hub has let it identify itself.
    var proxies: Set<EndpointKey> = []
    var mustBeRebuilt = false
    /// Whether it is among the ports that something was written for.
    @exclusivity(unchecked) var isDirty = false

    init(side: Side, settings: HubClientSettings, holder: String?, now: NIODeadline) {
        self.side = side
        clientID = settings.clientID
        channelBinding = settings.channelBinding
        self.holder = holder
        session = HubClientSession(settings: settings, now: now)
    }

    init(attachedTo hubID: String, side: Side, settings: HubClientSettings) {
        self.side = side
        clientID = settings.clientID
        channelBinding = nil
        holder = nil
        session = HubClientSession(attachedTo: hubID, settings: settings)
    }

    var isMain: Bool { holder == nil }

    /// Takes what waits for the hub; for `RelayOutput.send`.
    package func takeOutput() -> ByteBuffer {
        defer { session.output.clear() }
        return session.output
    }
}
