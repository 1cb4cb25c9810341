"""What passes a hub unread must come out as it went in, as far as a hub that decodes and encodes again can show."""

import msgpack

from support import wire
from support.session import Open, send, session
from .words import answer, broadcast, call, join, provide, tell

PAIR = (Open("p"), Open("me"), send("p", provide("echo", "1")))

def nested(levels):
    value = "core"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


VALUES = {
    "nil and booleans": [None, True, False],
    "integers": [0, 1, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63, 2**64 - 1, -1, -32, -33, -128, -129,
                 -32768, -32769, -2**31, -2**31 - 1, -2**63],
    "floats": [0.0, -0.0, 1.0, 0.1, 1e-07, 1e16, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"),
               float("nan")],
    "text": ["", "a", "a" * 31, "a" * 32, "a" * 255, "a" * 256, "ä☂𝄞", "\x00\x1f\"\\", "\u202e\ufeff\ufffd"],
    "bytes": [b"", b"\x00\xff", bytes(range(256)), b"\xc1" * 70000],
    "lists": [[], [[]], list(range(15)), list(range(16)), [[[[1]]]]],
    "maps": [{}, {"": ""}, {str(number): number for number in range(16)}, {"a": {"b": {"c": [{"d": None}]}}}],
    "extension types": [msgpack.ExtType(code, content) for code in (0, 5, 127)
                        for content in (b"", b"1", b"12", b"123", b"1234", b"12345678", b"1" * 16, b"1" * 300)],
    "timestamps": [msgpack.Timestamp(0), msgpack.Timestamp(1, 999_999_999), msgpack.Timestamp(2**34, 1),
                   msgpack.Timestamp(-1, 5)],
    "a deep value": nested(400),
}


SESSIONS = [
    *[session(f"data: {title}", *PAIR, send("me", call("echo", "1", values)), send("p", answer("1", "me", values)))
      for title, values in VALUES.items()],
    session("unknown keys", *PAIR,
            send("me", call("echo", "1", trace={"span": [1, 2]}, **{"": "empty", "x-y": b"\x00", "Type": "no"})),
            send("p", answer("1", "me", hops=3, extra=msgpack.ExtType(9, b"z"))),
            send("me", tell("echo", 1, trace=None))),
    session("unknown keys in a broadcast", Open("a"), Open("b"), send("a", join("1")), send("b", join("1")),
            send("a", broadcast("e", 1, trace=[{"a": 1.5}], **{"k" * 300: "v" * 300}))),
    session("many keys", *PAIR, send("me", call("echo", "1", **{f"key-{number}": number for number in range(100)})),
            send("me", call("echo", "2", **{f"key-{number}": number for number in range(4)})),
            send("me", call("echo", "3", **{f"key-{number}": number for number in range(8)}))),
    session("the type as the last key", *PAIR,
            send("me", {"data": 1, "request_id": "1", "event": "echo", "channel": "room", "type": "call"})),
    session("no data at all", *PAIR, send("me", {"type": "call", "channel": "room", "event": "echo",
                                                 "request_id": "1"})),
    session("names in odd widths", *PAIR,
            send("me", wire.mapping((wire.string(32, "type"), wire.string(16, "call")),
                                    (wire.string(8, "channel"), wire.string(32, "room")),
                                    ("event", wire.string(8, "echo")), ("request_id", wire.string(16, "1")),
                                    ("data", wire.uint(64, 1)), ("path", wire.array(32, wire.string(8, "far"))),
                                    width=32)),
            send("p", answer("1", "me", 1))),
    session("a megabyte", *PAIR, send("me", call("echo", "1", b"m" * 1_000_000)),
            send("p", answer("1", "me", "m" * 1_000_000))),
]
