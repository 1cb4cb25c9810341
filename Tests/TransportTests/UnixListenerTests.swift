import Glibc
import Testing
import Transport

// One after another: the file mode mask is the whole process's.
@Suite("Listening on a Unix socket", .serialized)
struct UnixListenerTests {
    @Test("accepts clients, and takes the file away at the end")
    func lifetime() async throws {
        try await withDirectory { directory in
            let path = "\(directory)/hub.sock"
            try await withListener(.unix(path: path)) { listener in
                #expect(listener.address == .unix(path: path))
                #expect(isAccepted(path))
            }
            #expect(fileMode(path) == nil)
        }
    }

    @Test("gives the file its permissions", arguments: [0o600, 0o660, 0o666, 0o777, 0o620] as [UInt32])
    func permissions(_ mode: UInt32) async throws {
        let mask = umask(0o022)
        umask(mask)
        try await withDirectory { directory in
            let path = "\(directory)/hub.sock"
            try await withListener(.unix(path: path), mode: mode) { _ in
                let found = try #require(fileMode(path))
                #expect(found & S_IFMT == S_IFSOCK)
                #expect(found & 0o777 == mode)
            }
        }
        let after = umask(mask)
        #expect(after == mask, "the process's mask is as it was")
    }

    @Test("replaces a file that nobody listens on")
    func stale() async throws {
        try await withDirectory { directory in
            let path = "\(directory)/hub.sock"
            #expect(makeStaleSocket(path))
            #expect(!isAccepted(path))
            try await withListener(.unix(path: path)) { _ in
                #expect(isAccepted(path))
            }
        }
    }

    @Test("is refused while another listens there, who goes on")
    func live() async throws {
        try await withDirectory { directory in
            let path = "\(directory)/hub.sock"
            try await withListener(.unix(path: path)) { _ in
                let refusal = try await refusal(.unix(path: path))
                #expect(refusal == "cannot listen on unix:\(path): another process listens there")
                #expect(isAccepted(path))
            }
        }
    }

    @Test("is refused where a file is that is no socket, which stays", arguments: ["file", "directory", "link"])
    func notSocket(_ kind: String) async throws {
        try await withDirectory { directory in
            let path = "\(directory)/hub.sock"
            switch kind {
            case "file": try writeFile(path, "precious")
            case "directory": #expect(mkdir(path, 0o700) == 0)
            default: #expect(symlink("\(directory)/elsewhere", path) == 0)
            }
            let before = fileMode(path)
            let refusal = try await refusal(.unix(path: path))
            #expect(refusal == "cannot listen on unix:\(path): there is a file that is not a socket")
            #expect(fileMode(path) == before)
        }
    }

    @Test("says what is wrong with a directory that is not there")
    func noDirectory() async throws {
        try await withDirectory { directory in
            let path = "\(directory)/missing/hub.sock"
            let refusal = try await refusal(.unix(path: path))
            #expect(refusal == "cannot listen on unix:\(path): No such file or directory")
        }
    }

    @Test("takes a path as long as an address may have")
    func longestPath() async throws {
        try await withDirectory { directory in
            let count = HubAddress.unixPathMaximum - directory.utf8.count - 1
            let path = "\(directory)/" + String(repeating: "x", count: count)
            try await withListener(.unix(path: path)) { _ in
                #expect(isAccepted(path))
                let refusal = try await refusal(.unix(path: path))
                #expect(refusal?.hasSuffix("another process listens there") == true)
            }
            #expect(fileMode(path) == nil)
        }
    }
}
