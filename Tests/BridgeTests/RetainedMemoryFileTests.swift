import Federation
import Glibc
import Testing

@testable import Bridge

@Suite struct RetainedMemoryFileTests {
    private static let scope = Digest128(hashing: [Array("rules".utf8)])

    private func memory() -> RetainedMemory {
        var memory = RetainedMemory()
        for number in 0..<1_000 as Range<UInt64> {
            let digest = number == 0 ? nil : Digest128(high: number, low: 1)
            memory.restore(Digest128(high: 1, low: number), digest, number == 5 ? [.hasExpiry, .sentToSecond] : [])
        }
        return memory
    }

    private func contents(_ memory: RetainedMemory?) -> [Digest128: [String]] {
        var contents: [Digest128: [String]] = [:]
        memory?.forEachTopic { contents[$0] = ["\(String(describing: $1))", "\($2.rawValue)"] }
        return contents
    }

    private func withFile(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/retained-XXXXXX".utf8CString)
        let folder = try #require(
            template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }.map { String(cString: $0) }
        )
        defer {
            for name in ["memory", "memory.new", "memory.damaged"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        try body("\(folder)/memory")
    }

    @Test func whatIsSavedIsLoaded() throws {
        try withFile { path in
            let file = RetainedMemoryFile(path: path)
            #expect(try file.load()?.memory.count == nil)
            try file.save(RetainedMemoryFile.Content(scope: Self.scope, memory: memory()))
            let loaded = try #require(try file.load())
            #expect(contents(loaded.memory) == contents(memory()))
            #expect(loaded.scope == Self.scope)
            #expect(access(path + ".new", F_OK) != 0)
        }
    }

    /// Every kind of damage: a changed byte in the head, a record and the sum; cut short; not ours; too large.
    @Test(arguments: [0, 20, 5_000, 33_050, -1, -2]) func damagedIsSetAside(position: Int) throws {
        try withFile { path in
            let content = RetainedMemoryFile.Content(scope: Self.scope, memory: memory())
            try RetainedMemoryFile(path: path).save(content)
            if position >= 0 {
                let descriptor = open(path, O_RDWR)
                var byte: UInt8 = 0
                #expect(pread(descriptor, &byte, 1, position) == 1)
                byte ^= 1
                #expect(pwrite(descriptor, &byte, 1, position) == 1)
                close(descriptor)
            } else if position == -1 {
                #expect(truncate(path, 1_000) == 0)
            }
            let file = RetainedMemoryFile(path: path, topicMaximum: position == -2 ? 999 : 1_000)
            let fault = #expect(throws: RetainedMemoryFile.Fault.self) { try file.load() }
            #expect(fault?.description.contains("was set aside as \(path).damaged") == true)
            #expect(access(path, F_OK) != 0 && access(path + ".damaged", F_OK) == 0)
            #expect(try file.load()?.memory.count == nil)
        }
    }
}
