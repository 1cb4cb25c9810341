import Testing

@testable import Configuration

/// What can be wrong with secrets. None is ever shown: each `hunter2` here is one.
@Suite struct SecretFindingsTests {
    @Test(arguments: findings) func everythingIsFound(in example: FindingsExample) {
        example.check()
    }
}

private let findings: [FindingsExample] = [
    FindingsExample(
        "secrets",
        #"""
        hubs:
          a: {listen: ["unix:/a"], secret: hunter2}
          b: {listen: ["unix:/b"], secret: {env: NOPE}}
          c: {listen: ["unix:/c"], secret: {file: nope}}
          d: {listen: ["unix:/d"], secret: {env: S, file: x}}
          e: {listen: ["unix:/e"], secret: {}}
          f: {listen: ["unix:/f"], secret: [hunter2]}
          g: {listen: ["unix:/g"], secret: {hunter2}}
          h: {listen: ["unix:/h"], secret: {env: "hunter2!"}}
          i: {listen: ["unix:/i"], secret: {evn: S}}
          j: {listen: ["unix:/j"], secret:hunter2}
          k: {listen: ["unix:/k"], secret: }
          l: {listen: ["unix:/l"], channel_passwords: {x: hunter2, "": {env: S}}}
          m: {listen: ["unix:/m"], channel_passwords: [x]}
          n: {listen: ["unix:/n"], secret: *hunter2}
          o: {listen: ["unix:/o"], secret: {file: /}}
        """#,
        #"""
        2:36: error: hubs.a.secret: expected `{env: NAME}` or `{file: PATH}`; a secret does not stand in this file itself, unless it says `allow_inline_secrets: true`
        3:42: error: hubs.b.secret.env: the environment variable `NOPE` is not set, or empty; a secret is expected in it
        4:43: error: hubs.c.secret.file: cannot read the file `/nowhere/nope`: No such file or directory
        5:36: error: hubs.d.secret: expected `{env: NAME}` or `{file: PATH}`, not both
        6:36: error: hubs.e.secret: expected `{env: NAME}` or `{file: PATH}`
        7:36: error: hubs.f.secret: expected `{env: NAME}` or `{file: PATH}`; a list is there
        8:37: error: hubs.g.secret: unknown key; known here: `env`, `file`
        9:42: error: hubs.h.secret.env: expected the name of an environment variable: letters, digits and `_`
        10:37: error: hubs.i.secret: unknown key; did you mean `env`?
        11:28: error: hubs.j: a space is missing behind `secret:`
        12:36: error: hubs.k.secret: expected `{env: NAME}` or `{file: PATH}`; nothing is there
        13:51: error: hubs.l.channel_passwords.x: expected `{env: NAME}` or `{file: PATH}`; a secret does not stand in this file itself, unless it says `allow_inline_secrets: true`
        13:60: error: hubs.l.channel_passwords: a channel is called by a name of 1 to 1024 bytes without control characters
        14:47: error: hubs.m.channel_passwords: expected a map from channels to `{env: NAME}` or `{file: PATH}`; a list is there
        15:36: error: a `*` begins an alias in YAML, and nothing above has an anchor of that name; a text that begins with `*` stands in quotes, such as "*.state"
        16:43: error: hubs.o.secret.file: cannot read the file `/`: Is a directory
        """#
    ),
    FindingsExample(
        "a secret like an anchor",
        #"""
        hubs:
          a: {listen: ["unix:/a"], secret: &hunter2 }
        """#,
        #"""
        2:36: error: hubs.a.secret: expected `{env: NAME}` or `{file: PATH}`; nothing is there
        """#
    ),
    FindingsExample(
        "names with dots in paths",
        #"""
        hubs:
          "a.b": {listen: ["unix:/a"], channel_passwords: {"motor.left": [x]}}
        """#,
        #"""
        2:66: error: hubs.`a.b`.channel_passwords.`motor.left`: expected `{env: NAME}` or `{file: PATH}`; a list is there
        """#
    ),
]
