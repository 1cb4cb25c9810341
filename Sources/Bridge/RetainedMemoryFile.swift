import Crypto
package import Federation
import Glibc

/// The file that outlives the bridge: what both brokers held when they last agreed.
///
/// Form: `SBRTN001`, 16 bytes of the scope, then 33 bytes a topic (key, digest, flags; highest byte first; a digest of zeros: nothing), then the
/// SHA-256 of all that. It is replaced as a whole. Blocking: not for an event loop.
package struct RetainedMemoryFile: Sendable {
    /// One line for the log; the bridge goes on without memory.
    package struct Fault: Error, CustomStringConvertible, Sendable {
        package let description: String
    }

    package struct Content: Sendable {
        /// Of the two brokers and all that decides names and digests. What was written under another one is of no use.
        package let scope: Digest128
        package let memory: RetainedMemory

        package init(scope: Digest128, memory: RetainedMemory) {
            self.scope = scope
            self.memory = memory
        }
    }

    private static let magic = Array("SBRTN001".utf8)
    private static let headByteCount = 24
    private static let recordByteCount = 33
    private static let sumByteCount = 32

    let path: String
    let topicMaximum: Int

    package init(path: String, topicMaximum: Int = RetainedLimits().topicMaximum) {
        self.path = path
        self.topicMaximum = topicMaximum
    }

    /// - Returns: nil when there is none.
    /// - Throws: when it cannot be read, or is damaged; a damaged one is set aside beside it, as `.damaged`.
    package func load() throws(Fault) -> Content? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw fault("cannot be read", errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault("cannot be read", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Fault(description: "\(name) is no ordinary file") }
        let most = Self.headByteCount + Self.sumByteCount + topicMaximum * Self.recordByteCount
        guard Int(status.st_size) <= most else { throw setAside("it has more than \(most) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault("cannot be read", errno) }
            guard count > 0 else { break }
            filled += count
        }
        guard filled == bytes.count else { throw setAside("it became shorter while it was read") }
        return try decode(bytes)
    }

    private func decode(_ bytes: [UInt8]) throws(Fault) -> Content {
        let end = bytes.count - Self.sumByteCount
        guard end >= Self.headByteCount, (end - Self.headByteCount).isMultiple(of: Self.recordByteCount) else {
            throw setAside("its length is wrong")
        }
        guard bytes.starts(with: Self.magic) else { throw setAside("it was not written by this version") }
        guard Array(SHA256.hash(data: bytes[..<end])) == Array(bytes[end...]) else {
            throw setAside("its checksum does not fit")
        }
        var memory = RetainedMemory()
        for start in stride(from: Self.headByteCount, to: end, by: Self.recordByteCount) {
            let digest = Digest128(bytes[start + 16..<start + 32])
            let isNothing = digest == Digest128(high: 0, low: 0)
            let flags = RetainedMemory.Flags(rawValue: bytes[start + 32]).intersection(.all)
            memory.restore(Digest128(bytes[start..<start + 16]), isNothing ? nil : digest, flags)
        }
        return Content(scope: Digest128(bytes[8..<24]), memory: memory)
    }

    /// Replaces the file: a new one is written beside it, synced, and renamed over it.
    package func save(_ content: Content) throws(Fault) {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headByteCount + content.memory.count * Self.recordByteCount + Self.sumByteCount)
        content.scope.append(to: &bytes)
        content.memory.forEachTopic { key, digest, flags in
            key.append(to: &bytes)
            (digest ?? Digest128(high: 0, low: 0)).append(to: &bytes)
            bytes.append(flags.rawValue)
        }
        bytes += Array(SHA256.hash(data: bytes))
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw fault("cannot be written", errno) }
        var failure: Int32 = 0
        var written = 0
        while written < bytes.count, failure == 0 {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count >= 0 { written += count } else if errno != EINTR { failure = errno }
        }
        if failure == 0, fsync(descriptor) != 0 { failure = errno }
        close(descriptor)
        if failure == 0, rename(temporary, path) != 0 { failure = errno }
        guard failure == 0 else {
            unlink(temporary)
            throw fault("cannot be written", failure)
        }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let parent = open(folder, O_RDONLY | O_CLOEXEC)
        guard parent >= 0 else { return }
        fsync(parent)
        close(parent)
    }

    private var name: String { "the retained memory \(path)" }

    private func fault(_ what: String, _ number: Int32) -> Fault {
        Fault(description: "\(name) \(what): \(String(cString: strerror(number)))")
    }

    private func setAside(_ why: String) -> Fault {
        let aside = path + ".damaged"
        let rest = "; the bridge starts without it, and where the brokers differ the rules decide"
        guard rename(path, aside) == 0 else { return Fault(description: "\(name) is damaged: \(why)\(rest)") }
        return Fault(description: "\(name) is damaged: \(why). It was set aside as \(aside)\(rest)")
    }
}
