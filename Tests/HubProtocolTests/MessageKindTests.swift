import HubProtocol
import Testing

@Suite("Message kinds")
struct MessageKindTests {
    static let names: [(String, MessageKind)] = [
        ("identify", .identify), ("conn_proof", .connectionProof), ("ping", .ping), ("call", .call),
        ("response", .response), ("broadcast", .broadcast), ("send", .send), ("register", .register),
        ("set_password", .setPassword), ("add_subscription", .addSubscription),
        ("remove_subscription", .removeSubscription), ("subscribe", .subscribe), ("unsubscribe", .unsubscribe),
        ("publish", .publish), ("list_members", .listMembers), ("announce_remote", .announceRemote),
        ("forget_remote", .forgetRemote), ("unregister", .unregister), ("cancel", .cancel),
        ("list_channels", .listChannels), ("identified", .identified), ("conn_challenge", .connectionChallenge),
        ("pong", .pong), ("error", .error), ("receive", .receive), ("channel_sync", .channelSync),
        ("auth_challenge", .channelChallenge), ("metadata_update", .metadataUpdate),
    ]

    private static func kind(_ name: String) -> MessageKind { Array(name.utf8).withUnsafeBytes { MessageKind($0) } }

    @Test("have the names of the protocol", arguments: names)
    func name(_ name: String, _ kind: MessageKind) {
        #expect(Self.kind(name) == kind)
        #expect("\(kind.wireName)" == name)
    }

    @Test("all have a name but the unknown one")
    func allNamed() {
        #expect(Set(Self.names.map(\.1)).union([.unknown]) == Set(MessageKind.allCases))
    }

    @Test("are not told from half a name, more than a name, or another case", arguments: names)
    func nearMisses(_ name: String, _ kind: MessageKind) {
        for miss in [
            String(name.dropLast()), String(name.dropFirst()), name + "s", name + "\0", " " + name, name.uppercased(),
            String(name.dropLast()) + "?", "?" + String(name.dropFirst()),
        ] {
            #expect(Self.kind(miss) == .unknown, "\(miss)")
        }
    }

    @Test("beyond these are unknown", arguments: ["", "unknown", "pang", "subscription", "identity"])
    func unknown(_ name: String) {
        #expect(Self.kind(name) == .unknown)
    }
}
