import Testing

@testable import Configuration

/// Texts that are no YAML, or not the kind of it that a configuration is.
@Suite struct YAMLFindingsTests {
    @Test(arguments: findings) func everythingIsFound(in example: FindingsExample) {
        example.check()
    }
}

private let findings: [FindingsExample] = [
    FindingsExample(
        "an empty file",
        #"""

        """#,
        #"""
        1:1: error: the file is empty; a configuration has at least `hubs`
        """#
    ),
    FindingsExample(
        "comments only",
        #"""
        # nothing
        """#,
        #"""
        1:1: error: the file is empty; a configuration has at least `hubs`
        """#
    ),
    FindingsExample(
        "a list at the top",
        #"""
        - hubs
        """#,
        #"""
        1:1: error: expected a map with the keys `hubs`, `bridges`, `expect`, `log`, `drain_timeout` or `allow_inline_secrets`; a list is there
        """#
    ),
    FindingsExample(
        "a text at the top",
        #"""
        hubs
        """#,
        #"""
        1:1: error: expected a map with the keys `hubs`, `bridges`, `expect`, `log`, `drain_timeout` or `allow_inline_secrets`; a text is there
        """#
    ),
    FindingsExample(
        "a tab",
        #"""
        hubs:
        \#ta: 1
        """#,
        #"""
        2:1: error: this is not YAML: a tab stands here; indent with spaces
        """#
    ),
    FindingsExample(
        "a tab as indentation",
        #"""
        hubs:
          a:
        \#t  listen: [x]
        """#,
        #"""
        3:1: error: this is not YAML: a tab stands here; indent with spaces
        """#
    ),
    FindingsExample(
        "two documents",
        #"""
        hubs: {a: {listen: ["unix:/a"]}}
        ---
        hubs: {}
        """#,
        #"""
        3:1: error: a second document begins here; one file is one configuration
        """#
    ),
    FindingsExample(
        "a second document with faults",
        #"""
        hubs: {a: {listen: ["unix:/a"]}}
        ---
        a: 1
        a: 2
        """#,
        #"""
        3:1: error: this belongs to a second document; one file is one configuration
        """#
    ),
    FindingsExample(
        "a second document that is no YAML",
        #"""
        hubs: {a: {listen: ["unix:/a"]}}
        ---
        a: [
        """#,
        #"""
        4:1: error: this is not YAML: expected a value here; put the text in quotes if this is one
        """#
    ),
    FindingsExample(
        "a list without an end",
        #"""
        hubs: {a: {listen: ["unix:/a"}}
        """#,
        #"""
        1:30: error: this is not YAML: expected `,` or `]` in the list that begins at line 1, column 20
        """#
    ),
    FindingsExample(
        "a map without an end",
        #"""
        hubs: {a: {listen: ["unix:/a"]
        bridges: []
        """#,
        #"""
        2:1: error: this is not YAML: expected `,` or `}` in the map that begins at line 1, column 11
        """#
    ),
    FindingsExample(
        "quotes without an end",
        #"""
        hubs:
          a:
            listen: ["unix:/a]
        """#,
        #"""
        3:23: error: this is not YAML: the quotes that open at line 3, column 14 are not closed
        """#
    ),
    FindingsExample(
        "a colon too many",
        #"""
        hubs:
          a: listen: x
        """#,
        #"""
        2:12: error: this is not YAML: a `:` is not expected here; check the indentation, or put the text in quotes
        """#
    ),
    FindingsExample(
        "wrong indentation",
        #"""
        hubs:
          a:
            listen: ["unix:/a"]
           id: b
        """#,
        #"""
        4:4: error: this is not YAML: expected a key of the map that begins at line 2, column 3; check the indentation
        """#
    ),
    FindingsExample(
        "a key without a colon",
        #"""
        hubs:
          a:
            listen: ["unix:/a"]
            id
        log: {}
        """#,
        #"""
        5:1: error: this is not YAML: expected a `:` behind the key that begins at line 4, column 5
        """#
    ),
    FindingsExample(
        "a text that begins with @",
        #"""
        hubs:
          a:
            listen: @x
        """#,
        #"""
        3:13: error: this is not YAML: a text cannot begin with `@`; put it in quotes
        """#
    ),
    FindingsExample(
        "a tag",
        #"""
        hubs:
          a:
            listen: ["unix:/a"]
            secret: !hunter2 x
        """#,
        #"""
        4:13: error: a `!` begins a tag in YAML, and tags mean nothing here; put a text that begins so in quotes
        """#
    ),
    FindingsExample(
        "an unknown tag handle",
        #"""
        hubs: !a!b x
        """#,
        #"""
        1:7: error: this is not YAML: a `!` begins a tag; put the text in quotes
        """#
    ),
    FindingsExample(
        "an anchor without a name",
        #"""
        hubs: & x
        """#,
        #"""
        1:8: error: this is not YAML: expected the name of an anchor or an alias here; put the text in quotes if it is none
        """#
    ),
    FindingsExample(
        "a pattern without quotes",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}
        bridges:
          - between: [a, b]
            channels: [*.state]
        """#,
        #"""
        4:16: error: a `*` begins an alias in YAML, and nothing above has an anchor of that name; a text that begins with `*` stands in quotes, such as "*.state"
        """#
    ),
    FindingsExample(
        "a star without quotes",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}
        bridges:
          - between: [a, b]
            channels:
              - *
        """#,
        #"""
        5:9: error: a `*` begins an alias in YAML, and nothing above has an anchor of that name; a text that begins with `*` stands in quotes, such as "*.state"
        """#
    ),
    FindingsExample(
        "keys given twice",
        #"""
        hubs:
          a:
            listen: ["unix:/a"]
            id: x
            id: y
          b:
            lisen: ["unix:/a"]
        log: {}
        log: {}
        """#,
        #"""
        5:5: error: the key `id` is there twice; the first is at line 4, column 5
        6:3: error: hubs.b: `listen` (to host a hub here) or `connect` (to dial a hub or a broker) is missing
        7:5: error: hubs.b: unknown key `lisen`; did you mean `listen`?
        9:1: error: the key `log` is there twice; the first is at line 8, column 1
        """#
    ),
    FindingsExample(
        "the same key in quotes",
        #"""
        hubs:
          "a": {listen: ["unix:/a"]}
          a: {listen: ["unix:/a"]}
        """#,
        #"""
        3:3: error: the key `a` is there twice; the first is at line 2, column 3
        """#
    ),
    FindingsExample(
        "a key given three times",
        #"""
        hubs: {a: {listen: ["unix:/a"], id: a, id: b, id: c}, "?": 1, "?": 2}
        """#,
        #"""
        1:47: error: the key `id` is there twice; the first is at line 1, column 33
        1:47: error: the key `id` is there twice; the first is at line 1, column 40
        1:63: error: the key `?` is there twice; the first is at line 1, column 55
        1:68: error: hubs.`?`: expected a map with `listen` or `connect`; a text is there
        """#
    ),
    FindingsExample(
        "an empty key given twice",
        #"""
        hubs: {"": 1, "": 2}
        """#,
        #"""
        1:9: error: this key is there more than once
        """#
    ),
    FindingsExample(
        "a list as a key",
        #"""
        hubs: {a: {listen: ["unix:/a"]}}
        ? [1]
        : 2
        """#,
        #"""
        2:3: error: a key is a text, not an alias, a list or a map
        """#
    ),
    FindingsExample(
        "an alias as a key",
        #"""
        hubs:
          &a a: {listen: ["unix:/a"]}
          *a : {listen: ["unix:/b"]}
        """#,
        #"""
        3:3: error: a key is a text, not an alias, a list or a map
        """#
    ),
    FindingsExample(
        "a merge of a text",
        #"""
        base: &x {a: 1}
        hubs: {a: {<<: 5, listen: ["unix:/a"]}}
        """#,
        #"""
        1:1: error: unknown key `base`; known here: `hubs`, `bridges`, `expect`, `log`, `drain_timeout`, `allow_inline_secrets`
        2:16: error: `<<` takes an alias of a map, or a list of them; a text is there
        """#
    ),
    FindingsExample(
        "an unknown directive",
        #"""
        %FOO
        hubs: {}
        """#,
        #"""
        1:5: error: this is not YAML: found unknown directive name while scanning a directive at line 1, column 1
        """#
    ),
    FindingsExample(
        "a list behind a map",
        #"""
        hubs: {a: {listen: ["unix:/a"]}}
        - x
        """#,
        #"""
        2:1: error: this is not YAML: expected a key of the map that begins at line 1, column 1; check the indentation
        """#
    ),
    FindingsExample(
        "text behind quotes",
        #"""
        hubs:
          a:
            listen: ["unix:/a"]
            id: "a" b
        """#,
        #"""
        4:13: error: this is not YAML: expected a key of the map that begins at line 3, column 5; check the indentation
        """#
    ),
    FindingsExample(
        "a list on the line of its key",
        #"""
        hubs: - a
        """#,
        #"""
        1:7: error: this is not YAML: a list is not expected here; begin it on a line of its own
        """#
    ),
    FindingsExample(
        "an unknown escape",
        #"""
        hubs: {a: {listen: ["unix:/a\q"]}}
        """#,
        #"""
        1:29: error: this is not YAML: there is no such `\` sequence; write `\\` for a backslash, or use single quotes
        """#
    ),
    FindingsExample(
        "a zero byte",
        #"""
        hubs: {a: {listen: ["unix:/a"]}} # \#0
        """#,
        #"""
        1:36: error: the character U+0000 has no place in a text file
        """#
    ),
    FindingsExample(
        "a private use character",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, x\#u{E02A}: 1}
        """#,
        #"""
        1:35: error: the character U+E02A has no place in a text file
        """#
    ),
]
