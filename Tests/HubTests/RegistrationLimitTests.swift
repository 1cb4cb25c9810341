import HubProtocol
import Testing

@testable import Hub

/// What one client may make the hub remember.
@Suite struct RegistrationLimitTests {
    private func error(_ frames: [TestValue]) -> String { frames.last?["error"]?.text ?? "" }

    @Test func aClientIsInNoMoreChannelsThanTheLimit() {
        let test = TestHub { $0.limits.channelsPerClient = 2 }
        let a = test.client("a")
        a.join("one")
        a.provide("two", "e")
        #expect(error(a.join("three")) == "overloaded: client a is in 2 channels, which is the limit (at hub)")
        #expect(error(a.provide("three", "e")).hasPrefix("overloaded: "))
        a.send("set_password", ["channel": "three", "password": "p", "request_id": 1])
        #expect(error(a.take()).hasPrefix("overloaded: "))
        #expect(a.join("two").map(\.type) == ["channel_sync", "response"])
        #expect(a.provide("one", "e").count == 2)
        #expect(test.drops(.overloaded) == 3)
        test.client("b").join("three")
    }

    @Test func aClientHasNoMoreRegistrationsThanTheLimit() {
        let test = TestHub { $0.limits.registrationsPerClient = 3 }
        let a = test.client("a")
        a.provide("c", "e")
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        a.send("subscribe", ["channel": "c", "sub_name": "t", "request_id": 2])
        a.take()
        #expect(
            error(a.provide("c", "more")) == "overloaded: client a has 3 registrations, which is the limit (at hub)"
        )
        for type in ["add_subscription", "subscribe"] {
            a.send(type, ["channel": "new", "sub_name": "more", "request_id": 3])
            #expect(error(a.take()).hasPrefix("overloaded: "))
        }
        a.send("unsubscribe", ["channel": "c", "sub_name": "t", "request_id": 4])
        a.take()
        #expect(a.provide("c", "more").count == 2)
        #expect(test.tables.channels == 1)
    }

    @Test func atTheLimitWhatIsRegisteredMayBeRegisteredAgain() {
        let test = TestHub { $0.limits.registrationsPerClient = 2 }
        let a = test.client("a")
        a.provide("c", "e")
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        a.take()
        #expect(a.provide("c", "e").map { $0["error"] } == [nil, nil])
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 2])
        #expect(a.takeOne()["data"] == ["success": true])
    }

    @Test func namesAndSchemasTakeNoMoreBytesThanTheLimit() {
        let test = TestHub { $0.limits.registrationBytesPerClient = 1_900 }
        let a = test.client("a")
        func provide(_ event: String, _ schemaByteCount: Int) -> [TestValue] {
            a.send(
                "register",
                [
                    "channel": "c", "event": .string(event), "is_provider": true, "request_id": 1,
                    "param_schema": .string(String(repeating: "x", count: schemaByteCount)),
                ]
            )
            return a.take()
        }
        #expect(provide("big", 1_200).count == 2)
        #expect(error(provide("more", 400)).contains("take more than 1900 bytes"))
        #expect(provide("small", 10).count == 2)
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        #expect(error(a.take()).hasPrefix("overloaded: "))
    }

    @Test func bytesAreGivenBackWithWhatTheyWereKeptFor() {
        let test = TestHub { $0.channelKeys = ["p": Proof.ChannelKey(password: Array("password".utf8))] }
        let a = test.client("a")
        let b = test.client("b")
        let c = test.client("c")
        b.join("x")
        for _ in 0..<3 {
            a.provide("x", "e")
            a.send("add_subscription", ["channel": "x", "sub_name": "s", "return_schema": "schema"])
            a.send("subscribe", ["channel": "x", "sub_name": "t"])
            a.send("subscribe", ["channel": "x", "sub_name": "t"])
            c.send("add_subscription", ["channel": "x", "sub_name": "t"])
            c.send("subscribe", ["channel": "x", "sub_name": "s"])
        }
        a.join("p", password: "password")
        #expect(a.connection.registrationCount == 3)
        a.send("remove_subscription", ["channel": "x", "sub_name": "s"])
        a.send("unsubscribe", ["channel": "x", "sub_name": "t"])
        #expect(c.connection.heardSubscriptions.isEmpty)
        // The owner ends what is left of it.
        b.hangUp()
        #expect(a.connection.registrationCount == 0)
        #expect(a.connection.registrationBytes == 0)
        c.send("remove_subscription", ["channel": "x", "sub_name": "t"])
        #expect(c.connection.registrationBytes == 0)
    }

    @Test func noMoreChallengesWaitThanTheLimit() {
        let test = TestHub {
            $0.limits.openChallengesPerClient = 2
            $0.channelKeys = ["p": Proof.ChannelKey(password: Array("password".utf8))]
        }
        let a = test.client("a")
        #expect(a.join("p").map(\.type) == ["auth_challenge"])
        #expect(a.join("p").map(\.type) == ["auth_challenge"])
        #expect(error(a.join("p")) == "overloaded: too many registrations wait for a password (at hub)")
        test.pass(.seconds(30))
        a.send("ping")
        test.pass(.seconds(31))
        a.take()
        #expect(a.join("p").map(\.type) == ["auth_challenge"])
        #expect(a.connection.challenges.count == 1)
    }

    @Test func aBridgeSpeaksForNoMoreClientsThanTheLimit() {
        let test = TestHub { $0.limits.remoteMembersPerClient = 2 }
        let bridge = test.client("bridge", mode: "bridge")
        let clients: [TestValue] = ["r1", "r2", "r3"]
        bridge.send("announce_remote", ["channel": "c", "clients": .array(clients), "request_id": 1])
        #expect(error(bridge.take()).hasPrefix("overloaded: bridge bridge speaks for 2 clients"))
        #expect(test.hub.remoteMembers.count == 2)
    }
}
