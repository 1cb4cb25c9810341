import MQTTProtocol
import TestSupport
import Testing

@Suite("Random packets")
struct PacketRoundTripTests {
    @Test(
        "are read as they were written, however reads cut them",
        arguments: [UInt64(1), 2, 3, 4],
        [(MQTTVersion.v3_1_1, MQTTRole.client), (.v3_1_1, .server), (.v5, .client), (.v5, .server)]
    )
    func roundTrip(seed: UInt64, end: (version: MQTTVersion, sender: MQTTRole)) throws {
        var generator = PacketGenerator(
            random: SeededGenerator(seed: seed),
            version: end.version,
            sender: end.sender
        )
        var all: [MQTTPacket] = []
        var bytes: [UInt8] = []
        var kinds: Set<UInt8> = []
        for number in 0..<150 {
            let packet = generator.packet()
            let encoded = try packet.bytes(end.version, from: end.sender)
            let decoded = try MQTTPacket.decode(encoded, version: end.version, from: end.sender)
            #expect(decoded == packet, "seed \(seed), packet \(number)")
            // To Swift, two spellings of one accented letter are equal; their bytes are not.
            #expect(try decoded.bytes(end.version, from: end.sender) == encoded, "seed \(seed), packet \(number)")
            all.append(packet)
            bytes += encoded
            kinds.insert(encoded[0] >> 4)
        }
        let expectedKinds =
            switch end {
            case (.v3_1_1, .client): 10
            case (.v3_1_1, .server): 9
            case (.v5, .client): 11
            case (.v5, .server): 11
            }
        #expect(kinds.count == expectedKinds, "seed \(seed)")
        for step in [nil, 1, 1_000, Int.random(in: 2...500, using: &generator.random)] {
            let stream = PacketStream(bytes, end.version, from: end.sender, step: step)
            #expect(stream == PacketStream(packets: all), "seed \(seed), reads of \(step ?? bytes.count)")
        }
    }
}
