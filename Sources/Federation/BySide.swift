/// One value for each side.
struct BySide<Value: Sendable>: Sendable {
    private var first: Value
    private var second: Value

    init(_ value: Value) {
        first = value
        second = value
    }

    subscript(side: Side) -> Value {
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
