/// What a message is: the value of its `type`.
package enum MessageKind: CaseIterable, Sendable {
    case identify, connectionProof, ping
    case call, response, broadcast, send
    case register, setPassword
    case addSubscription, removeSubscription, subscribe, unsubscribe, publish
    case listMembers, announceRemote, forgetRemote
    /// Of clients that speak stinger (docs/wire/comm-ipc.md, section 11).
    case unregister, cancel, listChannels
    // From hubs only.
    case identified, connectionChallenge, pong, error, receive, channelSync, channelChallenge, metadataUpdate
    /// A type that this program does not know, or none.
    case unknown

    @inline(__always)
    package var wireName: StaticString {
        switch self {
        case .identify: "identify"
        case .connectionProof: "conn_proof"
        case .ping: "ping"
        case .call: "call"
        case .response: "response"
        case .broadcast: "broadcast"
        case .send: "send"
        case .register: "register"
        case .setPassword: "set_password"
        case .addSubscription: "add_subscription"
        case .removeSubscription: "remove_subscription"
        case .subscribe: "subscribe"
        case .unsubscribe: "unsubscribe"
        case .publish: "publish"
        case .listMembers: "list_members"
        case .announceRemote: "announce_remote"
        case .forgetRemote: "forget_remote"
        case .unregister: "unregister"
        case .cancel: "cancel"
        case .listChannels: "list_channels"
        case .identified: "identified"
        case .connectionChallenge: "conn_challenge"
        case .pong: "pong"
        case .error: "error"
        case .receive: "receive"
        case .channelSync: "channel_sync"
        case .channelChallenge: "auth_challenge"
        case .metadataUpdate: "metadata_update"
        case .unknown: ""
        }
    }

    /// The kinds that fill a busy hub are tried first; the rest are looked up.
    @inline(__always)
    package init(_ text: UnsafeRawBufferPointer) {
        switch text.count {
        case 9 where Self.broadcast.matches(text): self = .broadcast
        case 8 where Self.response.matches(text): self = .response
        case 7 where Self.publish.matches(text): self = .publish
        case 7 where Self.receive.matches(text): self = .receive
        case 4 where Self.call.matches(text): self = .call
        default: self = Self.lookUp(text)
        }
    }

    @inline(never)
    private static func lookUp(_ text: UnsafeRawBufferPointer) -> MessageKind {
        allCases.first { $0.matches(text) } ?? .unknown
    }

    @inline(__always)
    private func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        let name = wireName
        guard text.count == name.utf8CodeUnitCount, let start = text.baseAddress else { return false }
        return name.equals(start, byteCount: name.utf8CodeUnitCount)
    }
}
