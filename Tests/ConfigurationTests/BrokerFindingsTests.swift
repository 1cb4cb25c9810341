import Testing

@testable import Configuration

/// What can be wrong with brokers.
@Suite struct BrokerFindingsTests {
    @Test(arguments: findings) func everythingIsFound(in example: FindingsExample) {
        example.check()
    }
}

private let findings: [FindingsExample] = [
    FindingsExample(
        "addresses",
        #"""
        hubs:
          a: {connect: ["mqtt://user:hunter2@h:1883"]}
          b: {connect: "mqtts://h:1883"}
          c: {connect: ["unix:/c", "mqtt+unix:/x"]}
          d: {listen: ["mqtt://localhost"]}
          e: {connect: ["mqtt://h", "mqtt://h:1883", "MQTT://g", "ws://h", "h:1883", "mqtt://"]}
          f: {connect: ["mqtt://h:0", "mqtt://h/path", "mqtt://::1", {x: 1}]}
          g: {connect: ["mqtt://h", "mqtt://h2: x"], addresses: sometimes}
          h: {connect: ["mqtt+unix:/run/m.sock"], tls: {}, addresses: round_robin}
        """#,
        #"""
        2:17: error: hubs.a.connect[0]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`; an address has no `@`; a name and a password are the keys `username` and `password`
        3:16: error: hubs.b.connect: expected a list of addresses, such as ["mqtt://localhost"]; a text is there
        4:17: error: hubs.c.connect[0]: `unix:/c` is the address of a hub, and another one here is that of a broker; a peer is one or the other
        5:16: error: hubs.d: `mqtt://…` is the address of a broker, and brokers are dialled: write `connect`
        6:29: error: hubs.e.connect[1]: the address `mqtt://h:1883` is there twice
        6:46: error: hubs.e.connect[2]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`, not `MQTT://g`; did you mean `mqtt://g`?
        6:58: error: hubs.e.connect[3]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`, not `ws://h`; WebSocket is not supported by this version yet
        6:68: error: hubs.e.connect[4]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`, not `h:1883`
        6:78: error: hubs.e.connect[5]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`, not `mqtt://`
        7:17: error: hubs.f.connect[0]: expected mqtt://HOST[:PORT] with a port from 1 to 65535, not mqtt://h:0
        7:31: error: hubs.f.connect[1]: expected mqtt://HOST[:PORT] and nothing behind it, but there is a `/` after mqtt://h
        7:48: error: hubs.f.connect[2]: expected mqtt://[:]:1, the IPv6 address in brackets, not mqtt://::1
        7:62: error: hubs.f.connect[3]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`; a map is there
        8:29: error: hubs.g.connect[1]: expected `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`; is a closing quote missing?
        8:46: warning: hubs.g.addresses: means nothing here: there is one address only
        8:57: error: hubs.g.addresses: expected `in_turn`, `round_robin` or `return_to_first`, not `sometimes`
        9:43: error: hubs.h.tls: means nothing here: no address of this broker is `mqtts://`
        9:52: warning: hubs.h.addresses: means nothing here: there is one address only
        """#
    ),
    FindingsExample(
        "keys of another kind of peer",
        #"""
        hubs:
          a:
            connect: ["mqtt://localhost"]
            secret: {env: S}
            channel_passwords: {}
            heartbeat: 1s
            listen: ["unix:/x"]
          b:
            connect: ["mqtt://localhost"]
            secret: {env: S}
            channel_passwords: {}
            heartbeat: 1s
            limits: {}
            usrname: x
          c:
            connect: ["unix:/c"]
            password: {env: S}
            keep_alive: 5s
            protocol: 5
            error_policy: ignore
          d:
            listen: ["unix:/d"]
            username: x
            heartbeat: 3s
        """#,
        #"""
        7:5: error: hubs.a: `listen` and `connect` stand together; a hub is hosted here (`listen`) or dialled (`connect`)
        10:5: error: hubs.b: `secret` is for a hub; this is an MQTT broker, which has `username` and `password` instead
        11:5: error: hubs.b: `channel_passwords` is for a hub; this is an MQTT broker
        12:5: error: hubs.b: `heartbeat` is for a hub; this is an MQTT broker, which has `keep_alive` instead
        13:5: error: hubs.b: `limits` is for a hub; this is an MQTT broker, which has `max_packet`, `window` and `receive_maximum` instead
        14:5: error: hubs.b: unknown key `usrname`; did you mean `username`?
        17:5: error: hubs.c: `password` is for an MQTT broker; this is a hub, which has `secret` instead
        18:5: error: hubs.c: `keep_alive` is for an MQTT broker; this is a hub, which has `heartbeat` and `dead_after` instead
        19:5: error: hubs.c: `protocol` is for an MQTT broker; this is a hub
        20:5: error: hubs.c: `error_policy` is for a hub that is hosted here (`listen`); this one is dialled
        23:5: error: hubs.d: `username` is for an MQTT broker; this is a hub that is hosted here
        24:5: error: hubs.d: `heartbeat` is for a hub that is dialled (`connect`); this one is hosted here
        """#
    ),
    FindingsExample(
        "values",
        #"""
        hubs:
          a:
            connect: ["mqtt://localhost"]
            protocol: 4
            keep_alive: 0
            session_expiry: 1500ms
            receive_maximum: 0
            window: 70000
            max_packet: 1KiB
            topic_aliases: 65536
            client_id: ""
            redial: {first: 10s, longest: 5s}
          b:
            connect: ["mqtts://localhost"]
            keep_alive: 19h
            bridge_bit: true
            password: {env: S}
            tls: {alpn: mqtt, key: /nowhere/key, server_name: "a b"}
          c:
            connect: ["mqtt://localhost"]
            protocol: 3.1.1
            fall_back: true
            password: hunter2
            session_expiry: 1h
            receive_maximum: 10
            topic_aliases: 3
          d: {connect: ["mqtt://localhost"], fall_back: true, password: {env: S}}
          e: {connect: ["mqtt://127.1.2.3", "mqtt://[::1]", "mqtt://LOCALHOST"], username: x, password: {env: S}}
          f: {connect: ["mqtt://127.evil.example"], username: x, password: {env: S}}
          g: {connect: ["mqtt://10.0.0.1"], username: x, password: {env: S}, allow_plaintext: true}
          h: {connect: ["mqtts://localhost"], tls: {alpn: ["", http/1.1]}}
        """#,
        #"""
        4:15: error: hubs.a.protocol: expected `5` or `3.1.1`, not `4`
        5:17: error: hubs.a.keep_alive: 0 would switch it off, and a connection that died silently would pass for a living one; expected whole seconds from 5s to 18h
        6:21: error: hubs.a.session_expiry: expected a duration in whole seconds, such as 24h, not `1500ms`
        7:22: error: hubs.a.receive_maximum: expected a whole number from 1 to 65535, not `0`
        8:13: error: hubs.a.window: expected a whole number from 1 to 60000, not `70000`
        9:17: error: hubs.a.max_packet: expected a size such as 16MiB, from 4KiB to 256MiB, not `1KiB`
        10:20: error: hubs.a.topic_aliases: expected a whole number from 0 to 65535, not `65536`
        11:16: error: hubs.a.client_id: expected a name of 1 to 1024 bytes without control characters, not an empty text
        12:35: error: hubs.a.redial: `first` (10s) must not be longer than `longest` (5s)
        15:17: error: hubs.b.keep_alive: expected a duration in whole seconds, from 5s to 18h, not `19h`
        16:5: error: hubs.b.bridge_bit: needs `protocol: 3.1.1`; MQTT 5 has No Local instead, which is always asked for
        18:5: error: hubs.b.tls: `key` needs `certificate` beside it
        18:17: error: hubs.b.tls.alpn: expected a list of protocol names, such as `[mqtt]`; a text is there
        18:28: error: hubs.b.tls.key: cannot read the file `/nowhere/key`: No such file or directory
        18:55: error: hubs.b.tls.server_name: expected the name in the broker's certificate, such as broker.example, not `a b`
        22:5: error: hubs.c.fall_back: needs `protocol: 5`: there is nothing to fall back to from 3.1.1
        23:5: error: hubs.c.password: needs `username`: MQTT 3.1.1 has no password without one
        23:15: error: hubs.c.password: expected `{env: NAME}` or `{file: PATH}`; a secret does not stand in this file itself, unless it says `allow_inline_secrets: true`
        24:5: warning: hubs.c.session_expiry: means nothing with `protocol: 3.1.1`, which has no such setting
        25:5: warning: hubs.c.receive_maximum: means nothing with `protocol: 3.1.1`, which has no such setting
        26:5: warning: hubs.c.topic_aliases: means nothing with `protocol: 3.1.1`, which has no such setting
        27:55: error: hubs.d.password: needs `username`: MQTT 3.1.1 has no password without one
        29:16: error: hubs.f.connect: a `mqtt://` address of another machine and a password: whoever listens on the way reads it; use `mqtts://`, or say `allow_plaintext: true`
        31:52: error: hubs.h.tls.alpn[0]: expected a name of 1 to 255 bytes, not an empty text
        """#
    ),
    FindingsExample(
        "several peers and bridges of one broker",
        #"""
        hubs:
          one: {connect: ["mqtt://h"], client_id: me}
          two: {connect: ["mqtt://two"]}
          three: {connect: ["mqtt://three", "mqtt://h"], client_id: me, id: x}
          four: {connect: ["mqtt://four"], id: x}
        bridges:
          - {between: [one, two], topics: [a]}
          - {between: [one, three], topics: [a]}
          - {between: [three, four], topics: [b]}
        """#,
        #"""
        2:3: error: hubs.one: has a `client_id`, and the bridges `one-two`, `one-three` would connect by it and throw each other out; leave it away, and each bridge has its own
        4:3: error: hubs.three: has a `client_id`, and the bridges `one-three`, `three-four` would connect by it and throw each other out; leave it away, and each bridge has its own
        4:3: warning: hubs.three: dials `mqtt://h:1883` with the same `client_id` as `one`: they will throw each other out
        4:3: warning: hubs.three: dials `mqtt://h:1883` as `one` does; give both the same `id`, so that messages which go round are recognised
        9:5: error: bridges[2]: both ends have the id `x`, so they are the same broker, and nothing would cross
        """#
    ),
]
