import Foundation
import Testing

@Suite("The fuzz corpus")
struct CorpusReplayTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fuzz/HubFrames/Corpus")

    private static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path()))?.sorted() ?? []

    @Test("is there")
    func present() {
        #expect(Self.names.count >= 20)
    }

    @Test("makes a hub do the same however reads cut it", arguments: names)
    func replay(_ name: String) throws {
        let input = try [UInt8](Data(contentsOf: Self.folder.appending(path: name)))
        #expect(HubFramesProperty.violation(by: input) == nil)
        // The same from every kind of client, in other steps, to a slow reader, with errors reported.
        for sender in UInt8(0)...3 {
            for rest in [0x00, 0x14, 0x78, 0x80, 0x94, 0x40, 0xD4] as [UInt8] {
                let violation = HubFramesProperty.violation(by: [sender | rest] + input.dropFirst())
                #expect(violation == nil, "from sender \(sender) with \(rest)")
            }
        }
    }
}
