/// One value for each side.
package struct BySide<Value> {
    private var first: Value
    private var second: Value

    package init(_ value: Value) {
        first = value
        second = value
    }

    package subscript(side: Side) -> Value {
        get {
            switch side {
            case .first: first
            case .second: second
            }
        }
        set {
            switch side {
            case .first: first = newValue
            case .second: second = newValue
            }
        }
    }
}

extension BySide: Sendable where Value: Sendable {}
