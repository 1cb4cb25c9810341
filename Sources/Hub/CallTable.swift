import HubProtocol
import NIOCore

/// The calls that wait for their answer.
///
/// A call is found by its caller and request id, and stands in three lists: its caller's, its provider's, and that of all calls by age. Its
/// place in memory is used again after it ends, id bytes included, so that a busy hub does not allocate for a call.
final class CallTable {
    /// Stands for no call.
    static let none: Int32 = -1

    struct Call {
        fileprivate(set) var caller: HubConnection?
        fileprivate(set) var provider: HubConnection?
        fileprivate(set) var event: HubEvent?
        fileprivate(set) var deadline: NIODeadline = .distantFuture
        /// The request id, a whole msgpack value; this memory belongs to the table.
        fileprivate var idSpace = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        fileprivate var idCount = 0
        fileprivate var byCaller = Links()
        fileprivate var byProvider = Links()
        fileprivate var byAge = Links()

        var requestID: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: idSpace[..<idCount]) }
    }

    struct Links {
        var previous = CallTable.none
        var next = CallTable.none
    }

    private struct Key: Hashable {
        let caller: ObjectIdentifier
        let requestID: NameKey
    }

    private var calls: ContiguousArray<Call> = []
    private var free: [Int32] = []
    private var index: [Key: Int32] = [:]
    private var oldest = CallTable.none
    private var newest = CallTable.none

    deinit {
        for call in calls { call.idSpace.deallocate() }
    }

    var count: Int { index.count }

    subscript(number: Int32) -> Call { calls[Int(number)] }

    /// When the oldest call has waited long enough; nil where none waits or none has a deadline.
    var nextDeadline: NIODeadline? {
        guard oldest != Self.none else { return nil }
        let deadline = calls[Int(oldest)].deadline
        return deadline == .distantFuture ? nil : deadline
    }

    /// The oldest call, if its time is up. All calls of a hub have the same timeout, so the oldest is first.
    func overdue(_ now: NIODeadline) -> Int32? {
        guard let deadline = nextDeadline, deadline <= now else { return nil }
        return oldest
    }

    func find(caller: HubConnection, requestID: UnsafeRawBufferPointer) -> Int32? {
        index[Key(caller: ObjectIdentifier(caller), requestID: NameKey(requestID))]
    }

    /// - Precondition: the caller has no call with this request id.
    func insert(
        caller: HubConnection,
        provider: HubConnection,
        event: HubEvent,
        requestID: UnsafeRawBufferPointer,
        deadline: NIODeadline
    ) {
        let number = take()
        let at = Int(number)
        calls[at].caller = caller
        calls[at].provider = provider
        calls[at].event = event
        calls[at].deadline = deadline
        keepID(requestID, at)
        index[Key(caller: ObjectIdentifier(caller), requestID: NameKey(calls[at].requestID))] = number
        link(number, \.byCaller, head: &caller.firstCallMade)
        link(number, \.byProvider, head: &provider.firstCallTaken)
        calls[at].byAge = Links(previous: newest, next: Self.none)
        if newest == Self.none { oldest = number } else { calls[Int(newest)].byAge.next = number }
        newest = number
        caller.callsInFlight += 1
        provider.unansweredCallCount += 1
    }

    private func take() -> Int32 {
        if let number = free.popLast() { return number }
        calls.append(Call())
        return Int32(calls.count - 1)
    }

    private func keepID(_ id: UnsafeRawBufferPointer, _ at: Int) {
        if calls[at].idSpace.count < id.count {
            calls[at].idSpace.deallocate()
            calls[at].idSpace = .allocate(byteCount: max(64, id.count), alignment: 8)
        }
        calls[at].idSpace.copyMemory(from: id)
        calls[at].idCount = id.count
    }

    func remove(_ number: Int32) {
        let at = Int(number)
        guard let caller = calls[at].caller, let provider = calls[at].provider else { return }
        index[Key(caller: ObjectIdentifier(caller), requestID: NameKey(calls[at].requestID))] = nil
        unlink(number, \.byCaller, head: &caller.firstCallMade)
        unlink(number, \.byProvider, head: &provider.firstCallTaken)
        let age = calls[at].byAge
        if age.previous == Self.none { oldest = age.next } else { calls[Int(age.previous)].byAge.next = age.next }
        if age.next == Self.none { newest = age.previous } else { calls[Int(age.next)].byAge.previous = age.previous }
        caller.callsInFlight -= 1
        provider.unansweredCallCount -= 1
        calls[at].caller = nil
        calls[at].provider = nil
        calls[at].event = nil
        free.append(number)
    }

    private func link(_ number: Int32, _ links: WritableKeyPath<Call, Links>, head: inout Int32) {
        calls[Int(number)][keyPath: links] = Links(previous: Self.none, next: head)
        if head != Self.none { calls[Int(head)][keyPath: links].previous = number }
        head = number
    }

    private func unlink(_ number: Int32, _ links: WritableKeyPath<Call, Links>, head: inout Int32) {
        let own = calls[Int(number)][keyPath: links]
        if own.previous == Self.none { head = own.next } else { calls[Int(own.previous)][keyPath: links].next = own.next }
        if own.next != Self.none { calls[Int(own.next)][keyPath: links].previous = own.previous }
    }
}
