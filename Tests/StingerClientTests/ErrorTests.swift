import Testing

@testable import StingerClient

@Suite("Errors, out of the words that travel")
struct ErrorTests {
    @Test("of hubs of this project are read from their fields")
    func fields() {
        let error = HubClientError(
            answer: "deadline: nobody answered within 5 s (at hub-1)",
            reason: "deadline",
            hub: "hub-1"
        )
        #expect(error == HubClientError(.deadline, "nobody answered within 5 s", hub: "hub-1"))
        #expect(error.description == "deadline: nobody answered within 5 s (at hub-1)")
    }

    @Test(
        "are read from their text where it is all there is",
        arguments: [
            ("provider_lost: a went (at h)", .providerLost, "a went", "h"),
            ("link_lost: the way is gone (at b (2))", .linkLost, "the way is gone", "b (2)"),
            ("denied: only members (at h)", .denied, "only members", "h"),
            ("not_synced: wait", .notSynced, "wait", nil),
            ("No provider for a:b", .noProvider, "No provider for a:b", nil),
            ("Invalid signature for channel c", .invalidSignature, "Invalid signature for channel c", nil),
            ("division by zero", .failed, "division by zero", nil),
            ("closed: by us (at h)", .failed, "closed: by us (at h)", nil),
            ("", .failed, "", nil),
            ("deadline", .deadline, "deadline", nil),
        ] as [(String, HubClientError.Code, String, String?)]
    )
    func texts(_ text: String, _ code: HubClientError.Code, _ message: String, _ hub: String?) {
        #expect(HubClientError(answer: text, reason: nil, hub: nil) == HubClientError(code, message, hub: hub))
    }

    @Test("of registrations are refusals, or passwords")
    func registrations() {
        func code(_ text: String) -> HubClientError.Code {
            HubClientError(registration: text, reason: nil, hub: nil).code
        }
        #expect(code("Provider already exists for a:b and group mode is incompatible") == .refused)
        #expect(code("Invalid channel password") == .unauthorized)
        #expect(code("overloaded: too many channels (at h)") == .overloaded)
    }
}
