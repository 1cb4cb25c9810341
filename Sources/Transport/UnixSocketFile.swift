import Glibc

/// The file that stands for a listening Unix socket.
enum UnixSocketFile {
    /// Makes way for a listener: a file left behind by a process that is gone is removed.
    ///
    /// - Throws: when a live process listens there, or the file is no socket.
    static func makeWay(at path: String) throws(TransportError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw TransportError("cannot listen on unix:\(path): there is a file that is not a socket")
        }
        if isAnswered(path) {
            throw TransportError("cannot listen on unix:\(path): another process listens there")
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw TransportError("cannot replace the stale socket \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// - Precondition: the path has at most `Endpoint.unixPathMaximum` bytes.
    static func address(of path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: path.utf8.prefix(Endpoint.unixPathMaximum))
        }
        return address
    }

    /// Whether somebody accepts connections there.
    private static func isAnswered(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = address(of: path)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // A full backlog is somebody too; only a refusal means that nobody is there.
        return result == 0 || errno != ECONNREFUSED
    }

    /// Runs `bind` so that the file it makes is nobody else's for a moment, then gives it its permissions.
    static func withMode<Result>(
        _ mode: UInt32,
        at path: String,
        _ bind: () async throws -> Result
    ) async throws -> Result {
        let old = umask(0o777 & ~mode)
        defer { umask(old) }
        let result = try await bind()
        guard chmod(path, mode) == 0 else {
            throw TransportError("cannot set the permissions of \(path): \(String(cString: strerror(errno)))")
        }
        return result
    }

    static func remove(_ path: String) { unlink(path) }
}
