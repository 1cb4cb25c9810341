/// A line of a mosquitto.conf: an option and what it is set to.
struct MosquittoLine {
    let number: Int
    let option: String
    /// All that follows, without the blanks around it.
    let value: String
    /// The same in words, each with its column.
    let words: [Word]
    let column: Int

    struct Word {
        let text: String
        let column: Int
    }

    /// - Returns: nil for an empty line or a comment.
    init?(_ text: Substring, number: Int) {
        let words = Self.words(of: text)
        guard let first = words.first, !first.text.hasPrefix("#") else { return nil }
        self.number = number
        option = first.text
        column = first.column
        self.words = Array(words.dropFirst())
        var rest = text[...]
        while let next = rest.first, Self.isBlank(next) { rest.removeFirst() }
        while let next = rest.first, !Self.isBlank(next) { rest.removeFirst() }
        while let next = rest.first, Self.isBlank(next) { rest.removeFirst() }
        while let last = rest.last, Self.isBlank(last) { rest.removeLast() }
        value = String(rest)
    }

    private static func words(of text: Substring) -> [Word] {
        var words: [Word] = []
        var word = ""
        var begin = 1
        for (index, character) in text.enumerated() {
            if Self.isBlank(character) {
                if !word.isEmpty { words.append(Word(text: word, column: begin)) }
                word = ""
            } else {
                if word.isEmpty { begin = index + 1 }
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(Word(text: word, column: begin)) }
        return words
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    var origin: Origin { Origin(line: number, column: column) }

    /// Of what the option is set to.
    var valueOrigin: Origin { Origin(line: number, column: words.first?.column ?? column) }
}
