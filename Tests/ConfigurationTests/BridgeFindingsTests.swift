import Testing

@testable import Configuration

/// What can be wrong with bridges, rules and expectations.
@Suite struct BridgeFindingsTests {
    @Test(arguments: findings) func everythingIsFound(in example: FindingsExample) {
        example.check()
    }
}

private let findings: [FindingsExample] = [
    FindingsExample(
        "bridges",
        #"""
        hubs:
          device: {listen: ["unix:/a"]}
          plant: {listen: ["unix:/b"]}
          third: {connect: ["unix:/c"]}
        bridges:
          - between: [device, plnat]
          - between: [device]
          - between: device
          - between: [device, device]
          - {}
          - between: [device, nowhere]
          - between: [device, plant]
          - {between: [plant, device], id: device-plant, channels: [], call_timeout: x, chanels: 1}
          - {between: [plant, device], channels: some}
          - {between: [plant, device], id: q, channels: {a: b}}
          - text
        """#,
        #"""
        6:23: error: bridges[0].between: there is no hub `plnat`; did you mean `plant`?
        7:14: error: bridges[1].between: expected a list of two names of hubs, such as `[device, plant]`; a list of 1 is there
        8:14: error: bridges[2].between: expected a list of two names of hubs, such as `[device, plant]`; a text is there
        9:23: error: bridges[3].between: a bridge joins two different hubs, not one with itself
        10:5: error: bridges[4]: `between` is missing: the names of two hubs, such as `[device, plant]`
        11:23: error: bridges[5].between: there is no hub `nowhere`; there are `device`, `plant`, `third`
        13:36: error: bridges: the id `device-plant` is there twice; give each bridge its own `id`
        13:78: error: bridges[7].call_timeout: expected a duration such as 10s, 250ms, 2m or 1h, not `x`
        13:81: error: bridges[7]: unknown key `chanels`; did you mean `channels`?
        14:5: note: bridges: `device-plant` and `plant-device` join the same two hubs: one works, the other stands by
        14:42: error: bridges[8].channels: expected a list of channels, such as `[sensors, "motor.*"]`, or the word `all`, not `some`
        15:36: note: bridges: `device-plant` and `q` join the same two hubs: one works, the other stands by
        15:49: error: bridges[9].channels: expected a list of channels, such as `[sensors, "motor.*"]`, or the word `all`; a map is there
        16:5: error: bridges[10]: expected a map with the keys `id`, `between`, `channels` (between hubs) or `topics` (between brokers); a text is there
        """#
    ),
    FindingsExample(
        "two bridges of one pair",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}, c: {connect: ["unix:/c"]}}
        bridges:
          - between: [a, b]
          - {id: second, between: [b, a], channels: []}
        """#,
        isTaken: true,
        #"""
        1:60: warning: hubs.c: is never dialled: no bridge joins it
        3:5: warning: bridges[0]: carries nothing: no channels are named; list some under `channels`, or say `channels: all`
        4:10: note: bridges: `a-b` and `second` join the same two hubs: one works, the other stands by
        4:10: warning: bridges[1]: carries nothing: no channels are named; list some under `channels`, or say `channels: all`
        """#
    ),
    FindingsExample(
        "rules",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}
        bridges:
          - between: [a, b]
            channels:
              - __comm_ipc_system
              - {name: x, as: __stinger.x}
              - {name: "x.*", as: y}
              - {name: "x.?", as: "y.*"}
              - {direction: out}
              - {name: x, direction: outt}
              - {name: x, events: []}
              - {name: x, events: [""]}
              - {name: x, events: y}
              - [x]
              - ""
        """#,
        #"""
        5:9: error: bridges[0].channels[0]: `__comm_ipc_system` names a system channel, and those never cross a bridge
        6:23: error: bridges[0].channels[1].as: `__stinger.x` names a system channel, and those never cross a bridge
        7:27: error: bridges[0].channels[2].as: `y` is one name, and `x.*` stands for many; give `as` a `*` too, or name one channel
        8:27: error: bridges[0].channels[3].as: a rename has no `?`, and at most one `*`, where the name has exactly one `*` and no `?` either; the name is `x.?`
        9:9: error: bridges[0].channels[4]: `name` is missing: the channel, or a pattern of channels
        10:30: error: bridges[0].channels[5].direction: expected `out`, `in` or `both`, not `outt`
        11:27: error: bridges[0].channels[6].events: an empty list would stop every event; leave `events` away to carry all
        12:28: error: bridges[0].channels[7].events[0]: expected a name of 1 to 1024 bytes without control characters, not an empty text
        13:27: error: bridges[0].channels[8].events: expected a list of events or patterns, such as `[temperature, "alarm.*"]`; a text is there
        14:9: error: bridges[0].channels[9]: expected a channel's name, a pattern such as "motor.*", or a map such as `{name: alarms, direction: out}`; a list is there
        15:9: error: bridges[0].channels[10]: expected a name of 1 to 1024 bytes without control characters, not an empty text
        """#
    ),
    FindingsExample(
        "rules that never apply",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}
        bridges:
          - between: [a, b]
            channels:
              - "motor.*"
              - motor.left
              - {name: c, as: x, direction: both}
              - {name: d, as: x}
              - {name: x, direction: in}
        """#,
        isTaken: true,
        #"""
        6:9: warning: bridges[0].channels[1]: never applies: the rule at line 5 takes all of it first
        8:9: warning: bridges[0].channels[3]: never applies to messages from b: the rule at line 7 takes all of it first
        9:9: warning: bridges[0].channels[4]: never applies: the rule at line 7 takes all of it first
        """#
    ),
    FindingsExample(
        "expectations",
        #"""
        hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}
        expect:
          - {from: c, channel: x, verdict: allowed}
          - {from: a, channel: "x*", verdict: stopped}
          - {from: a, to: a, channel: x, verdict: nope}
          - {from: a}
        """#,
        #"""
        3:12: error: expect[0].from: there is no hub `c`; did you mean `a`?
        4:24: error: expect[1].channel: expected one name, not the pattern `x*`
        5:19: error: expect[2].to: a message that starts on a hub is there already
        5:43: error: expect[2].verdict: expected `allowed` or `stopped`, not `nope`
        6:5: error: expect[3]: `channel` is missing: its name on that hub
        6:5: error: expect[3]: `verdict` is missing: `allowed` or `stopped`
        """#
    ),
]
