"""What is passed on is passed on byte for byte, in the very width it came in."""

import msgpack
import pytest

from support import wire
from support.waiting import Deadline

EXACT = {
    "uint8 of 1": wire.uint(8, 1), "uint16 of 1": wire.uint(16, 1), "uint32 of 1": wire.uint(32, 1),
    "uint64 of 1": wire.uint(64, 1), "uint64 maximum": wire.uint(64, 2**64 - 1), "int8 of 1": wire.sint(8, 1),
    "int16 of -1": wire.sint(16, -1), "int32 of -1": wire.sint(32, -1), "int64 of -1": wire.sint(64, -1),
    "float32": wire.float32(0.1), "float64": wire.float64(0.1), "float64 of 1": wire.float64(1.0),
    "negative zero": wire.float64(-0.0), "a NaN with a payload": b"\xcb\x7f\xf8\x00\x00\x00\x00\x12\x34",
    "a signalling NaN": b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x01", "float32 NaN": b"\xca\x7f\xc0\x00\x01",
    "str8 of 1 byte": wire.string(8, "a"), "str16 of 1 byte": wire.string(16, "a"),
    "str32 of 1 byte": wire.string(32, "a"), "str32 empty": wire.string(32, ""),
    "str8 beyond ASCII": wire.string(8, "☂𝄞"),
    "bin8": wire.binary(8, b"\x00\xff"), "bin16": wire.binary(16, b""), "bin32": wire.binary(32, b"x"),
    "array16 of 1": wire.array(16, wire.uint(32, 7)), "array32 of 0": wire.array(32),
    "map16 of 1": wire.mapping(("k", 1)), "map32 of 0": wire.mapping(width=32),
    "map with keys in a wide form": wire.mapping((wire.string(32, "k"), wire.float32(1.5)), width=32),
    "map with a key of bytes": wire.mapping((wire.binary(8, b"k"), 1)),
    "fixext1": b"\xd4\x05\x00", "fixext16": b"\xd8\x7f" + bytes(16), "ext8": wire.extension(8, 5, b"abc"),
    "ext8 of 1 byte": wire.extension(8, 0, b"1"), "ext16": wire.extension(16, 0, b""),
    "ext32": wire.extension(32, 127, b"abcd"),
    "timestamp 32": b"\xd6\xff\x00\x00\x00\x01", "timestamp 64": b"\xd7\xff" + bytes(8),
    "timestamp 96": wire.extension(8, -1, bytes(12)), "timestamp in an odd width": wire.extension(16, -1, bytes(4)),
    "deep": b"\x91" * 500 + b"\xc0",
}


@pytest.fixture
def room(hub):
    hub.a, hub.b = hub.client("a"), hub.client("b")
    for client in (hub.a, hub.b):
        client.send({"type": "register", "channel": "room", "request_id": "1"})
        client.quiet()
    hub.b.send({"type": "register", "channel": "room", "is_provider": True, "event": "e", "request_id": "2"})
    hub.b.quiet()
    hub.a.quiet()
    return hub


def passed(sender, receiver, fields, **values):
    """The values' bytes as the receiver got them."""
    sender.send(wire.message_with(fields, **values))
    received = wire.raw_values(receiver.receive_body(Deadline().seconds))
    return {key: received.get(key) for key in values}


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_broadcast(room, value):
    sent = {"data": value, "unknown": value, "metadata": value, "timestamp": value, "origin_server_id": value}
    assert passed(room.a, room.b, {"type": "broadcast", "channel": "room", "event": "e"}, **sent) == sent


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_call_and_response(room, value):
    sent = {"data": value, "unknown": value, "signature": value, "server_id": value}
    assert passed(room.a, room.b, {"type": "call", "channel": "room", "event": "e", "request_id": "1"}, **sent) == sent
    back = {"data": value, "unknown": value, "metadata": value}
    assert passed(room.b, room.a, {"type": "response", "request_id": "1", "target_id": "a"}, **back) == back


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_send(room, value):
    sent = {"data": value, "unknown": value}
    assert passed(room.a, room.b, {"type": "send", "channel": "room", "event": "e"}, **sent) == sent


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_publish(room, value):
    room.a.ask({"type": "add_subscription", "channel": "room", "sub_name": "n"}, "3")
    room.b.ask({"type": "subscribe", "channel": "room", "sub_name": "n"}, "3")
    publish = {"type": "publish", "channel": "room", "sub_name": "n"}
    assert passed(room.a, room.b, publish, data=value) == {"data": value}


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_schema(room, value):
    """Schemas are the providers' words too."""
    room.a.send(wire.message_with({"type": "register", "channel": "room", "is_provider": True, "event": "f",
                                   "request_id": "1"}, param_schema=value))
    notice = wire.raw_values(room.b.receive_body(Deadline().seconds))
    assert notice["param_schema"] == value


def test_a_request_id_may_come_back_in_another_width(room):
    """comm-ipc decodes and encodes again, so an answer's request id is in the shortest form whatever the call's was."""
    room.a.send(wire.message_with({"type": "call", "channel": "room", "event": "e"}, request_id=wire.string(16, "r")))
    assert room.b.receive()["request_id"] == "r"
    room.b.send({"type": "response", "request_id": "r", "target_id": "a", "data": 1})
    assert room.a.receive()["data"] == 1


def test_names_are_the_same_in_any_width(room):
    room.a.send(wire.mapping((wire.string(32, "type"), wire.string(16, "broadcast")),
                             (wire.string(8, "channel"), wire.string(32, "room")), ("event", wire.string(8, "e")),
                             ("data", 1), width=32))
    assert room.b.receive()["data"] == 1


def test_path_is_appended_in_any_width(room):
    for path in (b"\x91\xa1x", wire.array(16, wire.string(32, "x")), wire.array(32, b"\xa1x")):
        room.a.send(wire.message_with({"type": "broadcast", "channel": "room", "event": "e"}, path=path))
        assert room.b.receive()["path"] == ["x", "hub-1"]


@pytest.mark.parametrize("length", [15, 16, 100])
def test_path_grows_over_the_widths_of_arrays(room, length):
    path = [f"hub-{number + 2}" for number in range(length)]
    room.a.send({"type": "broadcast", "channel": "room", "event": "e", "path": path})
    came = room.b.quiet()
    # A hub may call a path too long; what it passes on has to be right.
    assert not came or came[0]["path"] == path + ["hub-1"]


@pytest.mark.parametrize("count", [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 1000])
def test_the_number_of_keys_grows_over_the_widths_of_maps(room, count):
    more = {f"k{number}": number for number in range(count)}
    room.a.send({"type": "broadcast", "channel": "room", "event": "e", "data": None, **more})
    came = room.b.receive()
    assert {key: came[key] for key in more} == more
    assert came["sender_id"] == "a" and came["path"] == ["hub-1"]


def test_keys_are_passed_in_their_order(room):
    order = ["z", "type", "a", "channel", "m", "event"]
    fields = {"type": "broadcast", "channel": "room", "event": "e"}
    room.a.send(msgpack.packb({key: fields.get(key, 0) for key in order}))
    came = list(room.b.receive())
    assert [key for key in came if key in ("z", "a", "m")] == ["z", "a", "m"]
