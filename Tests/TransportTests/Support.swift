import Glibc
import NIOCore
import NIOPosix
import Transport

/// A directory of a test's own, gone when the test ends. Its path is short enough for Unix sockets.
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/st-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TransportError("no directory: \(String(cString: strerror(errno)))") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { removeDirectory(path) }
    return try await body(path)
}

private func removeDirectory(_ path: String) {
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        closedir(directory)
    }
    rmdir(path)
}

/// Runs `body` with a listener, which is closed afterwards.
///
/// - Parameter peer: what every accepted client meets.
func withListener<Result>(
    _ address: HubAddress,
    tls: TLSServerSettings? = nil,
    mode: UInt32 = 0o600,
    peer: Peer = Peer(),
    _ body: (Listener) async throws -> Result
) async throws -> Result {
    let listener = try await Listener.bind(
        address,
        on: .singleton,
        tls: tls,
        unixMode: mode,
        makeHandler: { peer.makeHandler($0) }
    )
    do {
        let result = try await body(listener)
        await listener.close()
        return result
    } catch {
        await listener.close()
        throw error
    }
}

/// The words with which a listener is refused; nil if it is not.
func refusal(_ address: HubAddress, tls: TLSServerSettings? = nil) async throws -> String? {
    do {
        try await withListener(address, tls: tls) { _ in }
        return nil
    } catch let error as TransportError {
        return error.description
    }
}

// MARK: Files

func writeFile(_ path: String, _ text: String) throws {
    guard let file = fopen(path, "w") else { throw TransportError("cannot write \(path)") }
    fputs(text, file)
    fclose(file)
}

/// Type and permissions of a file, links not followed; nil if there is none.
func fileMode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
}

/// Whether a connection to the Unix socket is accepted.
func isAccepted(_ path: String) -> Bool {
    withSocket(path) { connect($0, $1, $2) == 0 } ?? false
}

/// Leaves the file of a socket behind that nobody listens on any more.
func makeStaleSocket(_ path: String) -> Bool {
    withSocket(path) { bind($0, $1, $2) == 0 && listen($0, 1) == 0 } ?? false
}

private func withSocket(_ path: String, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
