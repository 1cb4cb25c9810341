extension Double {
    /// The number as Python's `json.dumps` writes it: the fewest digits that mean this number, with an exponent from 1e16 up and below
    /// 0.0001 (Python 3, `float.__repr__`).
    var pythonText: String {
        if isNaN { return "NaN" }
        let mark = sign == .minus ? "-" : ""
        if isInfinite { return mark + "Infinity" }
        if isZero { return mark + "0.0" }
        let (digits, point) = decimal
        if point > 16 || point < -3 {
            let rest = digits.dropFirst()
            let power = point - 1
            let size = abs(power) < 10 ? "0\(abs(power))" : "\(abs(power))"
            return mark + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + (power < 0 ? "e-" : "e+") + size
        }
        if point <= 0 { return mark + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return mark + digits + String(repeating: "0", count: point - digits.count) + ".0" }
        return mark + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The fewest digits that mean this number, and where among them the decimal point belongs. Swift's own description has the digits, and
    /// only puts the point elsewhere.
    private var decimal: (digits: String, point: Int) {
        let parts = magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = mantissa[0]
        let all = mantissa.joined()
        let leading = all.prefix { $0 == "0" }.count
        let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), whole.count - leading + power)
    }
}
