package import NIOCore

/// The bounds of one hub. A client that goes over one is told which; nothing here is unlimited.
package struct HubLimits: Sendable {
    /// Bytes a frame body may have: the largest message that programs may send.
    package var frameByteMaximum = 16 << 20
    /// The same before a client has identified itself: a handshake needs a few hundred.
    package var handshakeFrameByteMaximum = 4 << 10
    /// Levels of maps and arrays in a frame; comm-ipc's own encoder stops at 511.
    package var nestingMaximum = 511
    /// Bytes of a client id, channel, event or subscription name.
    package var nameByteMaximum = 1_024

    /// Connections at a time, and how many of them may be unidentified.
    package var clientMaximum = 10_000
    package var unidentifiedMaximum = 2_048
    /// From connecting to being identified, a TLS handshake included.
    package var handshakeTimeout = TimeAmount.seconds(10)

    /// Per client. A bridge registers for a whole hub behind it, hence the large numbers.
    package var channelsPerClient = 65_536
    package var registrationsPerClient = 65_536
    package var callsInFlightPerClient = 65_536
    package var remoteMembersPerClient = 65_536
    /// Remote members that one `announce_remote` may name.
    package var announcementsPerMessage = 65_536
    package var openChallengesPerClient = 16_384
    /// Bytes of names and schemas that the hub keeps for one client.
    package var registrationBytesPerClient = 32 << 20

    /// Bytes that may wait for one client; it is cut off at more.
    package var outputByteMaximum = 32 << 20
    /// Waiting bytes at which the senders that fill a client's queue are held back, and at which they go on. A queue this short stays
    /// in the processor's cache and takes a few milliseconds to drain.
    package var holdByteCount = 1 << 20
    package var releaseByteCount = 512 << 10
    /// How long senders are held back for a reader that takes nothing at all: its neighbours wait no longer than this.
    package var holdTimeout = TimeAmount.milliseconds(250)

    /// Between two log lines about dropped messages.
    package var dropReportInterval = TimeAmount.seconds(60)

    /// How long a channel's challenge may be answered.
    package var challengeTimeout = TimeAmount.seconds(60)
    /// Wrong proofs from one address that are answered at once; each one more doubles the wait, from the first delay to the longest.
    package var promptProofFailures = 3
    package var firstProofDelay = TimeAmount.milliseconds(100)
    package var longestProofDelay = TimeAmount.seconds(5)
    /// After this long without a wrong proof an address is forgiven.
    package var proofForgiveness = TimeAmount.seconds(60)
    /// Wrong proofs on one connection until it is closed.
    package var proofFailuresPerConnection = 20

    package init() {}
}
