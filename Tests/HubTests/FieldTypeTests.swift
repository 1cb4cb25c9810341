import Testing

@testable import Hub

/// A field of the wrong type: the answer names the field, and the connection stays.
@Suite struct FieldTypeTests {
    struct Field: CustomTestStringConvertible {
        let type: String
        let field: String
        let value: TestValue

        var testDescription: String { "\(type).\(field) = \(value)" }

        static let registrations: [Field] = [
            ("channel", 1), ("channel", ""), ("channel", nil), ("channel", true), ("channel", .binary([99])),
            ("channel", .string(String(repeating: "x", count: 1_025))), ("event", 1), ("event", []),
            ("event", .string(String(repeating: "x", count: 1_025))), ("is_provider", 1), ("is_provider", "yes"),
            ("is_stream", 0), ("is_group", "no"), ("proof", 1), ("challenge_id", [:]),
        ].map { Field(type: "register", field: $0.0, value: $0.1) }

        static let messages: [Field] =
            [
                ("call", "channel"), ("call", "event"), ("broadcast", "channel"), ("broadcast", "event"),
                ("send", "channel"),
                ("send", "event"), ("publish", "channel"), ("publish", "sub_name"), ("subscribe", "sub_name"),
                ("unsubscribe", "sub_name"), ("add_subscription", "sub_name"), ("remove_subscription", "channel"),
                ("list_members", "channel"), ("set_password", "channel"), ("announce_remote", "channel"),
                ("call", "path"), ("broadcast", "path"), ("call", "is_stream"), ("call", "is_final"),
                ("call", "target_id"),
            ].map { Field(type: $0.0, field: $0.1, value: 1) }
            + [
                Field(type: "broadcast", field: "path", value: "hub"),
                Field(type: "call", field: "channel", value: ["c"]),
                Field(type: "call", field: "event", value: 1.5), Field(type: "send", field: "path", value: [:]),
                Field(type: "set_password", field: "password", value: 1),
                Field(type: "set_password", field: "password", value: ""),
                Field(type: "set_password", field: "password", value: nil),
            ]
    }

    private func fields(_ field: Field) -> TestValue {
        var fields: [String: TestValue] = ["channel": "c", "event": "e", "sub_name": "s", "request_id": "r"]
        fields[field.field] = field.value
        return .map(fields)
    }

    @Test(arguments: Field.registrations) func aRegistrationIsRefusedByItsRequestID(field: Field) {
        let test = TestHub()
        let a = test.client("a")
        a.send("register", fields(field))
        let answer = a.takeOne()
        #expect(answer.type == "response")
        #expect(answer["request_id"] == "r")
        #expect(answer["error"]?.text?.contains(field.field) == true || field.value.text?.utf8.count == 1_025)
        #expect(!a.wasClosed)
        #expect(test.drops(.malformedMessage) == 1)
    }

    @Test(arguments: Field.registrations) func aNestedRegistrationIsRefused(field: Field) {
        let test = TestHub()
        let a = test.client("a")
        a.send("register", ["reg": fields(field)])
        let answer = a.takeOne()
        #expect((answer["error"] ?? answer["message"])?.text?.contains(field.field) == true)
        a.send("ping")
        #expect(a.takeOne().type == "pong")
    }

    @Test(arguments: Field.messages) func aMessageIsRefusedByItsRequestID(field: Field) {
        let test = TestHub()
        let a = test.client("a", mode: "bridge")
        let b = test.client("b")
        b.join("c")
        a.provide("c", "e")
        test.quiet()
        a.send(field.type, fields(field))
        let answer = a.takeOne()
        #expect(answer.type == "response")
        #expect(answer["request_id"] == "r")
        #expect(answer["error"]?.text?.hasPrefix("malformed message: \(field.field) must be ") == true)
        #expect(!a.wasClosed)
        #expect(b.take() == [])
        #expect(test.drops(.malformedMessage) == 1)
    }

    @Test(arguments: [1.5, true, [], [:], .binary([1])] as [TestValue])
    func aRequestIDIsAStringOrAnInteger(requestID: TestValue) {
        let test = TestHub()
        let a = test.client("a")
        a.provide("c", "e")
        for type in ["call", "register", "subscribe", "list_members"] {
            a.send(type, ["channel": "c", "event": "e", "sub_name": "s", "request_id": requestID])
            let error = a.takeOne()
            #expect(error.type == "error")
            #expect(error["message"] == "malformed message: request_id must be a string or an integer (at hub)")
        }
        #expect(test.hub.calls.count == 0)
    }

    @Test(arguments: ["call", "broadcast", "send", "publish", "subscribe"], ["channel", "request_id"])
    func namesThatAreTooLongAreRefused(type: String, field: String) {
        let test = TestHub()
        let a = test.client("a")
        var fields: [String: TestValue] = ["channel": "c", "event": "e", "sub_name": "s", "request_id": "r"]
        fields[field] = .string(String(repeating: "x", count: 1_025))
        a.send(type, .map(fields))
        let answer = a.takeOne()
        let text = (answer["error"] ?? answer["message"])?.text
        #expect(text == "malformed message: a name or request id is longer than 1024 bytes (at hub)")
        #expect(answer["request_id"] == (field == "request_id" ? nil : "r"))
    }

    @Test func aResponseWithAWrongFieldIsRefusedAsAnError() {
        let test = TestHub()
        let a = test.client("a")
        let b = test.client("b")
        b.provide("c", "e")
        a.call("c", "e", "r")
        b.take()
        b.send("response", ["target_id": "a", "request_id": "r", "is_final": 1])
        #expect(b.takeOne()["message"] == "malformed message: is_final must be true or false (at hub)")
        #expect(a.take() == [])
        b.respond(to: "a", "r")
        #expect(a.takeData() == ["answer"])
    }

    @Test func fieldsThatOnlyProgramsReadMayBeAnything() {
        let test = TestHub()
        let a = test.client("a")
        let b = test.client("b")
        b.join("c")
        a.send("broadcast", ["channel": "c", "event": nil, "data": 1, "timestamp": "soon", "sender_id": [1], "x": 1.5])
        #expect(b.takeOne()["timestamp"] == "soon")
    }
}
