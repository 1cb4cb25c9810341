import HubProtocol

/// What a client says of itself in `identify`.
struct ClientIdentity {
    let id: Name
    var mode = ClientMode.client
    /// Whether it hears of other members: it named its mode, as clients of comm-ipc 0.1.16 do and those of 0.1.5 don't.
    var hearsMembership = false
    /// Whether it takes what this project adds to comm-ipc (docs/wire/comm-ipc.md, section 11).
    var speaksStinger = false
    /// What the hub is to prove itself with; nil where it need not.
    var hubChallenge: String?
}
