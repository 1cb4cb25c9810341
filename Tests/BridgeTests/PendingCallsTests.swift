import HubProtocol
import NIOCore
import Testing

@testable import Bridge

/// The calls that a bridge has passed on.
@Suite struct PendingCallsTests {
    private let port = RelayPort(
        side: .first,
        settings: HubClientSettings(clientID: "b", mode: .bridge),
        holder: nil,
        now: .uptimeNanoseconds(0)
    )
    private let route = ProxyRoute(.event("c", "e"), far: .event("d", "e"))

    private func insert(
        _ calls: PendingCalls,
        _ caller: String = "caller",
        _ requestID: [UInt8] = [5],
        until deadline: NIODeadline = .distantFuture
    ) -> Int? {
        Array(caller.utf8).withUnsafeBytes { caller in
            requestID.withUnsafeBytes {
                calls.insert(port: port, caller: caller, requestID: $0, route: route, deadline: deadline)
            }
        }
    }

    private func requestID(_ calls: PendingCalls, _ index: Int) -> [UInt8] {
        var buffer = ByteBuffer()
        calls.writeRequestID(of: index, to: &buffer)
        return Array(buffer.readableBytesView.dropFirst())
    }

    private func find(_ calls: PendingCalls, _ id: [UInt8]) -> Int? { id.withUnsafeBytes { calls.find($0) } }

    @Test func aCallIsFoundByItsIDAndByItsCallers() throws {
        let calls = PendingCalls(maximum: 10)
        let index = try #require(insert(calls))
        let id = requestID(calls, index)
        #expect(id.count == PendingCalls.requestIDByteCount)
        #expect(find(calls, id) == index)
        #expect(calls[index].caller == Array("caller".utf8))
        #expect(calls[index].requestID == [5])
        func lookUp(_ caller: String, _ requestID: [UInt8]) -> Int? {
            Array(caller.utf8).withUnsafeBytes { caller in
                requestID.withUnsafeBytes { calls.find(port: port, caller: caller, requestID: $0) }
            }
        }
        #expect(lookUp("caller", [5]) == index)
        #expect(lookUp("caller", [6]) == nil)
        #expect(lookUp("calle", [5]) == nil)
        calls.remove(index)
        #expect(lookUp("caller", [5]) == nil)
        #expect(calls.count == 0)
    }

    @Test func anIDIsOfOneCallOnly() throws {
        let calls = PendingCalls(maximum: 10)
        let index = try #require(insert(calls))
        let id = requestID(calls, index)
        calls.remove(index)
        #expect(find(calls, id) == nil)
        // The place is used again; the id is not.
        #expect(insert(calls) == index)
        #expect(requestID(calls, index) != id)
        #expect(find(calls, id) == nil)
    }

    @Test func whatIsNoIDFindsNothing() throws {
        let calls = PendingCalls(maximum: 10)
        let index = try #require(insert(calls))
        let id = requestID(calls, index)
        for other in [
            [], Array(id.dropLast()), id + [0x30], [UInt8(ascii: "d")] + id.dropFirst(),
            Array("c00000000ffffffff".utf8),
            Array("cffffffff00000001".utf8), Array("c0000000g00000001".utf8), Array("c0000000A00000001".utf8),
            [UInt8](repeating: 0xFF, count: 17),
        ] {
            #expect(find(calls, other) == nil)
        }
    }

    @Test func thereAreNoMoreThanMayBe() throws {
        let calls = PendingCalls(maximum: 3)
        let indices = (0..<3).compactMap { _ in insert(calls) }
        #expect(Set(indices).count == 3)
        #expect(insert(calls) == nil)
        #expect(calls.count == 3)
        calls.remove(indices[1])
        calls.remove(indices[1])
        #expect(calls.count == 2)
        #expect(insert(calls) == indices[1])
        #expect(insert(calls) == nil)
    }

    @Test func theyAreChosenByWhatTheyAre() throws {
        let calls = PendingCalls(maximum: 10)
        let indices = (1...4).compactMap { insert(calls, "\($0)", [5], until: .uptimeNanoseconds(UInt64($0))) }
        #expect(calls.indices { $0.deadline <= .uptimeNanoseconds(2) } == Array(indices[..<2]))
        calls.extend(indices[0], until: .uptimeNanoseconds(9))
        #expect(calls.indices { $0.deadline <= .uptimeNanoseconds(2) } == [indices[1]])
        calls.remove(indices[3])
        #expect(calls.indices { _ in true } == Array(indices[..<3]))
    }

    /// What a caller's long ids take is given back.
    @Test func longIDsLeaveNoMemoryBehind() throws {
        let calls = PendingCalls(maximum: 10)
        let index = try #require(
            insert(calls, String(repeating: "x", count: 100_000), [UInt8](repeating: 1, count: 100_000))
        )
        calls.remove(index)
        #expect(calls.keptByteCount < 10_000)
        #expect(insert(calls) == index)
        #expect(calls[index].caller.count == 6)
    }

    /// Thousands of callers that give up at once.
    @Test func manyThatEndAtOnceEndQuickly() {
        let calls = PendingCalls(maximum: 30_000)
        for number in 0..<30_000 { _ = insert(calls, "caller \(number % 100)", Array("\(number)".utf8)) }
        let started = ContinuousClock.now
        for number in (0..<30_000).reversed() {
            let (caller, requestID) = (Array("caller \(number % 100)".utf8), Array("\(number)".utf8))
            let index = caller.withUnsafeBytes { caller in
                requestID.withUnsafeBytes { calls.find(port: port, caller: caller, requestID: $0) }
            }
            if let index { calls.remove(index) }
        }
        #expect(calls.count == 0)
        // A search through all of them for each takes minutes.
        #expect(ContinuousClock.now - started < .seconds(10))
    }
}
