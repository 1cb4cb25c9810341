import NIOCore
import TestSupport
import Testing

@testable import Hub

/// What holds whatever clients do, and in whatever order.
@Suite struct InvariantTests {
    @Test(arguments: [UInt64.random(in: .min ... .max), 1, 2], HubSettings.ChannelPolicy.allCases)
    func whateverClientsDo(seed: UInt64, policy: HubSettings.ChannelPolicy) {
        var crowd = Crowd(seed: seed, policy: policy)
        for step in 0..<4_000 {
            crowd.act()
            if let fault = crowd.fault {
                Issue.record("\(fault): seed \(seed), policy \(policy), step \(step)")
                return
            }
        }
        crowd.leave()
        #expect(crowd.fault == nil, "seed \(seed), policy \(policy)")
        #expect(crowd.test.tables == TestHub.Tables(), "seed \(seed), policy \(policy)")
        #expect(crowd.test.strayOutputCount == 0, "seed \(seed), policy \(policy)")
        #expect(crowd.broadcastCount > 100)
        #expect(crowd.endedCallCount > 100)
        #expect(crowd.cancelledCallCount > 0)
    }
}

/// Eight clients at random, and an oracle that watches what they get.
private struct Crowd {
    let test: TestHub
    private(set) var fault: String?
    private(set) var broadcastCount = 0
    private(set) var endedCallCount = 0
    private(set) var cancelledCallCount = 0
    private var generator: SeededGenerator
    private var clients: [TestClient] = []
    private var nextID = 0
    private var nextNumber = 0
    /// Who sent what was broadcast or published, by its number.
    private var senders: [Int: String] = [:]
    /// Which calls of whom have not ended.
    private var openCalls: Set<Int> = []
    private var callers: [Int: String] = [:]
    /// Calls that a client was asked and has not answered.
    private var asked: [String: [(caller: String, number: Int)]] = [:]
    /// What each client has got of broadcasts and publications, and the last number from each sender.
    private var got: [String: Set<Int>] = [:]
    private var last: [String: Int] = [:]

    init(seed: UInt64, policy: HubSettings.ChannelPolicy) {
        generator = SeededGenerator(seed: seed)
        test = TestHub {
            $0.channelPolicy = policy
            $0.callTimeout = .seconds(20)
            $0.idleTimeout = .hours(10)
            $0.limits.holdByteCount = 2_000
            $0.limits.releaseByteCount = 1_000
            $0.limits.outputByteMaximum = 20_000
        }
        for _ in 0..<8 { arrive() }
    }

    private mutating func arrive() {
        nextID += 1
        let modes = ["client", "bridge", nil]
        let id = "client-\(nextID)"
        let kind = pick(5)
        clients.append(kind < 3 ? test.client(id, mode: modes[kind]) : test.stinger(id, mode: modes[kind - 3] ?? ""))
    }

    private mutating func pick(_ count: Int) -> Int { .random(in: 0..<count, using: &generator) }

    private mutating func number() -> Int {
        nextNumber += 1
        return nextNumber
    }

    // MARK: Acting

    mutating func act() {
        let client = clients[pick(clients.count)]
        let channel = "channel-\(pick(3))"
        let event = "event-\(pick(3))"
        let place: [String: TestValue] = [
            "channel": .string(channel), "event": .string(event), "sub_name": .string(event),
        ]
        switch pick(46) {
        case 0..<3: client.send("register", .map(place))
        case 3..<6:
            client.send("register", .map(place.merging(["is_provider": true, "is_group": .bool(pick(2) == 0)]) { $1 }))
        case 6..<14: broadcast(client, channel)
        case 14..<21: call(client, place)
        case 21..<28: answer(client)
        case 28: client.send("add_subscription", .map(place))
        case 29: client.send(pick(3) == 0 ? "remove_subscription" : "unsubscribe", .map(place))
        case 30..<32: client.send("subscribe", .map(place))
        case 32..<35: publish(client, place)
        case 35: client.send("announce_remote", .map(place.merging(["clients": [.string("remote-\(pick(4))")]]) { $1 }))
        case 36: client.takesMore ? client.stopTaking() : client.goOnTaking(pick(2) == 0 ? 1_000 : .max)
        case 37: test.pass(.milliseconds(Int64(pick(400))))
        case 38: client.send("unregister", .map(place))
        case 39..<43: cancel(client)
        case 43: client.send("list_channels", ["request_id": "list"])
        case 44: client.send("send", .map(place.merging(["request_id": 0]) { $1 }))
        default: depart(client)
        }
        look()
    }

    private mutating func broadcast(_ client: TestClient, _ channel: String) {
        let numbers = (0...pick(3)).map { _ in number() }
        for number in numbers { senders[number] = client.id }
        broadcastCount += numbers.count
        client.send(
            numbers.map {
                ["type": "broadcast", "channel": .string(channel), "number": .int($0), "by": .string(client.id)]
            }
        )
    }

    private mutating func publish(_ client: TestClient, _ place: [String: TestValue]) {
        let number = number()
        senders[number] = client.id
        client.send("publish", .map(place.merging(["data": ["number": .int(number)]]) { $1 }))
    }

    private mutating func call(_ client: TestClient, _ place: [String: TestValue]) {
        let number = number()
        openCalls.insert(number)
        callers[number] = client.id
        client.send("call", .map(place.merging(["request_id": .int(number)]) { $1 }))
    }

    private mutating func cancel(_ client: TestClient) {
        // Of another an answer may be on its way already.
        guard client.connection.speaksStinger, client.takesMore, !client.isPaused,
            let number = openCalls.filter({ callers[$0] == client.id }).min()
        else { return }
        client.send("cancel", ["request_id": .int(number)])
        openCalls.remove(number)
        cancelledCallCount += 1
    }

    private mutating func answer(_ client: TestClient) {
        guard let calls = asked[client.id], !calls.isEmpty else { return }
        let index = pick(calls.count)
        let call = calls[index]
        let isStream = pick(3) == 0
        client.send(
            "response",
            [
                "target_id": .string(call.caller), "request_id": .int(call.number), "data": "answer",
                "is_stream": .bool(isStream), "is_final": false,
            ]
        )
        // Now and then it answers twice.
        if !isStream, pick(4) > 0 { asked[client.id]?.remove(at: index) }
    }

    private mutating func depart(_ client: TestClient) {
        client.hangUp()
        forget(client)
        arrive()
    }

    private mutating func forget(_ client: TestClient) {
        look(client)
        clients.removeAll { $0 === client }
        asked[client.id] = nil
        openCalls = openCalls.filter { callers[$0] != client.id }
    }

    mutating func leave() {
        for client in clients where !client.takesMore { client.goOnTaking() }
        test.pass(.seconds(21))
        look()
        if fault == nil, !openCalls.isEmpty { fault = "\(openCalls.count) calls never ended" }
        while let client = clients.last {
            client.hangUp()
            forget(client)
        }
        test.pass(.hours(11))
    }

    // MARK: Watching

    private mutating func look() {
        for client in clients {
            look(client)
            guard client.wasClosed else { continue }
            forget(client)
            arrive()
        }
    }

    private mutating func look(_ client: TestClient) {
        for frame in client.take() { look(frame, client) }
    }

    private mutating func look(_ frame: TestValue, _ client: TestClient) {
        switch frame.type {
        case "broadcast":
            // A client may subscribe to what it publishes; what it broadcasts never comes back.
            if frame["by"] == .string(client.id) { fault = "\(client.id) heard its own broadcast" }
            heard(frame["number"], client)
        case "receive":
            if let number = frame["data"]?["number"] { heard(number, client) }
        case "call":
            guard case .int(let number)? = frame["request_id"], let caller = frame["sender_id"]?.text else {
                fault = "a call without id or sender"
                return
            }
            if callers[number] != caller { fault = "call \(number) is not of \(caller)" }
            asked[client.id, default: []].append((caller, number))
        case "response":
            guard case .int(let number)? = frame["request_id"], callers[number] != nil else { return }
            if callers[number] != client.id { fault = "\(client.id) got the answer to another's call \(number)" }
            if !openCalls.contains(number) { fault = "call \(number) went on after its end" }
            if frame["is_stream"] == true, frame["error"] == nil { return }
            openCalls.remove(number)
            endedCallCount += 1
        default: break
        }
    }

    private mutating func heard(_ value: TestValue?, _ client: TestClient) {
        guard case .int(let number)? = value, let sender = senders[number] else {
            fault = "\(client.id) heard what nobody sent"
            return
        }
        if !got[client.id, default: []].insert(number).inserted { fault = "\(client.id) heard \(number) twice" }
        let pair = "\(sender) to \(client.id)"
        if let before = last[pair], before > number {
            fault = "\(client.id) heard \(number) after \(before), both of \(sender)"
        }
        last[pair] = number
    }
}
