import MQTTProtocol
import NIOCore
import Testing

@testable import Federation

@Suite struct EchoWindowTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func window(countMaximum: Int = 65_536) -> EchoWindow {
        var limits = EchoWindow.Limits()
        limits.countMaximum = countMaximum
        limits.age = .seconds(60)
        return EchoWindow(limits: limits)
    }

    @Test func eachMessageComesBackOnce() {
        var window = Self.window()
        window.expect("a", "1", .atMostOnce, start)
        window.expect("a", "1", .atMostOnce, start)
        #expect(window.isEcho("a", "2", start) == false)
        #expect(window.isEcho("b", "1", start) == false)
        #expect(window.isEcho("a", "1", start) == true)
        #expect(window.isEcho("a", "1", start) == true)
        #expect(window.isEcho("a", "1", start) == false)
        #expect(window.count == 0)
    }

    /// The broker sends again what it has no PUBACK of. That is the same echo, and neither the next one nor somebody else's message.
    @Test func anEchoWhoseAcknowledgementWasLostComesAgain() {
        var window = Self.window()
        for _ in 1...2 { window.acknowledged(window.expect("a", "1", .atLeastOnce, start), now: start) }
        #expect(window.isEcho("a", "1", start, packetID: 7) == true)
        window.linkCut(inFlight: 0)
        window.linkUp(sessionPresent: true, now: start)
        #expect(window.isEcho("a", "1", start, packetID: 7, isDuplicate: true) == true)
        #expect(window.count == 1)
        #expect(window.isEcho("a", "1", start, packetID: 8) == true)
        #expect(window.count == 0)
        #expect(window.isEcho("a", "1", start, packetID: 7) == false)
        #expect(window.isEcho("a", "1", start, packetID: 9, isDuplicate: true) == false)
        #expect(window.isEcho("b", "1", start, packetID: 8, isDuplicate: true) == false)
        window.linkCut(inFlight: 0)
        window.linkUp(sessionPresent: true, now: start)
        #expect(window.isEcho("a", "1", start, packetID: 8, isDuplicate: true) == true)
        // Another session's identifiers are others.
        window.linkCut(inFlight: 0)
        window.linkUp(sessionPresent: false, now: start)
        #expect(window.isEcho("a", "1", start, packetID: 8, isDuplicate: true) == false)
    }

    @Test func manyEchoesAreRememberedAndNotAll() {
        var window = Self.window()
        for number in 1...UInt16(1_500) {
            window.expect("a", "\(number)", .atMostOnce, start)
            #expect(window.isEcho("a", "\(number)", start, packetID: number) == true)
        }
        #expect(window.isEcho("a", "1500", start, packetID: 1_500, isDuplicate: true) == true)
        #expect(window.isEcho("a", "477", start, packetID: 477, isDuplicate: true) == true)
        #expect(window.isEcho("a", "476", start, packetID: 476, isDuplicate: true) == false)
    }

    /// The bytes of both together are the same.
    @Test func whereTheTopicEndsIsPartOfIt() {
        var window = Self.window()
        window.expect("ab", "c", .atMostOnce, start)
        window.expect("a", "", .atMostOnce, start)
        #expect(window.isEcho("a", "bc", start) == false)
        #expect(window.isEcho("a", "\0", start) == false)
        #expect(window.count == 2)
    }

    @Test func whatDoesNotComeBackInTimeIsForgotten() {
        var window = Self.window()
        window.expect("a", "1", .atMostOnce, start)
        window.expect("a", "1", .atMostOnce, start + .seconds(30))
        #expect(window.isEcho("a", "1", start + .seconds(60)) == true)
        #expect(window.lateCount == 1)
        #expect(window.isEcho("a", "1", start + .seconds(60)) == false)
        window.expect("b", "1", .atMostOnce, start + .seconds(60))
        #expect(window.isEcho("b", "1", start + .seconds(120)) == false)
        #expect(window.lateCount == 2)
    }

    @Test func oneThatWaitsForItsAcknowledgementGrowsNoOlder() {
        var window = Self.window()
        let ticket = window.expect("a", "1", .atLeastOnce, start)
        #expect(window.isEcho("b", "1", start + .hours(10)) == false)
        #expect(window.count == 1)
        window.acknowledged(ticket, now: start + .hours(10))
        // Said again, it changes nothing.
        window.acknowledged(ticket, now: start + .hours(10) + .seconds(30))
        var earlier = window
        #expect(earlier.isEcho("a", "1", start + .hours(10) + .seconds(59)) == true)
        #expect(window.isEcho("a", "1", start + .hours(10) + .seconds(60)) == false)
        #expect(window.lateCount == 1)
    }

    @Test func aTicketOfAMessageThatCameBackMeansNothing() {
        var window = Self.window()
        let old = window.expect("a", "1", .atLeastOnce, start)
        #expect(window.isEcho("a", "1", start) == true)
        #expect(window.isEcho("a", "1", start) == false)
        window.acknowledged(old, now: start)
        #expect(window.count == 0)
        // It takes the old one's place.
        let new = window.expect("b", "1", .exactlyOnce, start)
        #expect(old != new)
        window.acknowledged(old, now: start)
        window.forget(old)
        #expect(window.count == 1)
        #expect(window.isEcho("c", "1", start + .hours(1)) == false)
        #expect(window.count == 1)
        window.forget(new)
        window.forget(new)
        #expect(window.count == 0)
        #expect(window.isEcho("b", "1", start) == false)
        #expect(window.lateCount == 0)
    }

    /// A broker may deliver a message before it acknowledges it. What was not acknowledged is sent again, and published again where the broker
    /// does not know it for the same: at QoS 1, or without its session.
    @Test(arguments: [QoS.atLeastOnce, .exactlyOnce], [false, true])
    func whatCameBackBeforeItsAcknowledgementMayComeAgain(_ qos: QoS, _ isPresent: Bool) {
        var window = Self.window()
        let ticket = window.expect("a", "1", qos, start)
        #expect(window.isEcho("a", "1", start) == true)
        window.linkCut(inFlight: 1)
        window.linkUp(sessionPresent: isPresent, now: start)
        #expect(window.isEcho("a", "1", start) == (qos == .atLeastOnce || !isPresent))
        #expect(window.isEcho("a", "1", start) == false)
        window.acknowledged(ticket, now: start)
        #expect(window.count == 0)
    }

    @Test func beyondTheBoundTheOldestIsForgotten() {
        var window = Self.window(countMaximum: 2)
        window.expect("waits", "", .atLeastOnce, start)
        window.expect("a", "", .atMostOnce, start)
        window.expect("b", "", .atMostOnce, start)
        #expect(window.count == 2)
        #expect(window.overflowCount == 1)
        #expect(window.isEcho("a", "", start) == false)
        #expect(window.isEcho("b", "", start) == true)
        // Where none grows older, it is the one that was published first.
        window.expect("waits too", "", .exactlyOnce, start)
        window.expect("and this", "", .exactlyOnce, start)
        #expect(window.overflowCount == 2)
        #expect(window.isEcho("waits", "", start) == false)
        #expect(window.isEcho("waits too", "", start) == true)
    }

    @Test func aBoundBelowOneIsOne() {
        var window = Self.window(countMaximum: 0)
        window.expect("a", "", .atMostOnce, start)
        window.expect("b", "", .atMostOnce, start)
        #expect(window.isEcho("b", "", start) == true)
        #expect(window.overflowCount == 1)
    }

    // MARK: The link

    @Test func aCutTakesWhatHasNoQoS() {
        var window = Self.window()
        window.expect("a", "0", .atMostOnce, start)
        window.acknowledged(window.expect("a", "1", .atLeastOnce, start), now: start)
        window.linkCut(inFlight: 0)
        #expect(window.isEcho("a", "0", start) == false)
        #expect(window.count == 1)
        #expect(window.lateCount == 0)
    }

    @Test func noTimePassesWhileTheLinkIsDown() {
        var window = Self.window()
        window.acknowledged(window.expect("a", "1", .atLeastOnce, start), now: start)
        window.linkCut(inFlight: 0)
        window.expect("b", "1", .exactlyOnce, start + .hours(1))
        #expect(window.count == 2)
        window.linkUp(sessionPresent: true, now: start + .hours(2))
        #expect(window.isEcho("a", "1", start + .hours(2) + .seconds(59)) == true)
    }

    /// One of QoS 1 had arrived, and is published again; one of QoS 2 is not; one in the outbox was not sent.
    @Test func whatIsSentAgainMayComeTwice() {
        var window = Self.window()
        window.expect("one", "", .atLeastOnce, start)
        window.expect("two", "", .exactlyOnce, start)
        window.expect("outbox", "", .atLeastOnce, start)
        window.linkCut(inFlight: 2)
        window.linkUp(sessionPresent: true, now: start)
        #expect(window.isEcho("one", "", start) == true)
        #expect(window.isEcho("one", "", start) == true)
        #expect(window.isEcho("one", "", start) == false)
        #expect(window.isEcho("two", "", start) == true)
        #expect(window.isEcho("two", "", start) == false)
        #expect(window.isEcho("outbox", "", start) == true)
        #expect(window.isEcho("outbox", "", start) == false)
    }

    @Test func aSessionThatIsGoneBringsNothingBack() {
        var window = Self.window()
        window.acknowledged(window.expect("done", "", .atLeastOnce, start), now: start)
        window.expect("sent", "", .atLeastOnce, start)
        window.linkCut(inFlight: 1)
        window.linkUp(sessionPresent: false, now: start)
        #expect(window.isEcho("done", "", start) == false)
        #expect(window.isEcho("sent", "", start) == true)
        #expect(window.isEcho("sent", "", start) == false)
    }
}
