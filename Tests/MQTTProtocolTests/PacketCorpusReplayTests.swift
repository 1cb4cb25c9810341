import Foundation
import Testing

@Suite("The fuzz corpus of MQTT's packets")
struct PacketCorpusReplayTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fuzz/MQTTPackets/Corpus")

    private static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path()))?.sorted() ?? []

    @Test("is there")
    func present() {
        #expect(Self.names.count >= 80)
    }

    @Test("reads and writes the same however reads cut it", arguments: names)
    func replay(_ name: String) throws {
        let input = try [UInt8](Data(contentsOf: Self.folder.appending(path: name)))
        #expect(MQTTPacketsProperty.violation(by: input) == nil)
        // The same in each version, from each end, in each step, with and without a small maximum.
        for choice in UInt8(0)...0x7F {
            let violation = MQTTPacketsProperty.violation(by: [choice] + input.dropFirst())
            #expect(violation == nil, "with \(choice)")
        }
    }
}
