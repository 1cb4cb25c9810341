import Glibc

/// A file that the configuration names and another part reads, such as a certificate. It was there and readable when the configuration
/// was loaded.
package struct ReferencedFile: Equatable, Sendable {
    /// Resolved against the configuration's folder.
    package let path: String
    /// Changes when the file is replaced or rewritten: a renewed certificate makes a reload touch the hub that uses it.
    package let stamp: Stamp
    let isOpenToOthers: Bool

    package struct Stamp: Equatable, Sendable {
        let device: UInt
        let inode: UInt
        let byteCount: Int
        let seconds: Int
        let nanoseconds: Int
    }

    init(path: String) throws(FileFault) {
        guard !path.utf8.contains(0) else { throw FileFault("a path has no zero bytes") }
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
            throw FileFault("cannot read the file \(Words.shown(path)): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw FileFault("expected a file, \(Words.shown(path)) is a folder")
        }
        self.path = path
        stamp = Stamp(
            device: UInt(status.st_dev),
            inode: UInt(status.st_ino),
            byteCount: Int(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
        isOpenToOthers = status.st_mode & 0o077 != 0
    }

    static func checkPlace(_ path: String, folder: String) throws(FileFault) {
        guard !path.utf8.contains(0) else { throw FileFault("a path has no zero bytes") }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw FileFault("there is no folder \(Words.shown(folder)) for the file")
        }
        guard stat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFault("expected the path of a file; \(Words.shown(path)) is something else")
        }
    }
}
