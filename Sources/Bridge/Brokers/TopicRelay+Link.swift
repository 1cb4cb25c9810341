import Federation
import MQTTProtocol
import NIOCore

/// Coming up: CONNACK, SUBACK for everything, a message of our own heard again, and only then messages.
extension TopicRelay {
    func brokerAccepted(_ connected: MQTTClientSession.Connected, _ end: BrokerEnd) {
        end.version = connected.version
        end.keepsRetained = connected.isRetainAvailable
        end.correctionCount = 0
        end.echo.linkUp(sessionPresent: connected.sessionPresent, now: now)
        if !connected.sessionPresent || connected.mayBeFresh {
            end.hasFreshSession = true
            end.isSubscribed = false
        }
        if !connected.sessionPresent {
            // What this session had not acknowledged is gone from it, and what it sends again is new to us.
            end.unacknowledgedCount = 0
            end.countedEpoch = connected.epoch
        }
        end.phase = .subscribing
        end.stepDeadline = now + end.settings.answerTimeout
        end.hasEchoes = connected.version == .v3_1_1 && !end.honoursMark
        end.maximumQoS = connected.maximumQoS
        unsubscribeStale(end, connected)
        subscribe(end, connected)
        subscriptionsSettled(end)
    }

    func subscriptionsSettled(_ end: BrokerEnd) {
        guard end.phase == .subscribing, end.subscribing.isEmpty else { return }
        end.isSubscribed = true
        end.phase = .probing
        guard end.hearing != .deaf else { return cameUp(end) }
        sendProbe(end)
        if end.version == .v3_1_1, end.settings.session.hasBridgeBit { askBehindProbe(end) }
    }

    // MARK: Hearing our own message

    func sendProbe(_ end: BrokerEnd) {
        end.probeCount &+= 1
        end.probeDeadline = now + end.settings.answerTimeout
        end.stepDeadline = nil
        publishOwn(end.topics.probe, payload: Array(probeWords(end).utf8), qos: .atMostOnce, isRetained: false, on: end)
    }

    private func probeWords(_ end: BrokerEnd) -> String { "\(instance) \(end.probeCount)" }

    func probeReturned(_ payload: UnsafeRawBufferPointer, _ end: BrokerEnd) {
        guard !fenceReturned(payload, end) else { return }
        guard payload.elementsEqual(probeWords(end).utf8) else { return }
        end.probeDeadline = nil
        // A broker that was asked for no echoes and sends this one sends all.
        end.hearing = .heard
        end.honoursMark = false
        end.hasEchoes = end.version == .v3_1_1
        if end.phase == .probing { cameUp(end) } else if end.isLooking { looked(end) }
    }

    func probeLate(_ end: BrokerEnd) {
        end.probeDeadline = nil
        switch end.hearing {
        case .heard:
            close(
                end,
                "the broker takes messages and no longer delivers them: a message of the bridge's own did not come back"
            )
        case .unknown, .deaf:
            end.hearing = .deaf
            if end.settings.session.hasBridgeBit, end.version == .v3_1_1 {
                end.honoursMark = true
                end.hasEchoes = false
            } else {
                say(
                    .warning,
                    "a message of the bridge's own did not come back: may it publish and subscribe there? The link counts as up",
                    [("peer", end.settings.name), ("topic", end.topics.probe)]
                )
            }
            if end.phase == .probing { cameUp(end) } else if end.isLooking { looked(end) }
        }
    }

    // MARK: Up and down

    private func cameUp(_ end: BrokerEnd) {
        end.phase = .up
        end.stepDeadline = nil
        end.publishedState = end.storedState
        settleBrokerID(end)
        end.session.releasePublishes(now: now)
        outputs.append(.steady(end.side))
        say(.notice, "connected", [("peer", end.settings.name), ("protocol", "\(end.version)")])
        if first.isUp, second.isUp { takeMemory() }
        joinRoutes(end)
        if first.isUp, second.isUp { joined() }
        tellStates()
    }

    /// Both sides are up.
    private func joined() {
        beginDrain()
        beginCatchingUp()
        beginReading()
    }

    func wentDown(_ end: BrokerEnd, because words: String) {
        let wasUp = end.isUp
        noteMemoryScope()
        end.phase = .offline
        end.subscribing = [:]
        end.probeDeadline = nil
        end.stepDeadline = nil
        end.publishedState = nil
        end.fence = nil
        end.storedState = nil
        end.expectedStates = []
        end.echo.linkCut(inFlight: end.session.inFlightCount)
        leaveRoutes(end)
        ledger.connectionLost(to: end.side)
        endReading()
        if wasUp { say(.warning, "connection lost", [("peer", end.settings.name), ("reason", words)]) }
        tellStates()
    }

    func sessionClosed(_ failure: MQTTSessionFailure, _ end: BrokerEnd) {
        outputs.append(.close(end.side, failure))
    }

    /// Ends a connection that does not do what it should; the link dials again.
    func close(_ end: BrokerEnd, _ words: String) {
        say(.warning, words, [("peer", end.settings.name)])
        end.session.end(reason: .unspecifiedError)
        takeEvents(of: end)
    }

    /// The link is to go to another address.
    func giveUp(_ side: Side) {
        let end = end(side)
        end.session.end(reason: .success)
        takeEvents(of: end)
    }

    // MARK: State topics

    private static let correctionMaximum = 10
    /// Of a broker that does not let the bridge hear what it says there.
    private static let expectedStateMaximum = 16

    /// `1` on a broker's state topic says that the bridge joins it to the other one now; the broker itself says `0` by the will.
    func tellStates() {
        for end in [first, second] where end.isUp { tellState(end, first.isUp && second.isUp && !isStopping) }
    }

    private func tellState(_ end: BrokerEnd, _ state: Bool) {
        guard let topic = end.settings.stateTopic, end.publishedState != state else { return }
        end.publishedState = state
        if end.hearing == .heard, end.expectedStates.count < Self.expectedStateMaximum {
            end.expectedStates.append(state)
        }
        publishOwn(topic, payload: [UInt8(ascii: state ? "1" : "0")], qos: .atLeastOnce, isRetained: true, on: end)
    }

    private static func state(_ payload: UnsafeRawBufferPointer) -> Bool? {
        guard payload.count == 1 else { return nil }
        switch payload[0] {
        case UInt8(ascii: "1"): return true
        case UInt8(ascii: "0"): return false
        default: return nil
        }
    }

    /// Somebody, most likely the will of our own last connection, has said something on our state topic.
    func heardState(_ payload: UnsafeRawBufferPointer, isStored: Bool, _ end: BrokerEnd) {
        guard end.isUp else {
            // What is said meanwhile may be retained or not: then it has to be said again.
            end.storedState = isStored ? Self.state(payload) : nil
            return
        }
        if let expected = end.expectedStates.first, Self.state(payload) == expected {
            end.expectedStates.removeFirst()
            return
        }
        guard let state = end.publishedState, Self.state(payload) != state else { return }
        // Two bridges of one name would go on correcting each other.
        guard end.correctionCount < Self.correctionMaximum else { return }
        end.correctionCount += 1
        end.publishedState = nil
        tellState(end, state)
    }

    // MARK: Our own messages

    @discardableResult
    func publishOwn(
        _ topic: String,
        payload: [UInt8],
        qos: QoS,
        isRetained: Bool,
        on end: BrokerEnd
    ) -> Bool {
        end.session.publishOwn(topic, payload: payload, qos: qos, isRetained: isRetained, now: now)
    }
}

extension Array {
    func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
