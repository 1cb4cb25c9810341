/// Sizes as people write them: `16MiB`, `64KiB`, `1GiB`, or a number of bytes.
enum SizeText {
    private static let bytesOfUnit = ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]

    static func parse(_ text: String) -> Int? {
        let unitBegin = text.firstIndex { !($0.isASCII && $0.isNumber) } ?? text.endIndex
        guard let unit = bytesOfUnit[String(text[unitBegin...])], let count = Int(text[..<unitBegin]) else {
            return nil
        }
        let bytes = count.multipliedReportingOverflow(by: unit)
        return bytes.overflow ? nil : bytes.partialValue
    }
}
