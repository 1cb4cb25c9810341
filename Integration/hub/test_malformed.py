"""Bytes that are no message cost their sender the connection, and nobody else anything."""

import pytest

from support import wire
from support.connection import Connection

KINDS = [
    {"type": "identify", "client_id": "x", "mode": "client"},
    {"type": "conn_proof", "proof": "00" * 32},
    {"type": "ping"},
    {"type": "register", "channel": "room", "is_provider": True, "request_id": "1", "event": "e", "is_stream": False,
     "is_group": True, "param_schema": {"type": "object", "n": [1, 2.5, None]}, "return_schema": None},
    {"type": "register", "reg": {"channel": "room", "request_id": "1"}},
    {"type": "call", "channel": "room", "event": "e", "data": {"a": [1, b"\x00", 1.5]}, "request_id": "1",
     "sender_id": "x", "server_id": None, "path": ["hub-2"], "timestamp": 1700000000, "is_final": True},
    {"type": "response", "request_id": "1", "target_id": "y", "data": "text", "is_stream": True, "is_final": False},
    {"type": "response", "request_id": "1", "target_id": "y", "error": "failed"},
    {"type": "broadcast", "channel": "room", "event": "e", "data": [True, -70000], "signature": "ab" * 32},
    {"type": "send", "channel": "room", "event": "e", "data": 2**40},
    {"type": "publish", "channel": "room", "sub_name": "n", "data": None},
    {"type": "add_subscription", "channel": "room", "sub_name": "n", "return_schema": {"x": 1}, "request_id": "1"},
    {"type": "remove_subscription", "channel": "room", "sub_name": "n", "request_id": "1"},
    {"type": "subscribe", "channel": "room", "sub_name": "n", "request_id": "1"},
    {"type": "unsubscribe", "channel": "room", "sub_name": "n", "request_id": "1"},
    {"type": "set_password", "channel": "room", "password": "pw", "request_id": "1"},
    {"type": "list_members", "channel": "room", "request_id": "1"},
    {"type": "announce_remote", "channel": "room", "clients": [{"id": "far", "mode": "client", "path": ["hub-2"]}]},
    {"type": "forget_remote", "channel": "room", "id": "far"},
]


def with_value(value):
    """A broadcast whose data is these bytes."""
    return wire.message_with({"type": "broadcast", "channel": "room", "event": "e"}, data=value)


def twice(key, first, second):
    """A call with one key given twice: whoever reads the first and whoever reads the last would disagree about it."""
    fields = {"type": "call", "channel": "room", "event": "e", "request_id": "1"}
    fields.pop(key, None)
    return wire.mapping(*fields.items(), (key, first), (key, second))


MALFORMED = {
    "an empty body": b"",
    "nil": b"\xc0", "a number": b"\x07", "a list": b"\x91\xa4type", "text": b"\xa4ping", "bytes": b"\xc4\x01x",
    "an extension": b"\xd4\x05\x00",
    "0xC1": b"\xc1",
    "0xC1 as a value": with_value(b"\xc1"), "0xC1 deep inside": with_value(b"\x91\x81\xa1k\xc1"),
    "a byte behind the map": wire.body({"type": "ping"}) + b"\x00",
    "a second map behind the first": wire.body({"type": "ping"}) * 2,
    "a map that promises more": b"\x8f" + wire.body({"type": "ping"})[1:],
    "a map32 that promises 4 billion": b"\xdf\xff\xff\xff\xff" + wire.body({"type": "ping"})[1:],
    "an array32 that promises 4 billion": with_value(b"\xdd\xff\xff\xff\xff\x01"),
    "a map32 inside that promises 4 billion": with_value(b"\xdf\xff\xff\xff\xff\xa1k\x01"),
    "a str32 that promises 4 GiB": with_value(b"\xdb\xff\xff\xff\xffx"),
    "a bin32 that promises 4 GiB": with_value(b"\xc6\xff\xff\xff\xffx"),
    "an ext32 that promises 4 GiB": with_value(b"\xc9\xff\xff\xff\xff\x05x"),
    "nesting of 10,000": with_value(b"\x91" * 10_000 + b"\xc0"),
    "nesting of 10,000 maps": with_value(b"\x81\xa1k" * 10_000 + b"\xc0"),
    "nesting of 10,000 that never ends": with_value(b"\x91" * 10_000),
    "a key that is a number": wire.mapping(("type", "ping"), (b"\x01", 1)),
    "a key that is nil": wire.mapping(("type", "ping"), (b"\xc0", 1)),
    "a key that is bytes": wire.mapping(("type", "ping"), (wire.binary(8, b"k"), 1)),
    "a key that is a list": wire.mapping(("type", "ping"), (b"\x90", 1)),
    "a key inside that is a number": with_value(b"\x81\x01\x01"),
    "a key inside that is a map": with_value(b"\x81\x80\x01"),
    "a key that is no UTF-8": wire.mapping(("type", "ping"), (b"\xa2\xc3\x28", 1)),
    "a value that is no UTF-8": with_value(b"\xa2\xc3\x28"),
    "a lone surrogate": with_value(b"\xa3\xed\xa0\x80"),
    "an overlong form": with_value(b"\xa2\xc0\xaf"),
    "beyond Unicode": with_value(b"\xa4\xf4\x90\x80\x80"),
    "UTF-8 that is cut": with_value(b"\xa2\xe2\x82"),
    "a timestamp of 3 bytes": with_value(wire.extension(8, -1, b"123")),
    "a timestamp of 1 byte": with_value(b"\xd4\xff\x00"),
    "a timestamp with too many nanoseconds": with_value(wire.extension(8, -1, b"\xff" * 12)),
    "an extension code that comm-ipc cannot take: -2": with_value(b"\xd4\xfe\x00"),
    "an extension code that comm-ipc cannot take: -128": with_value(wire.extension(8, -128, b"abc")),
    "type twice": twice("type", "call", "broadcast"),
    "channel twice": twice("channel", "room", "vault"),
    "event twice": twice("event", "e", "f"),
    "request_id twice": twice("request_id", "1", "2"),
    "target_id twice": twice("target_id", "a", "b"),
    "path twice": twice("path", [], ["hub-1"]),
    "sender_id twice": twice("sender_id", "a", "b"),
}


def test_every_malformed_body_is_what_it_says():
    """A guard for this very list: comm-ipc's decoder must not take them, duplicate keys apart."""
    taken = []
    for name, body in MALFORMED.items():
        try:
            wire.decode(body)
            taken.append(name)
        except Exception:
            pass
    # msgpack takes any hashable key outside of strict mode, and bytes even in it.
    assert [name for name in taken if "key that is bytes" not in name] == []


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_body(hub, body):
    neighbour, sender = hub.client("neighbour"), hub.client("sender")
    neighbour.send({"type": "register", "channel": "room", "request_id": "1"})
    neighbour.quiet()
    sender.send(body)
    messages = sender.until_closed()
    assert [message["type"] for message in messages] == ["error"], messages
    assert messages[0]["message"].startswith("malformed frame: "), messages
    assert neighbour.quiet() == []
    hub.assert_serves()


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_body_before_identify(hub, body):
    with hub.connect() as connection:
        connection.send(body)
        messages = connection.until_closed()
        assert len(messages) <= 1 and all(message["type"] == "error" for message in messages), messages
    hub.assert_serves()


@pytest.mark.parametrize("kind", KINDS, ids=[f"{number} {kind['type']}" for number, kind in enumerate(KINDS)])
def test_a_frame_cut_anywhere_and_the_end(hub, kind):
    whole = wire.frame(kind)
    for length in range(len(whole)):
        with hub.client(f"x{length}") as client:
            client.send_bytes(whole[:length])
    hub.assert_serves()


@pytest.mark.parametrize("kind", KINDS, ids=[f"{number} {kind['type']}" for number, kind in enumerate(KINDS)])
def test_a_body_cut_anywhere(hub, kind):
    whole = wire.body(kind)
    for length in range(len(whole)):
        with hub.client(f"x{length}") as client:
            client.send(whole[:length])
            messages = client.until_closed()
            assert [message["type"] for message in messages] == ["error"], (length, messages)
    hub.assert_serves()


def test_a_byte_at_a_time(hub):
    with hub.connect() as connection:
        for byte in wire.frame({"type": "identify", "client_id": "slow", "mode": "client"}):
            connection.send_bytes(bytes([byte]))
        assert connection.receive()["type"] == "identified"
        for byte in wire.frame({"type": "register", "channel": "room", "request_id": "1"}):
            connection.send_bytes(bytes([byte]))
        assert connection.receive()["type"] == "channel_sync"


def test_frames_split_at_any_place(hub):
    with hub.client("receiver") as receiver, hub.client("sender") as sender:
        receiver.ask({"type": "register", "channel": "room"}, "1")
        frames = b"".join(wire.frame({"type": "broadcast", "channel": "room", "event": "e", "data": number})
                          for number in range(3))
        for cut in range(1, len(frames)):
            sender.send_bytes(frames[:cut])
            # By the time it has answered another client, the hub has read what was there.
            early = receiver.drain()
            sender.send_bytes(frames[cut:])
            late = [receiver.receive() for _ in range(3 - len(early))]
            assert [message["data"] for message in early + late] == [0, 1, 2], cut


def test_ten_thousand_frames_in_one_write(hub):
    with hub.client("receiver") as receiver, hub.client("sender") as sender:
        receiver.ask({"type": "register", "channel": "room"}, "1")
        numbers = list(range(10_000))
        sender.send(*[{"type": "broadcast", "channel": "room", "event": "e", "data": number} for number in numbers])
        assert [receiver.receive()["data"] for _ in numbers] == numbers


def test_what_is_right_passes_beside_what_is_wrong(hub):
    """Good frames ahead of a bad one in the same write are still delivered."""
    with hub.client("receiver") as receiver, hub.client("sender") as sender:
        receiver.ask({"type": "register", "channel": "room"}, "1")
        sender.send({"type": "broadcast", "channel": "room", "event": "e", "data": 1}, b"\xc1",
                    {"type": "broadcast", "channel": "room", "event": "e", "data": 2})
        assert [message["type"] for message in sender.until_closed()] == ["error"]
        assert [message["data"] for message in receiver.quiet()] == [1]


def test_a_reset_while_the_hub_writes(hub):
    """A peer that goes with data unread makes a reset, on which the hub's next write fails."""
    receiver = hub.client("receiver")
    receiver.ask({"type": "register", "channel": "room"}, "1")
    with hub.client("sender") as sender:
        sender.send(*[{"type": "broadcast", "channel": "room", "event": "e", "data": "x" * 1000}] * 2000)
        receiver.close()
        sender.quiet()
    hub.assert_serves()


def test_connections_that_say_nothing_and_go(hub):
    for _ in range(200):
        Connection.unix(hub.unix_path).close()
    hub.assert_serves()
