import Crypto
import Glibc

/// As much of X.690 and RFC 5280 as it takes to write certificates, so that tests can have them with any name and time.
struct DER {
    let bytes: [UInt8]

    private init(tag: UInt8, _ content: [UInt8]) {
        let count = content.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            default: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            }
        bytes = [tag] + length + content
    }

    /// Bytes that are DER already.
    init(raw bytes: [UInt8]) { self.bytes = bytes }

    static func sequence(_ parts: DER...) -> DER { DER(tag: 0x30, parts.flatMap(\.bytes)) }
    static func sequence(_ parts: [DER]) -> DER { DER(tag: 0x30, parts.flatMap(\.bytes)) }
    static func set(_ part: DER) -> DER { DER(tag: 0x31, part.bytes) }
    static func integer(_ value: UInt8) -> DER { DER(tag: 0x02, [value & 0x7F]) }
    static func identifier(_ bytes: UInt8...) -> DER { DER(tag: 0x06, bytes) }
    static func text(_ text: String) -> DER { DER(tag: 0x0C, Array(text.utf8)) }
    static func octets(_ content: DER) -> DER { DER(tag: 0x04, content.bytes) }
    static func bits(_ content: [UInt8]) -> DER { DER(tag: 0x03, [0] + content) }
    static var yes: DER { DER(tag: 0x01, [0xFF]) }
    /// `[number]` around a whole element.
    static func tagged(_ number: UInt8, _ content: DER) -> DER { DER(tag: 0xA0 | number, content.bytes) }
    /// `[number]` in place of the element's own tag.
    static func tagged(_ number: UInt8, plain content: [UInt8]) -> DER { DER(tag: 0x80 | number, content) }

    /// UTCTime, for the years until 2049.
    static func time(_ seconds: Int) -> DER {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let digits = [parts.tm_year % 100, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
        let text = digits.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined() + "Z"
        return DER(tag: 0x17, Array(text.utf8))
    }

    /// A distinguished name with nothing but a common name.
    static func name(_ commonName: String) -> DER {
        .sequence(.set(.sequence(.identifier(0x55, 0x04, 0x03), .text(commonName))))
    }

    /// ecdsa-with-SHA256.
    static var signatureAlgorithm: DER {
        .sequence(.identifier(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02))
    }

    /// With the armour of RFC 7468.
    func pem(_ label: String) -> String {
        let text = base64
        var lines: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(64))
            rest = rest.dropFirst(64)
        }
        return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
    }

    private var base64: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[value >> (18 - 6 * place) & 0x3F] : "=")
            }
        }
        return text
    }
}
