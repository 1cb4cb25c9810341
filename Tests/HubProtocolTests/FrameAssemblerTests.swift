import HubProtocol
import Testing

@Suite("Cutting a stream into frames")
struct FrameAssemblerTests {
    /// What came out of a stream, and what ended it early.
    private struct Outcome: Equatable {
        var bodies: [[UInt8]] = []
        var error: HubProtocolError?
        var isMidFrame = false
    }

    private static func feed(_ reads: [[UInt8]], maximum: Int = 1 << 20) -> Outcome {
        var assembler = FrameAssembler(bodyByteMaximum: maximum)
        var outcome = Outcome()
        for read in reads where outcome.error == nil {
            read.withUnsafeBytes { raw in
                var input = FrameInput(raw)
                do throws(HubProtocolError) {
                    while let body = try assembler.next(&input) { outcome.bodies.append(Array(body)) }
                    #expect(input.offset == raw.count, "a read is used up")
                } catch {
                    outcome.error = error
                }
            }
            assembler.readEnded()
        }
        outcome.isMidFrame = assembler.isMidFrame
        return outcome
    }

    private static func pieces(_ stream: [UInt8], step: Int) -> [[UInt8]] {
        stride(from: 0, to: stream.count, by: step).map { Array(stream[$0..<min($0 + step, stream.count)]) }
    }

    private static func body(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
    }

    private static func stream(_ bodies: [[UInt8]]) -> [UInt8] { bodies.flatMap { header($0.count) + $0 } }

    private static let few = [body(5), body(0), body(1), body(7)]
    private static let many = [0, 1, 3, 4, 507, 508, 509, 511, 512, 513, 0, 2_000, 1, 20_000, 2].map(body)

    @Test("gives several frames of one read, in order")
    func whole() {
        #expect(Self.feed([Self.stream(Self.many)]) == Outcome(bodies: Self.many))
    }

    @Test("gives the same however the stream is cut into steps", arguments: [1, 3, 64, 511, 4_096])
    func steps(_ step: Int) {
        #expect(Self.feed(Self.pieces(Self.stream(Self.many), step: step)) == Outcome(bodies: Self.many))
    }

    @Test("gives the same wherever the stream is cut in two")
    func everyCut() {
        let stream = Self.stream(Self.few)
        for cut in 0...stream.count {
            #expect(
                Self.feed([Array(stream[..<cut]), Array(stream[cut...])]) == Outcome(bodies: Self.few),
                "cut at \(cut)"
            )
        }
    }

    @Test("gives the same wherever the stream is cut in three")
    func everyTwoCuts() {
        let stream = Self.stream(Self.few)
        for first in 0...stream.count {
            for second in first...stream.count {
                let reads = [Array(stream[..<first]), Array(stream[first..<second]), Array(stream[second...])]
                if Self.feed(reads) != Outcome(bodies: Self.few) { Issue.record("cut at \(first) and \(second)") }
            }
        }
    }

    @Test("takes a body without bytes as a frame")
    func zeroLength() {
        #expect(Self.feed([header(0)]) == Outcome(bodies: [[]]))
        #expect(Self.feed([header(0) + header(0)]) == Outcome(bodies: [[], []]))
        #expect(Self.feed(Self.pieces(header(0) + header(0), step: 1)) == Outcome(bodies: [[], []]))
    }

    @Test("waits for the rest of a frame, and knows that it does")
    func incomplete() {
        let frame = header(3) + [1, 2, 3]
        for count in 1..<frame.count {
            #expect(Self.feed([Array(frame[..<count])]) == Outcome(isMidFrame: true), "\(count) bytes")
            #expect(
                Self.feed([frame + frame[..<count]]) == Outcome(bodies: [[1, 2, 3]], isMidFrame: true),
                "\(count) bytes behind a frame"
            )
        }
        #expect(Self.feed([]) == Outcome())
        #expect(Self.feed([[], frame, []]) == Outcome(bodies: [[1, 2, 3]]))
    }

    @Test("takes a body of as many bytes as are allowed")
    func atTheMaximum() {
        let body = Self.body(100)
        #expect(Self.feed([header(100) + body], maximum: 100) == Outcome(bodies: [body]))
        #expect(Self.feed(Self.pieces(header(100) + body, step: 1), maximum: 100) == Outcome(bodies: [body]))
    }

    @Test("refuses a larger one from its header alone", arguments: [101, 65_536, 0x7FFF_FFFF, 0xFFFF_FFFF])
    func tooLarge(_ count: Int) {
        let error = HubProtocolError(.frameTooLarge(byteCount: count, maximum: 100))
        #expect(Self.feed([header(count)], maximum: 100).error == error)
        for cut in 1...3 {
            let header = header(count)
            let before = Self.feed([Array(header[..<cut])], maximum: 100)
            #expect(before == Outcome(isMidFrame: true), "\(cut) bytes of the header")
            #expect(Self.feed([Array(header[..<cut]), Array(header[cut...])], maximum: 100).error == error)
        }
    }

    @Test("gives the frames ahead of one that is too large")
    func tooLargeLater() {
        let outcome = Self.feed([Self.stream(Self.few) + header(101)], maximum: 100)
        #expect(outcome.bodies == Self.few)
        #expect(outcome.error == HubProtocolError(.frameTooLarge(byteCount: 101, maximum: 100)))
    }

    @Test("says what the header said and what the limit is")
    func errorText() {
        let error = HubProtocolError(.frameTooLarge(byteCount: 5_000, maximum: 4_096))
        #expect(error.description == "malformed frame: its header says 5000 bytes, the limit is 4096")
    }

    @Test("goes by the limit at the time of the frame")
    func raisedLimit() throws {
        var assembler = FrameAssembler(bodyByteMaximum: 2)
        try (header(2) + [1, 2] + header(3) + [1, 2, 3]).withUnsafeBytes {
            var input = FrameInput($0)
            let first = try assembler.next(&input).map(Array.init)
            #expect(first == [1, 2])
            assembler.bodyByteMaximum = 3
            let second = try assembler.next(&input).map(Array.init)
            #expect(second == [1, 2, 3])
        }
    }
}
