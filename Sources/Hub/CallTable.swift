import HubProtocol
import NIOCore

/// The calls that wait for their answer.
///
/// A call is found by its caller and request id, and stands in three lists: its caller's, its provider's, and that of all calls by age. Its
/// place in memory is used again after it ends, id bytes included, so that a busy hub does not allocate for a call. Places never move, and are
/// reached through pointers: this is on the path of every call, twice.
final class CallTable {
    /// Stands for no call.
    static let none: Int32 = -1

    /// What is known of a call; for those that the hub ends itself.
    struct Call {
        let caller: HubConnection
        let provider: HubConnection
        let event: HubEvent
        /// The key of the request id; the memory belongs to the table.
        let requestID: UnsafeRawBufferPointer
    }

    /// Where a call stands; what it holds of memory stays when the call ends.
    private struct Place {
        /// Both outlive the call: when one of them goes, its calls are removed first. Kept as addresses, because comparing those takes no
        /// reference count.
        var caller: Unmanaged<HubConnection>?
        var provider: Unmanaged<HubConnection>?
        /// nil where no call stands.
        var event: HubEvent?
        var deadline = NIODeadline.distantFuture
        var hash: UInt64 = 0
        var idSpace = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var idCount = 0
        var byCaller = Links()
        var byProvider = Links()
        var byAge = Links()

        var requestID: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: idSpace.baseAddress, count: idCount) }
    }

    private struct Links {
        var previous = CallTable.none
        var next = CallTable.none
    }

    /// Places come in blocks, so that growing moves none.
    private static let blockBits = 10
    private static let blockSize = 1 << blockBits
    @exclusivity(unchecked) private var blocks: [UnsafeMutablePointer<Place>] = []
    @exclusivity(unchecked) private var free: [Int32] = []

    /// Open addressing with linear probing; the capacity is a power of two, at most half of it in use.
    @exclusivity(unchecked) private var buckets: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) private var bucketMask: Int
    private let seed = UInt64.random(in: 1 ... .max) | 1

    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private var oldest = CallTable.none
    @exclusivity(unchecked) private var newest = CallTable.none

    init() {
        bucketMask = 255
        buckets = .allocate(capacity: bucketMask + 1)
        buckets.initialize(repeating: Self.none, count: bucketMask + 1)
    }

    deinit {
        for block in blocks {
            for index in 0..<Self.blockSize { block[index].idSpace.deallocate() }
            block.deinitialize(count: Self.blockSize)
            block.deallocate()
        }
        buckets.deallocate()
    }

    @inline(__always)
    private func place(_ number: Int32) -> UnsafeMutablePointer<Place> {
        blocks[Int(number) >> Self.blockBits] + Int(number) & (Self.blockSize - 1)
    }

    /// - Precondition: the call waits.
    subscript(number: Int32) -> Call {
        let place = place(number)
        guard let event = place.pointee.event, let caller = place.pointee.caller, let provider = place.pointee.provider
        else { preconditionFailure("call \(number) has ended") }
        return Call(
            caller: caller.takeUnretainedValue(),
            provider: provider.takeUnretainedValue(),
            event: event,
            requestID: place.pointee.requestID
        )
    }

    func isProvider(_ client: HubConnection, of number: Int32) -> Bool {
        place(number).pointee.provider?.toOpaque() == Unmanaged.passUnretained(client).toOpaque()
    }

    /// When the oldest call has waited long enough; nil where none waits or none has a deadline.
    var nextDeadline: NIODeadline? {
        guard oldest != Self.none else { return nil }
        let deadline = place(oldest).pointee.deadline
        return deadline == .distantFuture ? nil : deadline
    }

    /// The oldest call, if its time is up. All calls of a hub have the same timeout, so the oldest is first.
    func overdue(_ now: NIODeadline) -> Int32? {
        guard let deadline = nextDeadline, deadline <= now else { return nil }
        return oldest
    }

    /// The calls that a client was asked, the newest first.
    func taken(by provider: HubConnection) -> [Int32] {
        var numbers: [Int32] = []
        var number = provider.firstCallTaken
        while number != Self.none {
            numbers.append(number)
            number = place(number).pointee.byProvider.next
        }
        return numbers
    }

    // MARK: Finding

    /// Mixes words by multiplication, as wyhash does; the seed keeps callers from choosing ids that collide.
    private func hash(_ caller: HubConnection, _ id: UnsafeRawBufferPointer) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: caller.slot)
        @inline(__always)
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15 ^ seed)
            state = product.high ^ product.low
        }
        guard let start = id.baseAddress else { return state }
        var at = 0
        while at + 8 <= id.count {
            mix(start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var tail = UInt64(id.count) << 56
        while at < id.count {
            tail = tail << 8 | UInt64(start.load(fromByteOffset: at, as: UInt8.self))
            at += 1
        }
        mix(tail)
        return state
    }

    func find(caller: HubConnection, requestID: UnsafeRawBufferPointer) -> Int32? {
        find(caller, requestID, hash(caller, requestID))
    }

    private func find(_ caller: HubConnection, _ requestID: UnsafeRawBufferPointer, _ hash: UInt64) -> Int32? {
        let callerAddress = Unmanaged.passUnretained(caller).toOpaque()
        var bucket = Int(truncatingIfNeeded: hash) & bucketMask
        while buckets[bucket] != Self.none {
            let number = buckets[bucket]
            let place = place(number)
            if place.pointee.hash == hash, place.pointee.caller?.toOpaque() == callerAddress,
                NameKey(place.pointee.requestID) == NameKey(requestID)
            {
                return number
            }
            bucket = (bucket + 1) & bucketMask
        }
        return nil
    }

    // MARK: Beginning and ending

    /// - Returns: false when the caller has a call with this request id already.
    func insert(
        caller: HubConnection,
        provider: HubConnection,
        event: HubEvent,
        requestID: UnsafeRawBufferPointer,
        deadline: NIODeadline
    ) -> Bool {
        let hash = hash(caller, requestID)
        guard find(caller, requestID, hash) == nil else { return false }
        if count * 2 > bucketMask { growBuckets() }
        let number = takePlace()
        let place = place(number)
        place.pointee.caller = .passUnretained(caller)
        place.pointee.provider = .passUnretained(provider)
        place.pointee.event = event
        place.pointee.deadline = deadline
        place.pointee.hash = hash
        keep(requestID, place)
        fillBucket(number, hash)
        link(number, place, caller: caller, provider: provider)
        count += 1
        caller.callsInFlight += 1
        provider.unansweredCallCount += 1
        return true
    }

    private func takePlace() -> Int32 {
        if let number = free.popLast() { return number }
        let block = UnsafeMutablePointer<Place>.allocate(capacity: Self.blockSize)
        block.initialize(repeating: Place(), count: Self.blockSize)
        let first = Int32(blocks.count << Self.blockBits)
        blocks.append(block)
        free.append(contentsOf: (first + 1..<first + Int32(Self.blockSize)).reversed())
        return first
    }

    private func keep(_ id: UnsafeRawBufferPointer, _ place: UnsafeMutablePointer<Place>) {
        if place.pointee.idSpace.count < id.count {
            place.pointee.idSpace.deallocate()
            place.pointee.idSpace = .allocate(byteCount: max(64, id.count), alignment: 8)
        }
        place.pointee.idSpace.copyMemory(from: id)
        place.pointee.idCount = id.count
    }

    private func fillBucket(_ number: Int32, _ hash: UInt64) {
        var bucket = Int(truncatingIfNeeded: hash) & bucketMask
        while buckets[bucket] != Self.none { bucket = (bucket + 1) & bucketMask }
        buckets[bucket] = number
    }

    private func growBuckets() {
        let old = buckets
        let oldCount = bucketMask + 1
        bucketMask = oldCount * 2 - 1
        buckets = .allocate(capacity: bucketMask + 1)
        buckets.initialize(repeating: Self.none, count: bucketMask + 1)
        for bucket in 0..<oldCount where old[bucket] != Self.none {
            fillBucket(old[bucket], place(old[bucket]).pointee.hash)
        }
        old.deallocate()
    }

    func remove(_ number: Int32) {
        guard let caller = place(number).pointee.caller, let provider = place(number).pointee.provider else { return }
        remove(number, caller: caller.takeUnretainedValue(), provider: provider.takeUnretainedValue())
    }

    /// Removes a call whose ends are at hand.
    func remove(_ number: Int32, caller: HubConnection, provider: HubConnection) {
        let place = place(number)
        emptyBucket(of: number, place.pointee.hash)
        unlink(place, caller: caller, provider: provider)
        caller.callsInFlight -= 1
        provider.unansweredCallCount -= 1
        count -= 1
        place.pointee.caller = nil
        place.pointee.provider = nil
        place.pointee.event = nil
        free.append(number)
    }

    /// Closes the gap behind it, so that no search stops early (Knuth, The Art of Computer Programming, 6.4, algorithm R).
    private func emptyBucket(of number: Int32, _ hash: UInt64) {
        var gap = Int(truncatingIfNeeded: hash) & bucketMask
        while buckets[gap] != number { gap = (gap + 1) & bucketMask }
        var next = (gap + 1) & bucketMask
        while buckets[next] != Self.none {
            let home = Int(truncatingIfNeeded: place(buckets[next]).pointee.hash) & bucketMask
            if (next - home) & bucketMask >= (next - gap) & bucketMask {
                buckets[gap] = buckets[next]
                gap = next
            }
            next = (next + 1) & bucketMask
        }
        buckets[gap] = Self.none
    }

    // MARK: Lists

    private func link(
        _ number: Int32,
        _ place: UnsafeMutablePointer<Place>,
        caller: HubConnection,
        provider: HubConnection
    ) {
        place.pointee.byCaller = Links(next: caller.firstCallMade)
        if caller.firstCallMade != Self.none { self.place(caller.firstCallMade).pointee.byCaller.previous = number }
        caller.firstCallMade = number

        place.pointee.byProvider = Links(next: provider.firstCallTaken)
        if provider.firstCallTaken != Self.none {
            self.place(provider.firstCallTaken).pointee.byProvider.previous = number
        }
        provider.firstCallTaken = number

        place.pointee.byAge = Links(previous: newest)
        if newest == Self.none { oldest = number } else { self.place(newest).pointee.byAge.next = number }
        newest = number
    }

    private func unlink(_ place: UnsafeMutablePointer<Place>, caller: HubConnection, provider: HubConnection) {
        let made = place.pointee.byCaller
        if made.previous == Self.none {
            caller.firstCallMade = made.next
        } else {
            self.place(made.previous).pointee.byCaller.next = made.next
        }
        if made.next != Self.none { self.place(made.next).pointee.byCaller.previous = made.previous }

        let taken = place.pointee.byProvider
        if taken.previous == Self.none {
            provider.firstCallTaken = taken.next
        } else {
            self.place(taken.previous).pointee.byProvider.next = taken.next
        }
        if taken.next != Self.none { self.place(taken.next).pointee.byProvider.previous = taken.previous }

        let age = place.pointee.byAge
        if age.previous == Self.none {
            oldest = age.next
        } else {
            self.place(age.previous).pointee.byAge.next = age.next
        }
        if age.next == Self.none {
            newest = age.previous
        } else {
            self.place(age.next).pointee.byAge.previous = age.previous
        }
    }
}
