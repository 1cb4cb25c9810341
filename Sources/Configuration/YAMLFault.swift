import Yams

/// What the parser says, as one sentence with a remedy and a place. Never a part of the text: it may be a secret.
enum YAMLFault {
    static func words(for error: any Error, in text: YAMLText) -> (origin: Origin, message: String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let origin = Origin(line: mark.line, column: mark.column)
            return (origin, "this is not YAML: \(words(problem, context, text[origin]))")
        case .reader(let problem, _, _, _):
            return (Origin(line: 1, column: 1), "this is not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping, nil:
            return (Origin(line: 1, column: 1), "this cannot be read as YAML")
        }
    }

    private static func words(_ problem: String, _ context: YamlError.Context?, _ here: Unicode.Scalar?) -> String {
        let begin = context.map { "at line \($0.mark.line), column \($0.mark.column)" } ?? "above"
        let inQuotes = context?.text.contains("quoted scalar") ?? false
        switch problem {
        case "found character that cannot start any token":
            if here == "\t" { return "a tab stands here; indent with spaces" }
            let shown = here.map { Words.shown(String(Character($0))) } ?? "this"
            return "a text cannot begin with \(shown); put it in quotes"
        case "mapping values are not allowed in this context":
            return "a `:` is not expected here; check the indentation, or put the text in quotes"
        case "did not find expected key":
            return "expected a key of the map that begins \(begin); check the indentation"
        case "could not find expected ':'":
            return "expected a `:` behind the key that begins \(begin)"
        case "did not find expected '-' indicator":
            return "expected a `-` of the list that begins \(begin); check the indentation"
        case "did not find expected ',' or ']'":
            return "expected `,` or `]` in the list that begins \(begin)"
        case "did not find expected ',' or '}'":
            return "expected `,` or `}` in the map that begins \(begin)"
        case "found unexpected end of stream" where inQuotes:
            return "the quotes that open \(begin) are not closed"
        case "block sequence entries are not allowed in this context":
            return "a list is not expected here; begin it on a line of its own"
        case "did not find expected <document start>":
            return "the map or list above has ended, and nothing may follow it; check the indentation"
        case "found undefined tag handle":
            return "a `!` begins a tag; put the text in quotes"
        case "did not find expected alphabetic or numeric character":
            return "expected the name of an anchor or an alias here; put the text in quotes if it is none"
        case "did not find expected node content":
            return "expected a value here; put the text in quotes if this is one"
        case "did not find expected comment or line break", "did not find expected whitespace or line break":
            return "nothing may follow here on the same line"
        case "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            return "a tab stands here; indent with spaces"
        case "found unknown escape character":
            return "there is no such `\\` sequence; write `\\\\` for a backslash, or use single quotes"
        case let words where words.contains("nesting level"):
            return "nested far too deep"
        default:
            return problem + (context.map { " \($0.text) \(begin)" } ?? "")
        }
    }
}
