import HubProtocol
import NIOCore

/// The calls that a bridge has passed on and whose answers it awaits. A call's place gives its request id on the far hub, so an answer finds
/// it without a search; places and their memory are used again.
final class PendingCalls {
    struct Call {
        /// The connection that the call came by, and by which its answer goes back.
        var port: RelayPort
        /// The caller's client id and request id on its own hub: the content of a str, and a whole msgpack value.
        var caller: [UInt8] = []
        var requestID: [UInt8] = []
        var route: ProxyRoute
        var deadline: NIODeadline
        var isStream = false
    }

    private struct Place {
        var generation: UInt32 = 0
        var call: Call?
        var caller: [UInt8] = []
        var requestID: [UInt8] = []
        /// Of caller and request id, and the next place with a hash of the same bucket.
        var hash = 0
        var next = PendingCalls.none
    }

    private static let none = -1
    /// Ids longer than this do not keep their memory for the next call.
    private static let keptIDByteMaximum = 256

    /// First places by hash, so that a caller which ends many calls at once has none of them searched for.
    private var buckets = [Int](repeating: PendingCalls.none, count: 64)
    private var places: [Place] = []
    private var free: [Int] = []
    private(set) var count = 0
    let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    private static let digits = Array("0123456789abcdef".utf8)
    /// `c`, 8 digits of the place, 8 of its generation.
    static let requestIDByteCount = 17

    /// - Returns: the place; nil when there are as many calls as may be.
    func insert(
        port: RelayPort,
        caller: UnsafeRawBufferPointer,
        requestID: UnsafeRawBufferPointer,
        route: ProxyRoute,
        deadline: NIODeadline
    ) -> Int? {
        guard count < maximum else { return nil }
        let index = free.popLast() ?? places.count
        if index == places.count {
            places.append(Place())
            if places.count > buckets.count { growBuckets() }
        }
        count += 1
        places[index].generation &+= 1
        places[index].caller.removeAll(keepingCapacity: true)
        places[index].caller.append(contentsOf: caller)
        places[index].requestID.removeAll(keepingCapacity: true)
        places[index].requestID.append(contentsOf: requestID)
        places[index].call = Call(port: port, route: route, deadline: deadline)
        places[index].hash = Self.hash(caller, requestID)
        link(index)
        return index
    }

    private static func hash(_ caller: UnsafeRawBufferPointer, _ requestID: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: caller)
        hasher.combine(bytes: requestID)
        return hasher.finalize()
    }

    private func link(_ index: Int) {
        let bucket = places[index].hash & (buckets.count - 1)
        places[index].next = buckets[bucket]
        buckets[bucket] = index
    }

    private func unlink(_ index: Int) {
        let bucket = places[index].hash & (buckets.count - 1)
        let next = places[index].next
        guard buckets[bucket] != index else {
            buckets[bucket] = next
            return
        }
        var at = buckets[bucket]
        while at != Self.none {
            guard places[at].next != index else {
                places[at].next = next
                return
            }
            at = places[at].next
        }
    }

    private func growBuckets() {
        buckets = [Int](repeating: Self.none, count: buckets.count * 2)
        for index in places.indices where places[index].call != nil { link(index) }
    }

    func writeRequestID(of index: Int, to output: inout ByteBuffer) {
        output.writeInteger(UInt8(0xA0 | Self.requestIDByteCount))
        output.writeInteger(UInt8(ascii: "c"))
        write(UInt32(index), to: &output)
        write(places[index].generation, to: &output)
    }

    private func write(_ number: UInt32, to output: inout ByteBuffer) {
        for shift in stride(from: 28, through: 0, by: -4) {
            output.writeInteger(Self.digits[Int(number >> UInt32(shift) & 0xF)])
        }
    }

    /// The call that an answer is for; nil when it has ended, or the id is none of ours.
    ///
    /// - Parameter id: the content of a str.
    func find(_ id: UnsafeRawBufferPointer) -> Int? {
        guard id.count == Self.requestIDByteCount, id[0] == UInt8(ascii: "c"), let index = Self.number(id, 1),
            let generation = Self.number(id, 9), index < places.count, places[Int(index)].generation == generation,
            places[Int(index)].call != nil
        else { return nil }
        return Int(index)
    }

    private static func number(_ text: UnsafeRawBufferPointer, _ start: Int) -> UInt32? {
        var number: UInt32 = 0
        for offset in start..<start + 8 {
            let digit: UInt8
            switch text[offset] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[offset] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = text[offset] - UInt8(ascii: "a") + 10
            default: return nil
            }
            number = number << 4 | UInt32(digit)
        }
        return number
    }

    subscript(index: Int) -> Call {
        guard var call = places[index].call else { preconditionFailure("the call at \(index) has ended") }
        call.caller = places[index].caller
        call.requestID = places[index].requestID
        return call
    }

    /// Calls that came by one connection are answered by another from here on.
    func move(from old: RelayPort, to new: RelayPort) {
        for index in places.indices where places[index].call?.port === old { places[index].call?.port = new }
    }

    /// A part of a stream has come: it has its time again.
    func extend(_ index: Int, until deadline: NIODeadline) { places[index].call?.deadline = deadline }

    func remove(_ index: Int) {
        guard places[index].call != nil else { return }
        unlink(index)
        places[index].call = nil
        if places[index].caller.count > Self.keptIDByteMaximum { places[index].caller = [] }
        if places[index].requestID.count > Self.keptIDByteMaximum { places[index].requestID = [] }
        free.append(index)
        count -= 1
    }

    /// The calls that `condition` holds for, in the order of their places; for rare events.
    func indices(where condition: (Call) -> Bool) -> [Int] {
        places.indices.filter { places[$0].call.map(condition) ?? false }
    }

    /// The call of a caller with one of its own request ids.
    func find(port: RelayPort, caller: UnsafeRawBufferPointer, requestID: UnsafeRawBufferPointer) -> Int? {
        let hash = Self.hash(caller, requestID)
        var at = buckets[hash & (buckets.count - 1)]
        while at != Self.none {
            if places[at].hash == hash, places[at].call?.port === port, places[at].requestID.elementsEqual(requestID),
                places[at].caller.elementsEqual(caller)
            {
                return at
            }
            at = places[at].next
        }
        return nil
    }

    /// Bytes that ids take, also of calls that have ended.
    var keptByteCount: Int { places.reduce(0) { $0 + $1.caller.capacity + $1.requestID.capacity } }
}
