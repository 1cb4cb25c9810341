import Federation
import MQTTProtocol
import NIOCore
import TestSupport
import Testing

/// Whatever is done to it, the window says what a plain list says.
@Suite struct EchoWindowComparisonTests {
    /// Small enough that it overflows, and large enough that its table grows.
    @Test(arguments: [UInt64.random(in: .min ... .max), 1, 2], [3, 40, 1_000])
    func itDoesWhatAListDoes(seed: UInt64, countMaximum: Int) {
        var generator = SeededGenerator(seed: seed)
        var limits = EchoWindow.Limits()
        limits.countMaximum = countMaximum
        limits.age = .milliseconds(300)
        var window = EchoWindow(limits: limits)
        var list = NaiveEchoes(countMaximum: countMaximum, age: limits.age)
        var tickets: [(EchoWindow.Ticket, Int)] = []
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var isUp = true
        var echoCount = 0
        var longest = 0
        for step in 0..<6_000 {
            if Int.random(in: 0..<3, using: &generator) == 0 {
                now = now + .milliseconds(Int64.random(in: 0...2, using: &generator))
            }
            let text = "\(Int.random(in: 0..<countMaximum, using: &generator))"
            switch Int.random(in: 0..<200, using: &generator) {
            case ..<100:
                let qos: QoS =
                    [.atMostOnce, .atLeastOnce, .exactlyOnce].randomElement(using: &generator) ?? .atMostOnce
                guard isUp || qos != .atMostOnce else { continue }
                tickets.append((window.expect("t", text, qos, now), list.expect(text, qos, now)))
            case 100..<150:
                guard isUp else { continue }
                let isEcho = window.isEcho("t", text, now)
                if isEcho { echoCount += 1 }
                #expect(isEcho == list.isEcho(text, now), "seed \(seed), step \(step)")
            case 150..<190:
                // Mostly the latest, but also such as mean nothing any more.
                guard isUp, let (ticket, number) = tickets.suffix(100).randomElement(using: &generator) else {
                    continue
                }
                window.acknowledged(ticket, now: now)
                list.acknowledged(number, now: now)
            case 190..<198:
                guard let (ticket, number) = tickets.suffix(300).randomElement(using: &generator) else { continue }
                window.forget(ticket)
                list.forget(number)
            case _ where isUp:
                let inFlight = Int.random(in: 0...20, using: &generator)
                window.linkCut(inFlight: inFlight)
                list.linkCut(inFlight: inFlight)
                isUp = false
            case _:
                let isPresent = Bool.random(using: &generator)
                window.linkUp(sessionPresent: isPresent, now: now)
                list.linkUp(sessionPresent: isPresent, now: now)
                isUp = true
            }
            longest = max(longest, window.count)
            if window.count != list.count || window.lateCount != list.lateCount
                || window.overflowCount != list.overflowCount
            {
                Issue.record("seed \(seed), step \(step): \(window.count) instead of \(list.count)")
                return
            }
        }
        // Otherwise nothing was compared.
        #expect(echoCount > 50 && longest >= min(countMaximum, 65), "seed \(seed)")
        #expect(countMaximum > 40 || window.overflowCount > 0, "seed \(seed)")
    }
}
