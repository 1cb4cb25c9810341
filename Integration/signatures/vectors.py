"""Makes the signature vectors of Tests/HubProtocolTests: what this environment's comm-ipc signs, and what it verifies.

    python vectors.py texts      msgpack of a value, and the JSON that a signature covers for it
    python vectors.py frames     whole messages as a hub passes them on, and the receiving client's verdict

Deterministic: the same lines each time. test_signatures.py compares them with the vectors that are kept.
"""

import asyncio
import json
import math
import random
import struct
import sys

import msgpack
from comm_ipc import channel as channels
from comm_ipc import security
from comm_ipc.comm_data import CommData

#: (password, channel)
KEYS = [("swordfish", "secure"), ("пароль", "köln/☂"), ("", "empty"), ("a" * 100, "x")]
TIME = 1_700_000_000


class Source:
    """Random values from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def float(self):
        kind = self.random.randrange(6)
        if kind == 0:
            return struct.unpack("<d", self.random.randbytes(8))[0]
        if kind == 1:
            return self.random.uniform(-1, 1) * 10 ** self.random.randint(-8, 20)
        if kind == 2:
            return float(self.random.randint(-10 ** 6, 10 ** 6)) * 10.0 ** self.random.randint(-10, 17)
        if kind == 3:
            return round(self.random.uniform(-1000, 1000), self.random.randint(0, 6))
        if kind == 4:
            return float(2 ** self.random.randint(0, 80) + self.random.randint(-3, 3))
        return self.random.choice([0.0, -0.0, 1.0, 1e-07, 1e16, 1e15, 1e-4, 1e-5, 0.1, 5e-324, 1.7976931348623157e308])

    def integer(self):
        bits = self.random.randint(0, 64)
        value = self.random.getrandbits(bits) if bits else 0
        return value if self.random.random() < 0.5 or value > 2 ** 63 else -value

    def text(self):
        ranges = [(0x20, 0x7E), (0x20, 0x7E), (0, 0x1F), (0x7F, 0xA0), (0xC0, 0x17F), (0x2600, 0x26FF),
                  (0xE000, 0xFFFF), (0x1F600, 0x1F64F), (0x10FFFF, 0x10FFFF)]
        letters = []
        for _ in range(self.random.choice([0, 1, 3, 8, 20])):
            low, high = self.random.choice(ranges)
            letters.append(chr(self.random.randint(low, high)))
        return "".join(letters)

    def scalar(self):
        return self.random.choice([lambda: None, lambda: self.random.random() < 0.5, self.integer, self.float,
                                   self.text, self.text])()

    def value(self, depth=0):
        kind = self.random.random()
        if depth > 4 or kind < 0.3:
            return self.scalar()
        if kind < 0.6:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 4))]
        return {self.text(): self.value(depth + 1) for _ in range(self.random.randint(0, 5))}

    def short_value(self, maximum=300):
        while True:
            value = self.value()
            if len(json.dumps(value)) <= maximum:
                return value

    def sound(self):
        """A value without the numbers that 0.1.16 signs one way and verifies another."""
        while True:
            value = self.short_value(150)
            if "NaN" not in json.dumps(value) and "Infinity" not in json.dumps(value):
                return value


def texts():
    edge = [None, True, False, 0, -1, 2 ** 64 - 1, 2 ** 63, -2 ** 63, 2 ** 63 - 1, math.nan, math.inf, -math.inf,
            0.0, -0.0, 1.0, 1e-07, 1e16, 1e15, 9007199254740993.0, 12345678901234568.0, 123456789012345680.0,
            0.0001, 0.00001, 0.00012,
            1e22, 1e100, 1.5e300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1 / 3, 100.0, 1e5,
            "", "\x00\x01\x07\b\t\n\v\f\r\x1b\x1f", "\x7f\x80\xa0", '"\\/',
            "äöü", "☂", "\ue000\uffff", "😀", "\U0010ffff",
            [], {}, [[]], [{}], {"": ""}, {"b": 1, "a": 2, "B": 3, "": 4}, {"é": 1, "z": 2, "😀": 3, "\uffff": 4},
            {"a": {"d": 1, "c": {"f": 2, "e": [{"h": 3, "g": 4}]}},
             "A": [{"y": 1, "x": [{"w": 1, "v": 2}, {"u": 0, "t": 0}]}]},
            {"aa": 1, "a": 2, "aaa": 3, "a\x00": 4}]
    source = Source(1)
    values = edge + [[source.float() for _ in range(6)] for _ in range(60)] + [source.short_value() for _ in range(130)]
    lines = [(msgpack.packb(value), value) for value in values]
    # Values that Python itself would not pack so: float 32, long forms, a key that stands twice.
    raw = ["ca3f800000", "ca3dcccccd", "ca7f7fffff", "ca00000001", "d90161", "da000161", "cd0001", "d3ffffffffffffffff",
           "82a16101a16102", "83a16101a16202a16103", "83a16181a17801a162c0a161a179"]
    lines += [(bytes.fromhex(text), msgpack.unpackb(bytes.fromhex(text))) for text in raw]
    return [f"{packed.hex()} {json.dumps(value, sort_keys=True, separators=(',', ':'))}" for packed, value in lines]


class Parent:
    """What a channel needs of its client."""
    client_id = "caller-ä"
    server_id = "hub-1"
    return_type = "dict"
    verbose = False


def messages(channel, source):
    """(kind, message) as the release's own client makes them."""
    make = channel._create_message
    for kind in ("broadcast", "send"):
        yield kind, asyncio.run(make(kind, "e.v", source.sound()))
    yield "call", asyncio.run(make("call", "e", source.sound(), "0b7f8d1c"))
    if "is_stream" in make.__code__.co_varnames:
        yield "call", asyncio.run(make("call", "e", source.sound(), "r", is_stream=True))


def verdict(key, message):
    """The signature that the receiver reckons ("-": it cannot), and whether it takes the message."""
    try:
        fields = CommData.from_dict(message).to_dict()
        reckoned = security.compute_signature(key, fields)
        taken = security.verify_signature(key, fields, fields["signature"])
    except Exception:
        return "- refused"
    return f"{reckoned} {'taken' if taken else 'refused'}"


def spoilt(message, source):
    """The same message with one thing changed, and what a receiver makes of it."""
    yield {**message, "data": [message["data"]]}
    yield {**message, "sender_id": "somebody"}
    yield {**message, "timestamp": message["timestamp"] + 1}
    yield {**message, "signature": message["signature"][:-1] + ("0" if message["signature"][-1] != "0" else "1")}
    yield {**message, "signature": message["signature"].upper()}
    yield {**message, "signature": None}
    yield {**message, "signature": ""}
    yield {name: value for name, value in message.items() if name != "signature"}
    yield {name: value for name, value in message.items() if name != "target_id"}
    yield {name: value for name, value in message.items() if name != "is_final"}
    yield {name: value for name, value in message.items() if name != "is_stream"}
    yield {name: value for name, value in message.items() if name != "sub_name"}
    yield {name: value for name, value in message.items() if name != "origin_server_id"}
    yield {**message, "sender_id": None}
    yield {**message, "event": None}
    yield {**message, "is_final": None}
    yield {**message, "origin_server_id": 3}
    yield {**message, "more": source.text(), "challenge": "c"}


def frames():
    source = Source(2)
    channels.time.time = lambda: TIME
    lines = []
    for index, (password, name) in enumerate(KEYS):
        channel = channels.CommIPCChannel(name, Parent(), password=password)
        key = security.derive_key(password, name.encode())
        # Without a password there is nothing to sign with in the client; the function itself takes an empty one.
        channel.message_key = key
        for round in range(6):
            for kind, message in messages(channel, source):
                passed = {"sender_id": Parent.client_id, "path": ["hub-1"],
                          **{name: value for name, value in message.items() if name != "sender_id"}}
                variants = [passed, *(spoilt(passed, source) if round == 0 and index < 2 else [])]
                for variant in variants:
                    packed = msgpack.packb(variant, use_bin_type=True)
                    lines.append(f"{index} {verdict(key, msgpack.unpackb(packed))} {packed.hex()}")
    return lines


if __name__ == "__main__":
    print("\n".join({"texts": texts, "frames": frames}[sys.argv[1]]()))
