extension Reading {
    /// The text of an address, with nothing in it that no address has.
    ///
    /// - Parameter userHint: what is said of an address with an `@`, which is never shown.
    func address(
        _ node: YAMLNode,
        path: String,
        _ expected: String,
        userHint: String = ""
    ) -> String? {
        guard case .text(let text) = node.content else {
            error(node.origin, path: path, "expected \(expected); \(node.kind) is there")
            return nil
        }
        guard !text.contains("@") else {
            // Not shown: a password may stand before the @.
            error(node.origin, path: path, "expected \(expected); an address has no `@`\(userHint)")
            return nil
        }
        guard !text.unicodeScalars.contains(where: Names.isControl) else {
            error(node.origin, path: path, "an address has no control characters: \(Words.shown(text))")
            return nil
        }
        guard !text.contains(": ") else {
            // Not shown: without its closing quote an address takes the lines that follow for a part of it, secrets too.
            error(node.origin, path: path, "expected \(expected); is a closing quote missing?")
            return nil
        }
        return text
    }
}
