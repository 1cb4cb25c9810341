import NIOCore

@testable import Federation

/// What goes wrong in a federation.
enum Trouble: String, CaseIterable {
    case kill, restart, freeze, stall, halfOpen, cut, hubRestart, flicker

    /// Whether it delays messages beyond the silence of a takeover.
    var isBeyondDelays: Bool { self == .stall }
}

extension SimulatedFederation {
    func cause(_ trouble: Trouble) {
        let bridge = bridges[pick(bridges.count)]
        let side = chance(50) ? Side.first : .second
        switch trouble {
        case .kill: bridge.kill()
        case .restart:
            bridge.kill()
            after(.milliseconds(pick(0...2_000))) { bridge.start() }
        case .freeze: bridge.freeze(for: .milliseconds(pick(100...12_000)))
        case .stall: bridge.wire(side)?.stall(.seconds(2))
        case .halfOpen: bridge.wire(side)?.becomeHalfOpen()
        case .cut:
            bridge.wire(side)?.cut()
            bridge.isBarred[side.index] = chance(70)
            after(.milliseconds(pick(0...8_000))) { bridge.isBarred[side.index] = false }
        case .hubRestart: hubs[pick(hubs.count)].restart(after: .milliseconds(pick(0...2_000)))
        case .flicker:
            let program = programs[pick(programs.count)]
            if chance(30) {
                program.stop()
                after(.milliseconds(pick(0...2_000))) { program.start() }
            } else if !program.endpoints.isEmpty {
                program.flicker(program.endpoints[pick(program.endpoints.count)], for: pick(500))
            }
        }
    }

    /// Puts right what does not come right by itself.
    func heal() {
        for bridge in bridges { bridge.start() }
    }

    /// Programs talk, about every `interval`.
    func talk(every interval: TimeAmount, for time: TimeAmount) {
        let end = now + time
        talk(every: interval, until: end)
    }

    private func talk(every interval: TimeAmount, until end: NIODeadline) {
        guard now < end, !programs.isEmpty else { return }
        let program = programs[pick(programs.count)]
        let subscriptions = program.endpoints.filter { $0.kind == .subscription }
        switch pick(3) {
        case 0: if let channel = program.channels.first { _ = program.broadcast(on: channel) }
        case 1: if let key = subscriptions.first { _ = program.publish(key) }
        default:
            let keys = calledKeys
            if !keys.isEmpty { _ = program.call(keys[pick(keys.count)]) }
        }
        after(.nanoseconds(pick(0...2 * interval.nanoseconds))) { [self] in talk(every: interval, until: end) }
    }
}
