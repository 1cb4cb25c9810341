import Glibc

/// A file that holds a secret and nothing else; line ends behind it do not count.
package struct SecretFile: Equatable, Sendable {
    package let secret: Secret
    /// Its permissions let more than its owner read it.
    package let isOpenToOthers: Bool

    /// Bytes that a secret may have.
    package static let byteMaximum = 64 << 10

    /// - Throws: a fault that names the file and never what is in it.
    package init(path: String) throws(FileFault) {
        let file = try BoundedFile(path: path, byteMaximum: Self.byteMaximum)
        var content = file.bytes[...]
        while let last = content.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
            content.removeLast()
        }
        guard !content.isEmpty else { throw FileFault("the file \(Words.shown(path)) is empty") }
        secret = Secret(content: Array(content))
        isOpenToOthers = file.isOpenToOthers
    }
}
