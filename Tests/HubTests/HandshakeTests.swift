import HubProtocol
import NIOCore
import Testing

@testable import Hub

@Suite struct HandshakeTests {
    @Test func aClientIsIdentifiedByIDAndToldTheHub() {
        let test = TestHub()
        let client = test.connect()
        client.send("identify", ["client_id": "a", "mode": "client"])
        #expect(client.takeOne() == ["type": "identified", "client_id": "a", "server_id": "hub"])
        #expect(!client.wasClosed)
    }

    @Test(arguments: [nil, "client", "bridge"]) func everyKnownModeIsTaken(mode: String?) {
        let test = TestHub()
        let client = test.client("a", mode: mode)
        #expect(client.connection.mode == (mode == "bridge" ? .bridge : .client))
        #expect(client.connection.hearsMembership == (mode != nil))
    }

    @Test func aModeOfNilIsNone() {
        let test = TestHub()
        let client = test.connect()
        client.send("identify", ["client_id": "a", "mode": nil])
        #expect(client.takeOne().type == "identified")
        #expect(!client.connection.hearsMembership)
    }

    @Test(arguments: ["gateway", "", 1, true] as [TestValue]) func anUnknownModeIsRefused(mode: TestValue) {
        let test = TestHub()
        let client = test.connect()
        client.send("identify", ["client_id": "a", "mode": mode])
        #expect(client.takeOne() == ["type": "error", "message": "identify: mode must be \"client\" or \"bridge\""])
        #expect(client.wasClosed)
    }

    @Test(arguments: ["server", "system"]) func reservedIDsAreRefused(id: String) {
        let test = TestHub()
        let client = test.connect()
        client.send("identify", ["client_id": .string(id)])
        #expect(client.takeOne()["message"]?.text == "Client ID \(id) is reserved")
        #expect(client.wasClosed)
    }

    @Test(arguments: ["", nil, 7, .string(String(repeating: "x", count: 1_025))] as [TestValue])
    func anIDThatIsEmptyTooLongOrNoStringIsRefused(id: TestValue) {
        let test = TestHub()
        let client = test.connect()
        client.send("identify", ["client_id": id])
        let answer = client.takeOne()
        #expect(answer.type == "error")
        #expect(answer["message"]?.text?.contains("client_id") == true)
        #expect(client.wasClosed)
        #expect(test.hub.connectionCount == 0)
    }

    @Test func theLongestIDIsTaken() {
        let test = TestHub()
        _ = test.client(String(repeating: "x", count: 1_024))
    }

    @Test func anIDInUseIsRefusedAndFreeAgainLater() {
        let test = TestHub()
        let first = test.client("a")
        let second = test.connect()
        second.send("identify", ["client_id": "a"])
        #expect(second.takeOne() == ["type": "error", "message": "Client ID a already in use"])
        #expect(second.wasClosed)
        first.send("ping")
        #expect(first.takeOne().type == "pong")
        first.hangUp()
        _ = test.client("a")
    }

    @Test func theFirstFrameHasToBeIdentify() {
        let test = TestHub()
        let client = test.connect()
        client.send("register", ["channel": "c"])
        #expect(client.takeOne() == ["type": "error", "message": "Not authenticated"])
        #expect(client.wasClosed)
        #expect(test.drops(.notIdentified) == 1)
    }

    @Test func nothingBehindARefusedFrameIsHeard() {
        let test = TestHub()
        let client = test.connect()
        client.send([["type": "call"], ["type": "identify", "client_id": "a"], ["type": "ping"]])
        #expect(client.takeOne().type == "error")
        _ = test.client("a")
    }

    @Test func pingIsAnsweredAtAnyTime() {
        let test = TestHub { $0.connectionKey = Proof.ConnectionKey(secret: Array("secret".utf8)) }
        let client = test.connect()
        client.send("ping")
        #expect(client.takeOne() == ["type": "pong"])
        client.send("identify", ["client_id": "a"])
        let challenge = client.takeOne()["challenge"]?.text ?? ""
        client.send("ping")
        #expect(client.takeOne() == ["type": "pong"])
        client.send("conn_proof", ["proof": .string(TestProof.connection(secret: "secret", challenge: challenge))])
        client.take()
        client.send("ping")
        #expect(client.takeOne() == ["type": "pong"])
    }

    @Test func aSecondIdentifyAndUnknownTypesAreLeftAlone() {
        let test = TestHub()
        let client = test.client("a")
        client.send("identify", ["client_id": "b"])
        client.send("conn_proof", ["proof": "x"])
        client.send("novelty", ["channel": "c"])
        client.send([[:]])
        #expect(client.take() == [])
        #expect(!client.wasClosed)
        #expect(test.drops(.unknownType) == 4)
    }

    @Test func theHandshakeHasTenSecondsAndPingsDoNotStretchThem() {
        let test = TestHub()
        let client = test.connect()
        test.pass(.seconds(6))
        client.send("ping")
        test.pass(.milliseconds(3_999))
        #expect(!client.wasClosed)
        test.pass(.milliseconds(1))
        #expect(client.wasClosed)
        #expect(test.hub.connectionCount == 0)
    }

    @Test func aClientThatIdentifiedItselfInTimeStays() {
        let test = TestHub()
        let client = test.connect()
        test.pass(.milliseconds(9_999))
        client.send("identify", ["client_id": "a"])
        test.pass(.seconds(30))
        #expect(!client.wasClosed)
    }

    @Test func noMoreThanTheMaximumMayBeUnidentified() {
        let test = TestHub { $0.limits.unidentifiedMaximum = 2 }
        let clients = (0..<3).map { test.connect("\($0)") }
        #expect(clients.map(\.wasClosed) == [false, false, true])
        #expect(clients[2].takeOne()["message"]?.text?.hasPrefix("overloaded: 2 clients are still identifying") == true)
        clients[0].send("identify", ["client_id": "a"])
        #expect(!test.connect().wasClosed)
        #expect(test.drops(.overloaded) == 1)
    }

    @Test func noMoreThanTheMaximumMayConnect() {
        let test = TestHub { $0.limits.clientMaximum = 2 }
        let first = test.client("a")
        _ = test.client("b")
        let third = test.connect()
        #expect(third.takeOne()["message"]?.text == "overloaded: this hub already has 2 clients (at hub)")
        #expect(third.wasClosed)
        first.hangUp()
        _ = test.client("c")
    }

    @Test func framesBeforeTheHandshakeAreShort() {
        let test = TestHub()
        let client = test.connect()
        client.send("ping", ["data": .string(String(repeating: "x", count: 5_000))])
        #expect(client.takeOne()["message"]?.text?.hasPrefix("malformed frame: its header says") == true)
        #expect(client.wasClosed)
        let other = test.client("a")
        other.send("ping", ["data": .string(String(repeating: "x", count: 5_000))])
        #expect(other.takeOne().type == "pong")
    }
}
