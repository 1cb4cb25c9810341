import HubProtocol
import TestSupport
import Testing

/// A scanner remembers its last envelope; it must find in the next body what one without memory finds.
@Suite("Scanning bodies that resemble the one before")
struct RepeatedEnvelopeTests {
    private static let payloads: [Value] = [
        nil, true, 7, 300, "", "text", .string(String(repeating: "é", count: 40)), .binary([]),
        .binary([UInt8](repeating: 9, count: 128)), .binary([UInt8](repeating: 9, count: 70_000)),
        [1, [2, ["x": nil]]],
        ["a": 1, "b": [1, 2, 3]], .ext([5, 1, 2]), .double(0.5),
    ]

    private static func entries(_ generator: inout some RandomNumberGenerator) -> [(String, Value)] {
        var entries: [(String, Value)] = [
            ("type", .string(["broadcast", "publish", "receive", "send", "call"].randomElement(using: &generator)!)),
            ("channel", "room"), ("event", .string(["tick", "tock"].randomElement(using: &generator)!)),
            ("data", payloads.randomElement(using: &generator)!),
        ]
        let others: [(String, Value)] = [
            ("sender_id", "eve"), ("path", ["hub-a"]), ("timestamp", 1_700_000_000), ("origin_server_id", "hub-a"),
            ("is_final", false), ("unknown", ["k": 1]), ("sub_name", "news"), ("target_id", "bob"), ("request_id", nil),
            ("is_stream", 1),
        ]
        entries += others.filter { _ in Bool.random(using: &generator) }
        return Bool.random(using: &generator) ? entries : entries.shuffled(using: &generator)
    }

    private static func result(
        _ scanner: borrowing EnvelopeScanner,
        _ body: [UInt8]
    ) -> Result<Envelope, HubProtocolError> {
        body.withUnsafeBytes { bytes in
            do throws(HubProtocolError) {
                return .success(try scanner.scan(bytes))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test("finds what a scanner without memory finds", arguments: 1...40 as ClosedRange<UInt64>)
    func equal(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let warm = EnvelopeScanner(depthMaximum: 16)
        var entries = Self.entries(&generator)
        for _ in 0..<60 {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: entries = Self.entries(&generator)
            case 1...3:
                // The same message with another payload.
                let index = entries.firstIndex { $0.0 == "data" }!
                entries[index].1 = Self.payloads.randomElement(using: &generator)!
            default: break
            }
            var body = Body(entries).bytes
            if Int.random(in: 0..<4, using: &generator) == 0 {
                let at = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: body[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: body.remove(at: at)
                default: body.insert(UInt8.random(in: 0...255, using: &generator), at: at)
                }
            }
            let fresh = EnvelopeScanner(depthMaximum: 16)
            #expect(Self.result(warm, body) == Self.result(fresh, body), "seed \(seed): \(body.prefix(400))")
        }
    }
}
