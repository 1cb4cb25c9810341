/// One value of a YAML text, with its place. What type a text stands for is for the key to say: `0600`, `no` and `5` are texts here.
struct YAMLNode {
    enum Content {
        /// Nothing at all, or `null`.
        case nothing
        case text(String)
        case list([YAMLNode])
        case map([Entry])
    }

    struct Entry {
        let key: String
        let keyOrigin: Origin
        let value: YAMLNode
    }

    let origin: Origin
    let content: Content
    /// Values in it, itself included, and levels of them.
    let count: Int
    let height: Int

    init(_ content: Content, at origin: Origin) {
        self.content = content
        self.origin = origin
        let inner =
            switch content {
            case .nothing, .text: [YAMLNode]()
            case .list(let items): items
            case .map(let entries): entries.map(\.value)
            }
        count = inner.reduce(1) { $0 + $1.count }
        height = 1 + (inner.map(\.height).max() ?? 0)
    }

    /// What is there, in words.
    var kind: String {
        switch content {
        case .nothing: "nothing"
        case .text: "a text"
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .map(let entries): entries.isEmpty ? "an empty map" : "a map"
        }
    }

    func value(of key: String) -> YAMLNode? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
