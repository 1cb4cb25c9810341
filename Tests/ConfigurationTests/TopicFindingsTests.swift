import Testing

@testable import Configuration

/// What can be wrong with bridges between brokers, their rules and expectations.
@Suite struct TopicFindingsTests {
    @Test(arguments: findings) func everythingIsFound(in example: FindingsExample) {
        example.check()
    }
}

private let findings: [FindingsExample] = [
    FindingsExample(
        "bridges",
        #"""
        hubs:
          hub: {listen: ["unix:/a"]}
          hub2: {listen: ["unix:/b"]}
          one: {connect: ["mqtt://one"]}
          two: {connect: ["mqtt://two"]}
          "a/b": {connect: ["mqtt://three"]}
        bridges:
          - {between: [hub, hub2], topics: ["#"]}
          - {id: q, between: [hub, hub2], state_topic: x, channels: all}
          - {between: [one, two], channels: all, call_timeout: 5s}
          - {between: [hub, one], topics: ["#"]}
          - {between: [one, one], topics: ["#"]}
          - {between: [one, tow], topics: ["#"]}
          - {between: [a/b, one], topics: ["#"]}
          - {id: "x+", between: [one, two], topics: ["#"]}
          - {id: r, between: [one, two], topics: all}
          - {id: s, between: [one, two], topics: [a], state_topic: "a/#", drain_rate: 0, retained_memory: /nowhere/at/all, coordinate: maybe}
          - {id: t, between: [one, two], map: [], topic: [a]}
          - {id: u, between: [nobody, no-one], topics: [a]}
        """#,
        #"""
        8:28: error: bridges[0]: `topics` is for a bridge between two brokers; between hubs, `channels` says what crosses
        9:10: note: bridges: `hub-hub2` and `q` join the same two hubs: one works, the other stands by
        9:35: error: bridges[1]: `state_topic` is for a bridge between two brokers; this one joins hubs
        10:27: error: bridges[2]: `channels` is for a bridge between two hubs; between brokers, `topics` says what crosses
        10:42: error: bridges[2]: `call_timeout` is for a bridge between two hubs; messages of brokers are no calls
        11:15: error: bridges[3].between: joins a hub and a broker; that takes `map`, which is not supported by this version yet
        12:21: error: bridges[4].between: a bridge joins two different brokers, not one with itself
        13:21: error: bridges[5].between: there is no hub or broker `tow`; did you mean `two`?
        14:5: error: bridges[6]: the id `a/b-one` stands in topics, so it has no `/`, `+` or `#`; give the bridge an `id` without
        15:10: error: bridges[7]: the id `x+` stands in topics, so it has no `/`, `+` or `#`; give the bridge an `id` without
        15:10: note: bridges: `one-two` and `x+` join the same two brokers: of what both carry, one works, the other stands by
        16:10: note: bridges: `one-two` and `r` join the same two brokers: of what both carry, one works, the other stands by
        16:42: error: bridges[8].topics: expected a list of topic filters and rules, such as `["sensors/#"]`; a text is there
        17:10: note: bridges: `one-two` and `s` join the same two brokers: of what both carry, one works, the other stands by
        17:60: error: bridges[9].state_topic: expected a topic such as `stinger/bridge/{bridge}/{peer}/state`, or the word `none`, not `a/#`
        17:79: error: bridges[9].drain_rate: expected a whole number from 1 to 1000000, not `0`
        17:99: error: bridges[9].retained_memory: there is no folder `/nowhere/at` for the file
        17:128: error: bridges[9].coordinate: expected `true` or `false`, not `maybe`
        18:10: note: bridges: `one-two` and `t` join the same two brokers: of what both carry, one works, the other stands by
        18:34: error: bridges[10]: `map` joins a hub and a broker, which is not supported by this version yet
        18:43: error: bridges[10]: unknown key `topic`; did you mean `topics`?
        19:23: error: bridges[11].between: there is no hub or broker `nobody`; there are `hub`, `hub2`, `one`, `two`, `a/b`
        19:31: error: bridges[11].between: there is no hub or broker `no-one`; there are `hub`, `hub2`, `one`, `two`, `a/b`
        """#
    ),
    FindingsExample(
        "rules",
        #"""
        hubs:
          one: {connect: ["mqtt://one"]}
          two: {connect: ["mqtt://two"]}
        bridges:
          - between: [one, two]
            topics:
              - "a#"
              - "a/+b"
              - "$share/g/a"
              - [a]
              - {direction: out}
              - {filter: "", qos: 3}
              - {filter: a, first_prefix: "x/#/"}
              - {filter: "#", second_prefix: "site"}
              - {filter: "a/+", as: "b/{2}"}
              - {filter: "a/+", as: "b/{1}", first_prefix: "x/"}
              - {filter: "a/+", as: "b"}
              - {filter: "a/+", as: "b-{1}"}
              - {filter: "a/#", as: "{1}/b"}
              - {filter: "a/+", as: "{1}/{1}"}
              - {filter: "a/+", as: "b/+"}
              - {filter: "a/+", as: "b/{x}", direction: out}
              - {filter: a, exclude: "b", retain: kep, conflict: third}
              - {filter: a, exclude: ["b#"]}
              - {filter: a, max_payload: 0, expiry: 0, share: "a/b"}
              - {filter: a, rate: {}}
              - {filter: a, rate: {messages: 0, burst: 0, excess: drop}}
              - {filter: a, rate: {messages: 1e3, excess: hold_back}}
              - {filter: a, retain: live, conflict: second}
              - {filter: "$share/g/a"}
              - {filter: a, second_prefix: "$share/g/"}
        """#,
        #"""
        7:9: error: bridges[0].topics[0]: `a#` is no topic filter: `+` and `#` stand alone between slashes, and `#` at the end
        8:9: error: bridges[0].topics[1]: `a/+b` is no topic filter: `+` and `#` stand alone between slashes, and `#` at the end
        9:9: error: bridges[0].topics[2]: a shared subscription is made with the key `share: GROUP`
        10:9: error: bridges[0].topics[3]: expected a topic filter such as "sensors/#", or a map such as `{filter: "sensors/#", direction: out}`; a list is there
        11:9: error: bridges[0].topics[4]: `filter` is missing: the topics, such as "sensors/#"
        12:18: error: bridges[0].topics[5].filter: expected a topic filter such as "sensors/#", not an empty text
        12:27: error: bridges[0].topics[5].qos: expected 0, 1 or 2, not `3`
        13:35: error: bridges[0].topics[6].first_prefix: expected the beginning of a topic, such as `site-4/`, without `+` and `#`, not `x/#/`
        14:38: error: bridges[0].topics[7].second_prefix: must end in `/`: `#` begins with a wildcard, which is a level of its own
        15:29: error: bridges[0].topics[8].as: {2} is none of the filter's wildcards: it has 1
        16:38: error: bridges[0].topics[9].first_prefix: stands together with `as`, which gives the whole name already
        17:29: error: bridges[0].topics[10].as: for messages back from the second side it must use {1}, or nobody could say what that stood for; with `direction: out` it need not
        18:29: error: bridges[0].topics[11].as: for messages back from the second side {1} must be a whole level; with `direction: out` it need not
        19:29: error: bridges[0].topics[12].as: {1} is what `#` stood for, any number of levels: it can only be the whole end, such as `new/{1}`
        20:29: error: bridges[0].topics[13].as: for messages back from the second side {1} must stand once; with `direction: out` it need not
        21:29: error: bridges[0].topics[14].as: a new name has no wildcards: write {1} for what the filter's first wildcard stood for
        22:29: error: bridges[0].topics[15].as: {x} is no place: write {1} for what the filter's first wildcard stood for
        23:30: error: bridges[0].topics[16].exclude: expected a list of topic filters, such as `["sensors/private/#"]`; a text is there
        23:43: error: bridges[0].topics[16].retain: expected `keep`, `drop` or `live`, not `kep`
        23:58: error: bridges[0].topics[16].conflict: expected `first` or `second`, not `third`
        24:31: error: bridges[0].topics[17].exclude[0]: `b#` is no topic filter: `+` and `#` stand alone between slashes, and `#` at the end
        25:34: error: bridges[0].topics[18].max_payload: expected a size such as 16MiB, from 1 byte to 256MiB, not `0`
        25:45: error: bridges[0].topics[18].expiry: expected a duration in whole seconds, such as 10m, not `0`
        25:55: error: bridges[0].topics[18].share: expected the name of a group, without `/`, `+` and `#`, not `a/b`
        26:21: error: bridges[0].topics[19].rate: `messages` is missing: how many may cross in a second
        26:21: error: bridges[0].topics[19].rate: `excess` is missing: `drop_newest`, `drop_oldest` or `hold_back`
        27:38: error: bridges[0].topics[20].rate.messages: expected messages a second, such as 100 or 0.5, not `0`
        27:48: error: bridges[0].topics[20].rate.burst: expected a whole number from 1 to 1000000, not `0`
        27:59: error: bridges[0].topics[20].rate.excess: expected `drop_newest`, `drop_oldest` or `hold_back`, not `drop`
        28:38: error: bridges[0].topics[21].rate.messages: expected messages a second, such as 100 or 0.5, not `1e3`
        29:35: warning: bridges[0].topics[22].conflict: means nothing with `retain: live`: only kept messages are compared
        30:18: error: bridges[0].topics[23].filter: a shared subscription is made with the key `share: GROUP`
        31:36: error: bridges[0].topics[24].second_prefix: makes a shared subscription; that is what `share: GROUP` is for
        """#
    ),
    FindingsExample(
        "what works and is hardly meant",
        #"""
        hubs:
          one: {connect: ["mqtt://one"], max_packet: 1MiB}
          two: {connect: ["mqtt://two"], protocol: 3.1.1, window: 100, clean_start: true}
          three: {connect: ["mqtt://three"], fall_back: true, session_expiry: 0}
          unused: {connect: ["mqtt://unused"]}
        bridges:
          - between: [one, two]
            topics:
              - "sensors/#"
              - sensors/a
              - "+/b"
              - {filter: "x/#", direction: out}
              - {filter: x/y, direction: both}
          - between: [two, three]
            topics:
              - {filter: a/b, direction: out, second_prefix: "$SYS/", qos: 0}
              - {filter: c, share: g, qos: 1}
              - {filter: d, max_payload: 2MiB, qos: 0, direction: out}
          - between: [three, one]
            topics:
              - {filter: e, max_payload: 2MiB, qos: 0}
              - {filter: "$SYS/#", direction: in, first_prefix: "one/", qos: 1}
              - {filter: "p/+", direction: out, as: "q/{1}"}
              - {filter: "q/+", direction: in, as: "q/{1}"}
          - {id: empty, between: [three, one]}
          - {id: off, between: [one, three], coordinate: false, topics: [z]}
        """#,
        isTaken: true,
        #"""
        5:3: warning: hubs.unused: is never dialled: no bridge joins it
        7:5: note: bridges[0]: two speaks MQTT 3.1.1: response topics, correlation data, user properties, content types and expiry do not pass it
        7:5: note: bridges[0]: two has `clean_start: true`: what is published there while the bridge is away is lost, whatever its QoS
        7:5: warning: bridges[0]: sends QoS 2 to two with `window: 100`: over MQTT 3.1.1 a broker cannot say how many it takes, and mosquitto 2.0 loses those beyond 20
        10:9: warning: bridges[0].topics[1]: never applies: the rule at line 9 takes all of it first
        11:9: warning: bridges[0].topics[2]: overlaps with the rule at line 9, which decides about `sensors/b` from one
        12:9: warning: bridges[0].topics[3]: overlaps with the rule at line 11, which decides about `x/b` from one
        13:9: warning: bridges[0].topics[4]: never applies to messages from one: the rule at line 12 takes all of it first
        14:5: note: bridges[1]: two speaks MQTT 3.1.1: response topics, correlation data, user properties, content types and expiry do not pass it
        14:5: note: bridges[1]: two has `clean_start: true`: what is published there while the bridge is away is lost, whatever its QoS
        14:5: note: bridges[1]: three has `session_expiry: 0`: what is published there while the bridge is away is lost, whatever its QoS
        16:9: warning: bridges[1].topics[0]: publishes `$SYS/a/b` on three: topics that begin with `$` are the broker's own, and most brokers take none from clients
        17:9: warning: bridges[1].topics[1]: `share` with `retain: keep`: a shared subscription brings no retained messages (MQTT 5.0, 4.8.2), and each process of the group would compare them; say `retain: live` or `drop`
        17:9: warning: bridges[1].topics[1]: `share` with both directions over MQTT 3.1.1 (two): what one process of the group has sent may come back to another, which cannot know it; give `direction`
        19:5: note: bridges[2]: three has `session_expiry: 0`: what is published there while the bridge is away is lost, whatever its QoS
        21:9: warning: bridges[2].topics[0]: `max_payload` (2MiB) is more than one takes: its `max_packet` is 1MiB
        23:9: warning: bridges[2].topics[2]: feeds the rule at line 24: `p/any1` from three becomes `q/any1`, which would come back as `q/any1`
        25:10: note: bridges: `three-one` and `empty` join the same two brokers: of what both carry, one works, the other stands by
        25:10: warning: bridges[3]: carries nothing: no topics are named; list some under `topics`, such as `["sensors/#"]`
        26:10: warning: bridges: `three-one` and `off` join the same two brokers, and with `coordinate: false` they do not agree which of them carries a message: what both have rules for arrives twice
        26:10: note: bridges[4]: three has `session_expiry: 0`: what is published there while the bridge is away is lost, whatever its QoS
        """#
    ),
    FindingsExample(
        "one memory for two bridges",
        #"""
        hubs: {one: {connect: ["mqtt://one"]}, two: {connect: ["mqtt://two"]}, x: {connect: ["mqtt://x"], id: z}, y: {connect: ["mqtt://y"], id: z}}
        bridges:
          - {between: [one, two], topics: [a], retained_memory: /tmp/m}
          - {id: other, between: [one, x], topics: [a], retained_memory: /tmp/m}
        """#,
        #"""
        3:57: error: bridges[0].retained_memory: expected the path of a file; `/tmp/m` is something else
        4:66: error: bridges[1].retained_memory: expected the path of a file; `/tmp/m` is something else
        """#
    ),
    FindingsExample(
        "expectations",
        #"""
        hubs: {a: {connect: ["mqtt://a"]}, b: {connect: ["mqtt://b"]}, h: {listen: ["unix:/h"]}, g: {listen: ["unix:/g"]}}
        expect:
          - {from: c, topic: x, verdict: allowed}
          - {from: a, topic: "x/#", verdict: stopped}
          - {from: a, to: a, channel: x, verdict: nope}
          - {from: a, event: x}
          - {from: h, topic: x, verdict: stopped}
          - {from: nowhere, channel: x, verdict: stopped}
        """#,
        #"""
        3:12: error: expect[0].from: there is no hub or broker `c`; did you mean `a`?
        4:22: error: expect[1].topic: expected the name of one topic, without `+` and `#`, not `x/#`
        5:5: error: expect[2]: `topic` is missing: its name on that broker
        5:19: error: expect[2].to: a message that starts on a broker is there already
        5:22: error: expect[2].channel: is asked of hubs; of brokers, `topic` is
        5:43: error: expect[2].verdict: expected `allowed` or `stopped`, not `nope`
        6:5: error: expect[3]: `topic` is missing: its name on that broker
        6:5: error: expect[3]: `verdict` is missing: `allowed` or `stopped`
        6:15: error: expect[3].event: is asked of hubs; of brokers, `topic` is
        7:5: error: expect[4]: `channel` is missing: its name on that hub
        7:15: error: expect[4].topic: is asked of brokers; of hubs, `channel` is
        8:12: error: expect[5].from: there is no hub or broker `nowhere`; there are `a`, `b`, `h`, `g`
        """#
    ),
]
