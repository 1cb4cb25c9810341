import HubProtocol
import NIOCore
import TestSupport
import Testing

@testable import Hub

@Suite struct CallTableTests {
    private let event = HubEvent(name: Name("e"), channel: HubChannel(name: Name("c"), number: 1, presetKey: nil))
    private let clients = (0..<5).map {
        HubConnection(slot: $0, address: "", host: "", limits: HubLimits(), now: .uptimeNanoseconds(0))
    }

    private func insert(
        _ table: CallTable,
        _ caller: HubConnection,
        _ provider: HubConnection,
        _ id: [UInt8],
        deadline: NIODeadline = .distantFuture
    ) -> Bool {
        id.withUnsafeBytes {
            table.insert(caller: caller, provider: provider, event: event, requestID: $0, deadline: deadline)
        }
    }

    private func find(_ table: CallTable, _ caller: HubConnection, _ id: [UInt8]) -> Int32? {
        id.withUnsafeBytes { table.find(caller: caller, requestID: $0) }
    }

    private func bytes(_ number: Int) -> [UInt8] { Array("id-\(number)".utf8) }

    @Test func aCallIsFoundByItsCallerAndID() throws {
        let table = CallTable()
        #expect(insert(table, clients[0], clients[1], bytes(1)))
        let number = try #require(find(table, clients[0], bytes(1)))
        #expect(table[number].caller === clients[0])
        #expect(table[number].provider === clients[1])
        #expect(table[number].event === event)
        #expect(Array(table[number].requestID) == bytes(1))
        #expect(table.isProvider(clients[1], of: number))
        #expect(!table.isProvider(clients[0], of: number))
        #expect(find(table, clients[1], bytes(1)) == nil)
        #expect(find(table, clients[0], bytes(2)) == nil)
        table.remove(number)
        #expect(find(table, clients[0], bytes(1)) == nil)
        #expect(table.count == 0)
    }

    @Test func anIDThatItsCallerHasInFlightIsRefused() {
        let table = CallTable()
        #expect(insert(table, clients[0], clients[1], bytes(1)))
        #expect(!insert(table, clients[0], clients[2], bytes(1)))
        #expect(insert(table, clients[1], clients[2], bytes(1)))
        #expect(table.count == 2)
        #expect(clients[2].unansweredCallCount == 1)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 63, 64, 65, 1_024]) func idsOfEveryLengthAreTold(count: Int) {
        let table = CallTable()
        let one = [UInt8](repeating: 1, count: count)
        let other = one.dropLast() + [2]
        #expect(insert(table, clients[0], clients[1], one))
        #expect(insert(table, clients[0], clients[1], Array(other)))
        #expect(insert(table, clients[0], clients[1], one + [1]))
        #expect(find(table, clients[0], one) != find(table, clients[0], Array(other)))
    }

    @Test func aTableThatGrowsKeepsItsCalls() {
        let table = CallTable()
        for number in 0..<5_000 {
            #expect(insert(table, clients[number % 5], clients[(number + 1) % 5], bytes(number)))
        }
        #expect(table.count == 5_000)
        for number in 0..<5_000 {
            let found = find(table, clients[number % 5], bytes(number))
            #expect(found.map { Array(table[$0].requestID) } == bytes(number))
        }
        for number in 0..<5_000 { find(table, clients[number % 5], bytes(number)).map { table.remove($0) } }
        #expect(table.count == 0)
        #expect(clients.allSatisfy { $0.callsInFlight == 0 && $0.unansweredCallCount == 0 })
    }

    @Test func theOldestCallIsTheFirstOverdue() {
        let table = CallTable()
        func at(_ second: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(second) }
        #expect(table.nextDeadline == nil)
        for number in 1...4 { _ = insert(table, clients[0], clients[1], bytes(number), deadline: at(Int64(number))) }
        find(table, clients[0], bytes(1)).map { table.remove($0) }
        find(table, clients[0], bytes(3)).map { table.remove($0) }
        #expect(table.nextDeadline == at(2))
        #expect(table.overdue(at(1)) == nil)
        #expect(table.overdue(at(2)) == find(table, clients[0], bytes(2)))
        find(table, clients[0], bytes(2)).map { table.remove($0) }
        #expect(table.overdue(at(9)) == find(table, clients[0], bytes(4)))
    }

    @Test func callsWithoutDeadlineAreNeverOverdue() {
        let table = CallTable()
        _ = insert(table, clients[0], clients[1], bytes(1))
        #expect(table.nextDeadline == nil)
        #expect(table.overdue(.distantFuture) == nil)
    }

    // MARK: Against a model

    private struct Key: Hashable {
        let caller: Int
        let id: Int
    }

    @Test(arguments: [UInt64.random(in: .min ... .max), 1]) func itDoesWhatADictionaryDoes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let table = CallTable()
        var model: [Key: Int] = [:]
        for step in 0..<10_000 {
            // Phases of growth and of decline, so that chains of buckets form and break.
            let grows = step / 1_000 % 2 == 0
            let key = Key(caller: .random(in: 0..<5, using: &generator), id: .random(in: 0..<600, using: &generator))
            if Int.random(in: 0..<10, using: &generator) < (grows ? 7 : 3) {
                let provider = Int.random(in: 0..<5, using: &generator)
                let isNew = insert(table, clients[key.caller], clients[provider], bytes(key.id))
                if isNew != (model[key] == nil) { return fail(seed, step) }
                if isNew { model[key] = provider }
            } else {
                let found = find(table, clients[key.caller], bytes(key.id))
                if (found != nil) != (model[key] != nil) { return fail(seed, step) }
                if let found {
                    table.remove(found)
                    model[key] = nil
                }
            }
            if table.count != model.count { return fail(seed, step) }
            if step % 500 == 0, !agrees(table, model) { return fail(seed, step) }
        }
        #expect(agrees(table, model), "seed \(seed)")
        emptyByClients(table)
        #expect(table.count == 0, "seed \(seed)")
    }

    private func fail(_ seed: UInt64, _ step: Int) {
        Issue.record("the table and its model differ: seed \(seed), step \(step)")
    }

    private func agrees(_ table: CallTable, _ model: [Key: Int]) -> Bool {
        for (key, provider) in model {
            guard let found = find(table, clients[key.caller], bytes(key.id)),
                table.isProvider(clients[provider], of: found), Array(table[found].requestID) == bytes(key.id)
            else { return false }
        }
        for (number, client) in clients.enumerated() {
            guard client.callsInFlight == model.keys.count(where: { $0.caller == number }),
                client.unansweredCallCount == model.values.count(where: { $0 == number })
            else { return false }
        }
        return true
    }

    /// Through the lists of callers and providers in turn.
    private func emptyByClients(_ table: CallTable) {
        for (number, client) in clients.enumerated() {
            if number % 2 == 0 {
                while client.firstCallMade != CallTable.none { table.remove(client.firstCallMade) }
                #expect(client.callsInFlight == 0)
            } else {
                while client.firstCallTaken != CallTable.none { table.remove(client.firstCallTaken) }
                #expect(client.unansweredCallCount == 0)
            }
        }
        for client in clients {
            while client.firstCallMade != CallTable.none { table.remove(client.firstCallMade) }
            #expect(client.firstCallTaken == CallTable.none || client.unansweredCallCount > 0)
        }
    }

    @Test func callsEndFromTheOldestWhateverWasRemovedBetween() {
        var generator = SeededGenerator(seed: 7)
        let table = CallTable()
        var waiting: [Int] = []
        for number in 0..<300 {
            let deadline = NIODeadline.uptimeNanoseconds(UInt64(number) + 1)
            _ = insert(table, clients[0], clients[1], bytes(number), deadline: deadline)
            waiting.append(number)
            if let index = waiting.indices.randomElement(using: &generator), number % 3 == 0 {
                find(table, clients[0], bytes(waiting.remove(at: index))).map { table.remove($0) }
            }
        }
        for number in waiting {
            let overdue = table.overdue(.distantFuture)
            #expect(overdue != nil)
            #expect(overdue == find(table, clients[0], bytes(number)))
            overdue.map { table.remove($0) }
        }
        #expect(table.overdue(.distantFuture) == nil)
    }
}
