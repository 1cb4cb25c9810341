import Foundation
import Testing

@Suite("The fuzz corpus of bridges")
struct CorpusReplayTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fuzz/BridgeFrames/Corpus")

    private static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path()))?.sorted() ?? []

    @Test("is there")
    func present() {
        #expect(Self.names.count >= 20)
    }

    @Test("makes a bridge do the same however reads cut it", arguments: names)
    func replay(_ name: String) throws {
        let input = try [UInt8](Data(contentsOf: Self.folder.appending(path: name)))
        #expect(BridgeFramesProperty.violation(by: input) == nil)
        // The same at each stage, in other steps, on a further connection, with a hub beyond that takes nothing.
        for stage in UInt8(0)...3 {
            for rest in [0x14, 0xF8] as [UInt8] {
                let violation = BridgeFramesProperty.violation(by: [stage | rest] + input.dropFirst())
                #expect(violation == nil, "at stage \(stage) with \(rest)")
            }
        }
    }
}
