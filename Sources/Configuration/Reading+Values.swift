extension Reading {
    /// What `parse` makes of a text; `expected` is said when it is none, or `parse` makes nothing of it.
    func value<Value>(_ node: YAMLNode, path: String, _ expected: String, _ parse: (String) -> Value?) -> Value? {
        guard case .text(let text) = node.content else {
            error(node.origin, path: path, "expected \(expected); \(node.kind) is there")
            return nil
        }
        guard let value = parse(text) else {
            let there = text.isEmpty ? "an empty text" : Words.shown(text)
            error(node.origin, path: path, "expected \(expected), not \(there)")
            return nil
        }
        return value
    }

    /// Each entry of a list with its own path.
    func list<Value>(
        _ node: YAMLNode,
        path: String,
        _ expected: String,
        _ read: (YAMLNode, String) -> Value?
    ) -> [Value]? {
        guard case .list(let items) = node.content else {
            error(node.origin, path: path, "expected \(expected); \(node.kind) is there")
            return nil
        }
        return items.enumerated().compactMap { read($1, "\(path)[\($0)]") }
    }

    /// The file that a path in the configuration names; it must be there and readable.
    func file(_ node: YAMLNode, path: String) -> ReferencedFile? {
        guard let name = value(node, path: path, "the path of a file", { $0.isEmpty ? nil : $0 }) else { return nil }
        do {
            return try ReferencedFile(path: resolved(name))
        } catch {
            self.error(node.origin, path: path, error.description)
            return nil
        }
    }
}

extension Reading {
    /// The file of a key; others should not be able to read it.
    func keyFile(_ node: YAMLNode, path: String) -> ReferencedFile? {
        guard let file = file(node, path: path) else { return nil }
        if file.isOpenToOthers {
            warning(node.origin, path: path, "others can read the key \(Words.shown(file.path)); chmod 600 it")
        }
        return file
    }

    /// A file that is written later: its folder must be there, it itself need not be.
    func writableFile(_ node: YAMLNode, path: String) -> String? {
        guard let name = value(node, path: path, "the path of a file", { $0.isEmpty || $0.hasSuffix("/") ? nil : $0 })
        else {
            return nil
        }
        let file = resolved(name)
        let folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        do {
            try ReferencedFile.checkPlace(file, folder: folder)
            return file
        } catch {
            self.error(node.origin, path: path, error.description)
            return nil
        }
    }
}
