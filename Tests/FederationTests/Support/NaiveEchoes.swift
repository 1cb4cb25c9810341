import Federation
import MQTTProtocol
import NIOCore

/// What an `EchoWindow` is to do, with a list that is walked from its start each time.
struct NaiveEchoes {
    private struct Entry {
        let text: String
        let qos: QoS
        let number: Int
        /// nil: not yet acknowledged.
        var since: NIODeadline?
        var spareCount = 0
        /// It came back before its acknowledgement.
        var isHeard = false
    }

    let countMaximum: Int
    let age: TimeAmount
    private var list: [Entry] = []
    private var aging: [Int] = []
    private var isCut = false
    private var lastNumber = 0
    private(set) var overflowCount: UInt64 = 0
    private(set) var lateCount: UInt64 = 0

    init(countMaximum: Int, age: TimeAmount) {
        self.countMaximum = countMaximum
        self.age = age
    }

    var count: Int { list.count }

    private mutating func remove(_ isOut: (Entry) -> Bool) {
        list.removeAll(where: isOut)
        let numbers = Set(list.map(\.number))
        aging.removeAll { !numbers.contains($0) }
    }

    private mutating func forgetLate(_ now: NIODeadline) {
        guard !isCut else { return }
        let count = list.count
        let age = age
        remove { entry in entry.since.map { $0 + age <= now } ?? false }
        lateCount += UInt64(count - list.count)
    }

    mutating func expect(_ text: String, _ qos: QoS, _ now: NIODeadline) -> Int {
        forgetLate(now)
        if list.count == countMaximum {
            overflowCount += 1
            let oldest = aging.first ?? list[0].number
            remove { $0.number == oldest }
        }
        lastNumber += 1
        list.append(Entry(text: text, qos: qos, number: lastNumber, since: qos == .atMostOnce ? now : nil))
        if qos == .atMostOnce { aging.append(lastNumber) }
        return lastNumber
    }

    mutating func isEcho(_ text: String, _ now: NIODeadline) -> Bool {
        forgetLate(now)
        guard let index = list.firstIndex(where: { $0.text == text && !$0.isHeard }) else { return false }
        if list[index].spareCount > 0 {
            list[index].spareCount -= 1
        } else if list[index].since == nil {
            list[index].isHeard = true
        } else {
            let number = list[index].number
            remove { $0.number == number }
        }
        return true
    }

    mutating func acknowledged(_ number: Int, now: NIODeadline) {
        guard let index = list.firstIndex(where: { $0.number == number }), list[index].since == nil else { return }
        guard !list[index].isHeard else { return remove { $0.number == number } }
        list[index].since = now
        aging.append(number)
    }

    mutating func forget(_ number: Int) { remove { $0.number == number } }

    mutating func linkCut(inFlight: Int) {
        isCut = true
        remove { $0.qos == .atMostOnce }
        for index in list.indices.filter({ list[$0].since == nil }).prefix(inFlight)
        where list[index].qos == .atLeastOnce {
            if list[index].isHeard { list[index].isHeard = false } else { list[index].spareCount += 1 }
        }
    }

    mutating func linkUp(sessionPresent: Bool, now: NIODeadline) {
        isCut = false
        if !sessionPresent {
            remove { $0.since != nil }
            for index in list.indices {
                list[index].spareCount = 0
                list[index].isHeard = false
            }
        }
        for index in list.indices where list[index].since != nil { list[index].since = now }
    }
}
