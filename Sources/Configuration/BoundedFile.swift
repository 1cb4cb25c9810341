import Glibc

/// What a file holds, read at once, up to a limit.
struct BoundedFile {
    let bytes: [UInt8]
    let isOpenToOthers: Bool

    /// - Throws: when it cannot be read, or holds more than `byteMaximum` bytes.
    init(path: String, byteMaximum: Int) throws(FileFault) {
        // A zero byte would cut the path short and open another file.
        guard !path.utf8.contains(0) else { throw FileFault("a path has no zero bytes") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.fault(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.fault(path, errno) }
        isOpenToOthers = status.st_mode & 0o077 != 0
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.fault(path, errno) }
            guard count > 0 else { break }
            bytes += part[..<count]
            guard bytes.count <= byteMaximum else {
                throw FileFault("the file \(Words.shown(path)) has more than \(Words.size(byteMaximum))")
            }
        }
        self.bytes = bytes
    }

    private static func fault(_ path: String, _ number: Int32) -> FileFault {
        FileFault("cannot read the file \(Words.shown(path)): \(String(cString: strerror(number)))")
    }
}
