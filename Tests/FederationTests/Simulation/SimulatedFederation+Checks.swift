import NIOCore

@testable import Federation

/// What must hold once nothing changes any more.
extension SimulatedFederation {
    /// - Parameter isPlain: all bridges carry everything, so that a plain search of the hubs must come to the same lengths.
    func check(isPlain: Bool) {
        guard faults.isEmpty else { return }
        let expected = Expectation(self)
        checkTables(expected)
        checkHubs(expected)
        if isPlain { checkLengths(expected) }
        checkCallsEnded()
        guard faults.isEmpty else { return }
        probe(expected)
        checkCallsEnded()
    }

    /// Each bridge carries what is its to carry, by that way, and nothing else.
    private func checkTables(_ expected: Expectation) {
        var byBridge: [Int: [Int: [EndpointKey: [String]]]] = [:]
        for (place, way) in expected.ways {
            if let bridge = way.bridge { byBridge[bridge, default: [:]][place.hub, default: [:]][place.key] = way.path }
        }
        for bridge in bridges where bridge.isAlive {
            for side in Side.allCases where bridge.wire(side)?.isWhole == true {
                let right = byBridge[bridge.index]?[bridge.hub(side).index] ?? [:]
                let real = bridge.table.carriedKeys(side)
                guard right != real else { continue }
                let missing = right.filter { real[$0.key] != $0.value }.keys.sorted().prefix(3)
                let wrong = real.filter { right[$0.key] != $0.value }.keys.sorted().prefix(3)
                fail(
                    "\(bridge.name) on \(bridge.hub(side).id): lacks \(missing.map { "\($0) by \(right[$0] ?? [])" }), "
                        + "carries \(wrong.map { "\($0) by \(real[$0] ?? [])" })"
                )
            }
        }
    }

    /// Each hub has of each endpoint its own, or one proxy, or none.
    private func checkHubs(_ expected: Expectation) {
        for hub in hubs where hub.isUp {
            for (key, wires) in hub.registrations {
                let proxies = wires.filter(\.isBridge)
                let way = expected.ways[Expectation.Place(hub: hub.index, key: key)]
                if proxies.isEmpty { continue }
                let right = way?.bridge.map { bridges[$0].name }
                if proxies.map(\.clientID) != [right] || proxies.count != wires.count {
                    fail("\(key) on \(hub.id) is registered by \(wires.map(\.clientID)), not by \(right ?? "nobody")")
                }
            }
        }
        for (place, _) in expected.ways where place.key.kind != .source {
            if hubs[place.hub].registrations[place.key] == nil { fail("\(place.key) is not on \(hubs[place.hub].id)") }
        }
    }

    private func checkLengths(_ expected: Expectation) {
        var homes: [EndpointKey: [Int]] = [:]
        for (place, way) in expected.ways where way.bridge == nil { homes[place.key, default: []].append(place.hub) }
        for (key, origins) in homes {
            let distances = origins.map { Expectation.distances(self, from: $0) }
            for hub in hubs {
                let nearest = distances.compactMap { $0[hub.index] }.min().flatMap { $0 > limits.hopMaximum ? nil : $0 }
                let found = expected.ways[Expectation.Place(hub: hub.index, key: key)]?.path.count
                if nearest != found {
                    fail(
                        "\(key) is \(String(describing: nearest)) bridges from \(hub.id), not \(String(describing: found))"
                    )
                }
            }
        }
    }

    private func checkCallsEnded() {
        for program in programs where !program.openCalls.isEmpty {
            fail(
                "\(program.openCalls.count) calls of \(program.name) have not ended: \(program.openCalls.keys.sorted().prefix(3))"
            )
        }
        for hub in hubs where !hub.isIdle { fail("\(hub.id) still holds calls") }
    }

    // MARK: Messages in the quiet

    /// Everybody says everything once, and everyone whom it should reach gets it once.
    private func probe(_ expected: Expectation) {
        let drops = droppedCount
        var audience: [Int: [String]] = [:]
        var outcomes: [(program: SimulatedProgram, number: Int, right: Outcome)] = []
        let places = Places(expected)
        for program in programs where program.isPresent {
            for channel in program.channels {
                guard let number = program.broadcast(on: channel) else { continue }
                let origin = Expectation.Place(hub: program.hub.index, key: .source(channel, hub: program.hub.id))
                audience[number] = listeners(places.byOrigin[origin] ?? [], besides: program)
            }
            for key in program.endpoints where key.kind == .subscription {
                guard program.hub.registrations[key]?.first?.clientID == program.name else { continue }
                guard let number = program.publish(key) else { continue }
                let origin = Expectation.Place(hub: program.hub.index, key: key)
                audience[number] = subscribers(places.byOrigin[origin] ?? [])
            }
            for key in Set(calledKeys + places.events(on: program.hub)).sorted() {
                guard let number = program.call(key) else { continue }
                let way = expected.ways[Expectation.Place(hub: program.hub.index, key: key)]
                let provider = way.flatMap { hubs[$0.origin.hub].registrations[$0.origin.key]?.first }
                let name = way.map(\.origin.key.name) ?? ""
                outcomes.append(
                    (program, number, provider.map { .answered(by: "\($0.clientID) \(name)") } ?? .noProvider)
                )
            }
        }
        run(.seconds(10))
        for (number, right) in audience.sorted(by: { $0.key < $1.key }) {
            let real = programs.filter { $0.received[number] != nil }.map(\.name)
            if real != right { fail("message \(number) reached \(real), not \(right)") }
        }
        for (program, number, right) in outcomes where program.outcomes[number] != right {
            fail("a call of \(program.name) ended \(String(describing: program.outcomes[number])), not \(right)")
        }
        if droppedCount != drops { fail("\(droppedCount - drops) messages went in circles in the quiet") }
    }

    private struct Places {
        var byOrigin: [Expectation.Place: [Expectation.Place]] = [:]

        init(_ expected: Expectation) {
            for (place, way) in expected.ways {
                byOrigin[way.origin, default: []].append(place)
                if place.key.kind == .event { eventsByHub[place.hub, default: []].append(place.key) }
            }
        }

        private var eventsByHub: [Int: [EndpointKey]] = [:]

        func events(on hub: SimulatedHub) -> [EndpointKey] { eventsByHub[hub.index] ?? [] }
    }

    private func listeners(_ places: [Expectation.Place], besides sender: SimulatedProgram) -> [String] {
        let here = Set(places.map { "\($0.hub) \($0.key.channel)" })
        return programs.filter { program in
            program !== sender && program.isPresent
                && program.channels.contains { here.contains("\(program.hub.index) \($0)") }
        }.map(\.name)
    }

    private func subscribers(_ places: [Expectation.Place]) -> [String] {
        let here = Set(places)
        return programs.filter { program in
            program.isPresent
                && program.interests.contains { here.contains(Expectation.Place(hub: program.hub.index, key: $0)) }
        }.map(\.name)
    }

    /// What programs call: everything that anybody would provide.
    var calledKeys: [EndpointKey] {
        Set(programs.flatMap(\.endpoints).filter { $0.kind == .event }).sorted()
    }
}
