import MessagePack
import NIOCore
import Testing

@Suite("Writing")
struct WritingTests {
    private func written(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        write(&buffer)
        return Array(buffer.readableBytesView)
    }

    @Test(
        "gives an integer its shortest form",
        arguments: [
            (0, "00"), (1, "01"), (127, "7F"),
            (128, "CC80"), (255, "CCFF"),
            (256, "CD0100"), (65_535, "CDFFFF"),
            (65_536, "CE00010000"), (4_294_967_295, "CEFFFFFFFF"),
            (4_294_967_296, "CF0000000100000000"), (Int.max, "CF7FFFFFFFFFFFFFFF"),
        ]
    )
    func integers(_ value: Int, _ hex: String) {
        #expect(written { $0.writeMessagePack(value) } == bytes(hex))
    }

    @Test(
        "gives a string its shortest form",
        arguments: [
            (0, "A0"), (1, "A1"), (31, "BF"),
            (32, "D920"), (255, "D9FF"),
            (256, "DA0100"), (65_535, "DAFFFF"),
            (65_536, "DB00010000"),
        ]
    )
    func strings(_ count: Int, _ head: String) throws {
        let content = repeated(0x61, count)
        let expected = bytes(head) + content
        #expect(written { $0.writeMessagePack(String(decoding: content, as: UTF8.self)) } == expected)
        #expect(written { buffer in content.withUnsafeBytes { buffer.writeMessagePack(utf8: $0) } } == expected)
        #expect(try walk(expected) == expected.count)
    }

    @Test("counts a string's bytes, not its characters")
    func nonASCII() {
        #expect(written { $0.writeMessagePack("ä€😀" as String) } == bytes("A9 C3A4 E282AC F09F9880"))
        #expect(written { $0.writeMessagePack("ä" as StaticString) } == bytes("A2 C3A4"))
        #expect(written { $0.writeMessagePack("" as StaticString) } == bytes("A0"))
    }

    @Test(
        "gives a map its shortest head",
        arguments: [
            (0, "80"), (15, "8F"), (16, "DE0010"), (65_535, "DEFFFF"), (65_536, "DF00010000"),
        ]
    )
    func mapHeads(_ count: Int, _ hex: String) {
        #expect(written { $0.writeMapHead(count) } == bytes(hex))
    }

    @Test(
        "gives an array its shortest head",
        arguments: [
            (0, "90"), (15, "9F"), (16, "DC0010"), (65_535, "DCFFFF"), (65_536, "DD00010000"),
        ]
    )
    func arrayHeads(_ count: Int, _ hex: String) {
        #expect(written { $0.writeArrayHead(count) } == bytes(hex))
    }

    @Test("has one form for flags and nil")
    func constants() {
        #expect(written { $0.writeMessagePack(true) } == [0xC3])
        #expect(written { $0.writeMessagePack(false) } == [0xC2])
        #expect(written { $0.writeMessagePackNull() } == [0xC0])
    }

    @Test("goes behind what is there already")
    func appends() {
        var buffer = ByteBuffer(bytes: [0xAA])
        buffer.writeMessagePack(5)
        buffer.writeMessagePack("x" as String)
        #expect(Array(buffer.readableBytesView) == [0xAA, 0x05, 0xA1, 0x78])
    }
}
