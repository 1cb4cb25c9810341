package import HubProtocol
package import NIOCore

/// How one hub behaves; checked by whoever makes it.
package struct HubSettings: Sendable {
    /// What clients see of the errors they cause (docs/wire/comm-ipc.md, section 8).
    package enum ErrorPolicy: String, CaseIterable, Sendable {
        case ignore, raise, broadcast
    }

    /// What becomes of a channel whose owner goes.
    package enum ChannelPolicy: String, CaseIterable, Sendable {
        /// Its other members are put out.
        case terminate
        /// The member that has been there longest owns it.
        case promote
    }

    /// Which provider of a group a call goes to.
    package enum GroupPolicy: String, CaseIterable, Sendable {
        case leastActive = "least-active"
        case roundRobin = "round-robin"
    }

    package var hubID: String
    /// nil: clients need no secret.
    package var connectionKey: Proof.ConnectionKey?
    /// Passwords that channels have from the start, by channel name.
    package var channelKeys: [String: Proof.ChannelKey] = [:]
    package var errorPolicy = ErrorPolicy.ignore
    package var channelPolicy = ChannelPolicy.terminate
    package var groupPolicy = GroupPolicy.leastActive
    /// Silence between two frames, and within one.
    package var idleTimeout = TimeAmount.seconds(60)
    package var dataTimeout = TimeAmount.seconds(60)
    /// nil: a call may take for ever.
    package var callTimeout: TimeAmount?
    package var limits = HubLimits()

    package init(hubID: String) { self.hubID = hubID }
}
