import Testing

@testable import Configuration

/// What can be wrong with hubs and at the top.
@Suite struct HubFindingsTests {
    @Test(arguments: findings) func everythingIsFound(in example: FindingsExample) {
        example.check()
    }
}

private let findings: [FindingsExample] = [
    FindingsExample(
        "unknown keys at the top",
        #"""
        hub: {}
        hubs: {a: {listen: ["unix:/a"]}}
        admin: {listen: "127.0.0.1:1"}
        """#,
        #"""
        1:1: error: unknown key `hub`; did you mean `hubs`?
        3:1: error: `admin` is not supported by this version yet
        """#
    ),
    FindingsExample(
        "no hubs",
        #"""
        bridges: []
        """#,
        #"""
        1:1: error: `hubs` is missing: the hubs to host or to dial, and the brokers, by name
        """#
    ),
    FindingsExample(
        "hubs that are nothing",
        #"""
        hubs:
        bridges: []
        """#,
        #"""
        1:6: error: hubs: expected a map of hubs by name; nothing is there
        """#
    ),
    FindingsExample(
        "an empty map of hubs",
        #"""
        hubs: {}
        """#,
        #"""
        1:7: error: hubs: expected a map of hubs by name; an empty map is there
        """#
    ),
    FindingsExample(
        "a hub that is a text",
        #"""
        hubs: {a: "unix:/a"}
        """#,
        #"""
        1:11: error: hubs.a: expected a map with `listen` or `connect`; a text is there
        """#
    ),
    FindingsExample(
        "listen and connect",
        #"""
        hubs: {a: {listen: ["unix:/a"], connect: ["unix:/b"]}}
        """#,
        #"""
        1:33: error: hubs.a: `listen` and `connect` stand together; a hub is hosted here (`listen`) or dialled (`connect`)
        """#
    ),
    FindingsExample(
        "neither listen nor connect",
        #"""
        hubs:
          a: {lisen: ["unix:/a"], password: x, foo: 1}
        """#,
        #"""
        2:3: error: hubs.a: `listen` (to host a hub here) or `connect` (to dial a hub or a broker) is missing
        2:7: error: hubs.a: unknown key `lisen`; did you mean `listen`?
        2:40: error: hubs.a: unknown key `foo`; known here: `addresses`, `allow_plaintext`, `bridge_bit`, `call_timeout`, `channel_passwords`, `channel_policy`, `clean_start`, `client_id`, `connect`, `data_timeout`, `dead_after`, `error_policy`, `expect_id`, `fall_back`, `group_policy`, `heartbeat`, `id`, `idle_timeout`, `keep_alive`, `limits`, `listen`, `max_packet`, `password`, `protocol`, `receive_maximum`, `redial`, `require_hub_proof`, `secret`, `session_expiry`, `tls`, `topic_aliases`, `unix_mode`, `username`, `window`
        """#
    ),
    FindingsExample(
        "keys of the other kind of hub",
        #"""
        hubs:
          a: {listen: ["unix:/a"], redial: {first: 1s}}
          b: {connect: ["unix:/b"], unix_mode: "0600"}
        """#,
        #"""
        2:28: error: hubs.a: `redial` is for a hub that is dialled (`connect`); this one is hosted here
        3:29: error: hubs.b: `unix_mode` is for a hub that is hosted here (`listen`); this one is dialled
        """#
    ),
    FindingsExample(
        "addresses",
        #"""
        hubs:
          a: {listen: ["/tmp/x", "unix:", "tcp:x", "tcp::5", "tcp:h:99999", "tls:u:hunter2@h:5", 5, [x], "tcp:h:0", "tcp:h:1", "tcp:h:1", "http://x:1"]}
          b: {connect: ["tcp:h:0"]}
          c: {connect: []}
          d: {connect: "tcp:h:1"}
        """#,
        #"""
        2:16: error: hubs.a.listen[0]: expected `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`, not `/tmp/x`; did you mean `unix:/tmp/x`?
        2:26: error: hubs.a.listen[1]: expected `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`, not `unix:`
        2:35: error: hubs.a.listen[2]: expected HOST:PORT with a port from 0 to 65535, not x
        2:44: error: hubs.a.listen[3]: expected HOST:PORT, but :5 has no host
        2:54: error: hubs.a.listen[4]: expected HOST:PORT with a port from 0 to 65535, not h:99999
        2:69: error: hubs.a.listen[5]: expected `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`; an address has no `@`
        2:90: error: hubs.a.listen[6]: expected `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`, not `5`
        2:93: error: hubs.a.listen[7]: expected `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`; a list is there
        2:120: error: hubs.a.listen[10]: the address `tcp:h:1` is there twice
        2:131: error: hubs.a.listen[11]: expected `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`, not `http://x:1`
        3:17: error: hubs.b.connect[0]: port 0 cannot be dialled: `tcp:h:0`
        4:16: error: hubs.c.connect: expected at least one address: `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`
        5:16: error: hubs.d.connect: expected a list of addresses, such as ["unix:/tmp/hub.sock"]; a text is there
        """#
    ),
    FindingsExample(
        "a path too long",
        #"""
        hubs:
          a: {listen: ["unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]}
        """#,
        #"""
        2:16: error: hubs.a.listen[0]: a Unix socket's path has 1 to 107 bytes, this one 125: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        """#
    ),
    FindingsExample(
        "an address twice",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {connect: ["unix:/b", "unix:/b"]}}
        """#,
        #"""
        1:59: error: hubs.b.connect[1]: the address `unix:/b` is there twice
        """#
    ),
    FindingsExample(
        "TLS",
        #"""
        hubs:
          a: {listen: ["tls:h:1"]}
          b: {listen: ["unix:/b"], tls: {certificate: c, key: k}}
          c: {listen: ["tls:h:2"], tls: {certificate: nope.pem}}
          d: {connect: ["unix:/d"], tls: {ca: /}}
          e: {connect: ["tls:h:1"], tls: {certificate: nope.pem, server_name: "a b"}}
          f: {connect: ["tls:h:1"], tls: yes}
        """#,
        #"""
        2:15: error: hubs.a: a `tls:` address needs `tls: {certificate: FILE, key: FILE}`
        3:28: error: hubs.b.tls: means nothing here: no address of this hub is `tls:`
        3:47: error: hubs.b.tls.certificate: cannot read the file `/nowhere/c`: No such file or directory
        3:55: error: hubs.b.tls.key: cannot read the file `/nowhere/k`: No such file or directory
        4:28: error: hubs.c.tls: `key` is missing: the key of the certificate, PEM
        4:47: error: hubs.c.tls.certificate: cannot read the file `/nowhere/nope.pem`: No such file or directory
        5:29: error: hubs.d.tls: means nothing here: no address of this hub is `tls:`
        5:39: error: hubs.d.tls.ca: expected a file, `/` is a folder
        6:29: error: hubs.e.tls: `certificate` needs `key` beside it
        6:48: error: hubs.e.tls.certificate: cannot read the file `/nowhere/nope.pem`: No such file or directory
        6:71: error: hubs.e.tls.server_name: expected the name in the hub's certificate, such as hub.example, not `a b`
        7:34: error: hubs.f.tls: expected a map with the keys `ca`, `certificate`, `key` or `server_name`; a text is there
        """#
    ),
    FindingsExample(
        "hosted hubs",
        #"""
        hubs:
          a:
            listen: ["tcp:h:1"]
            id: ""
            unix_mode: 0999
            error_policy: ignor
            channel_policy: [x]
            group_policy: least-activ
            call_timeout: 10 s
            idle_timeout: 0
            data_timeout: 1m30s
            limits: {max_frame: 16MB, max_output: 1KiB, max_clients: 0, max_registrations: many, max_calls: 1.5}
          b:
            listen: ["tcp:h:2"]
            unix_mode: "0600"
        """#,
        #"""
        4:9: error: hubs.a.id: expected a name of 1 to 1024 bytes without control characters, not an empty text
        5:16: error: hubs.a.unix_mode: expected permissions in octal, such as "0660", not `0999`
        6:19: error: hubs.a.error_policy: expected `ignore`, `raise` or `broadcast`, not `ignor`
        7:21: error: hubs.a.channel_policy: expected `terminate` or `promote`; a list is there
        8:19: error: hubs.a.group_policy: expected `least-active` or `round-robin`, not `least-activ`
        9:19: error: hubs.a.call_timeout: expected a duration such as 10s, 250ms, 2m or 1h, not `10 s`
        10:19: error: hubs.a.idle_timeout: expected a duration such as 10s, 250ms, 2m or 1h, not `0`
        11:19: error: hubs.a.data_timeout: expected a duration such as 10s, 250ms, 2m or 1h, not `1m30s`
        12:25: error: hubs.a.limits.max_frame: expected a size such as 16MiB, from 4KiB to 1GiB, not `16MB`
        12:43: error: hubs.a.limits.max_output: expected a size such as 16MiB, from 64KiB to 1GiB, not `1KiB`
        12:62: error: hubs.a.limits.max_clients: expected a whole number from 1 to 2147483647, not `0`
        12:84: error: hubs.a.limits.max_registrations: expected a whole number from 1 to 2147483647, not `many`
        12:101: error: hubs.a.limits.max_calls: expected a whole number from 1 to 2147483647, not `1.5`
        15:5: warning: hubs.b.unix_mode: means nothing here: no address of this hub is `unix:`
        """#
    ),
    FindingsExample(
        "remote hubs",
        #"""
        hubs:
          a: {connect: ["tcp:h:1"], secret: {env: S}}
          b: {connect: ["tcp:h:1"], secret: {env: S}, allow_plaintext: yes}
          c: {connect: ["tcp:h:1"], require_hub_proof: true}
          d: {connect: ["tcp:h:1"], redial: {first: 2m}}
          e: {connect: ["tcp:h:1"], heartbeat: 30s}
          f: {connect: ["tcp:h:1"], heartbeat: 5s, dead_after: 1s}
          g: {connect: ["tcp:h:1"], expect_id: ""}
        """#,
        #"""
        2:16: error: hubs.a.connect: a `tcp:` address and a secret: whoever listens on the way can try passwords on its proof, and change messages; use `tls:`, or say `allow_plaintext: true`
        3:16: error: hubs.b.connect: a `tcp:` address and a secret: whoever listens on the way can try passwords on its proof, and change messages; use `tls:`, or say `allow_plaintext: true`
        3:64: error: hubs.b.allow_plaintext: expected `true` or `false`, not `yes`
        4:29: error: hubs.c.require_hub_proof: needs `secret`: that is what the hub must prove
        5:45: error: hubs.d.redial: `first` (2m) must not be longer than `longest` (1m)
        6:40: error: hubs.e.heartbeat: `heartbeat` (30s) must be shorter than `dead_after` (30s), best a third of it
        7:56: error: hubs.f.dead_after: `heartbeat` (5s) must be shorter than `dead_after` (1s), best a third of it
        8:40: error: hubs.g.expect_id: expected a name of 1 to 1024 bytes without control characters, not an empty text
        """#
    ),
    FindingsExample(
        "ids and listeners",
        #"""
        hubs:
          a: {listen: ["tcp:h:1", "unix:/a"]}
          b: {listen: ["tls:h:1", "unix:/a"], id: a, tls: {certificate: /dev/null, key: /dev/null}}
          c: {connect: ["unix:/c"], expect_id: a}
          "d e": {listen: ["unix:/d"]}
        """#,
        #"""
        3:3: error: hubs.b: has the id `a`, which `a` has already; each hub needs its own
        3:3: error: hubs.b.listen: `tls:h:1` is where `a` listens already
        3:3: error: hubs.b.listen: `unix:/a` is where `a` listens already
        3:81: warning: hubs.b.tls.key: others can read the key `/dev/null`; chmod 600 it
        4:3: error: hubs.c: has the id `a`, which `a` has already; each hub needs its own
        5:3: error: hubs: a hub's name has 1 to 255 bytes, without spaces; `d…` has not
        """#
    ),
    FindingsExample(
        "an alias of a hub",
        #"""
        hubs:
          a: &a {listen: ["unix:/a"]}
          b: *a
        """#,
        #"""
        3:3: error: hubs.b.listen: `unix:/a` is where `a` listens already
        """#
    ),
    FindingsExample(
        "wrong types",
        #"""
        hubs: [a]
        bridges: x
        """#,
        #"""
        1:7: error: hubs: expected a map of hubs by name; a list is there
        2:10: error: bridges: expected a list of bridges; a text is there
        """#
    ),
    FindingsExample(
        "wrong types at the top",
        #"""
        hubs: {a: {listen: ["unix:/a"]}}
        bridges: {a: b}
        expect: 5
        log: {level: loud, format: xml, file: x}
        drain_timeout: soon
        allow_inline_secrets: maybe
        """#,
        #"""
        2:10: error: bridges: expected a list of bridges; a map is there
        3:9: error: expect: expected a list of expectations; a text is there
        4:14: error: log.level: expected `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`, not `loud`
        4:28: error: log.format: expected `text` or `json`, not `xml`
        4:33: error: log: unknown key `file`; known here: `level`, `format`
        5:16: error: drain_timeout: expected a duration such as 10s, 250ms, 2m or 1h, not `soon`
        6:23: error: allow_inline_secrets: expected `true` or `false`, not `maybe`
        """#
    ),
]
