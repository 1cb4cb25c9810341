"""Payloads as raw frames: what the bridge passes on is what it got, byte for byte."""

import msgpack

from support import wire
from support.waiting import until
from support.worlds import name

#: Values that a reader which unpacked and packed again would change, or refuse.
UNUSUAL = {
    "float32": wire.float32(1.5),
    "wide integers": wire.array(16, wire.uint(64, 1), wire.sint(32, -1), wire.uint(8, 7)),
    "wide text": wire.string(32, "ä☂𝄞"),
    "wide binary": wire.binary(32, b"\x00\xff"),
    "extension": wire.extension(8, 42, b"\x01\x02\x03"),
    "large extension": wire.extension(32, 1, b"\x7f" * 70_000),
    "timestamp": msgpack.packb(msgpack.Timestamp(1_700_000_000, 123_456_789)),
    "bin keys": wire.mapping((msgpack.packb(b"key"), msgpack.packb(1)), (msgpack.packb("key"), msgpack.packb(2))),
    "wide map and array": wire.mapping((wire.string(16, "a"), wire.array(32)), width=32),
    "nan": wire.float64(float("nan")),
    "a mebibyte": wire.binary(32, bytes(range(256)) * 4096),
    "64 KiB of text": wire.string(32, "0123456789abcdef" * 4096),
    "deep": b"\x91" * 200 + b"\xc0",
}


def plain(packed):
    """A value as comm-ipc's own hub would write it."""
    return msgpack.packb(msgpack.unpackb(packed, raw=False), use_bin_type=True)


def expected(raw_crossing, packed):
    """Hubs of Python read and write every value anew; what is between two of ours stays as it is."""
    return packed if raw_crossing.origin.is_ours and raw_crossing.beyond.is_ours else plain(packed)


def data_of(body):
    return wire.raw_values(body)["data"]


def next_body(connection, **wanted):
    """The body of the next frame with these values."""
    while True:
        body = connection.receive_body()
        assert body is not None, "the hub closed the connection"
        fields = msgpack.unpackb(body, raw=False, strict_map_key=False)
        if all(fields.get(key) == value for key, value in wanted.items()):
            return body


def test_broadcasts(raw_crossing):
    event = name("exact")
    listener, _ = raw_crossing.beyond.joined("plain")
    speaker, _ = raw_crossing.origin.joined("plain")
    for value in UNUSUAL.values():
        speaker.send(wire.message_with({"type": "broadcast", "channel": "plain", "event": event}, data=value))
        assert data_of(next_body(listener, event=event)) == expected(raw_crossing, value)


def test_calls_and_their_answers(raw_crossing):
    event = name("exact")
    provider, consumer = raw_crossing.origin.raw(), raw_crossing.beyond.raw()
    provider.ask({"type": "register", "channel": "plain", "event": event, "is_provider": True}, "provide")
    until(lambda: raw_crossing.beyond.events("plain").get(event))
    for value in UNUSUAL.values():
        call = {"type": "call", "channel": "plain", "event": event, "request_id": "a question"}
        consumer.send(wire.message_with(call, data=value))
        body = next_body(provider, type="call")
        assert data_of(body) == expected(raw_crossing, value)
        asked = msgpack.unpackb(body, raw=False)
        answer = {"type": "response", "request_id": asked["request_id"], "target_id": asked["sender_id"]}
        provider.send(wire.message_with(answer, data=value))
        assert data_of(next_body(consumer, type="response", request_id="a question")) == expected(raw_crossing, value)


def test_publications(raw_crossing):
    news = name("exact")
    owner, _ = raw_crossing.origin.joined("plain")
    reader, _ = raw_crossing.beyond.joined("plain")
    reader.ask({"type": "subscribe", "channel": "plain", "sub_name": news}, "subscribe")
    owner.ask({"type": "add_subscription", "channel": "plain", "sub_name": news}, "add")
    owner.receive_until(lambda message: message.get("event") == f"subscription.{news}.first")
    for value in UNUSUAL.values():
        owner.send(wire.message_with({"type": "publish", "channel": "plain", "sub_name": news}, data=value))
        assert data_of(next_body(reader, event=f"subscription.{news}.data")) == expected(raw_crossing, value)


def test_keys_that_nobody_knows_pass(raw_crossing):
    event = name("exact")
    listener, _ = raw_crossing.beyond.joined("plain")
    speaker, _ = raw_crossing.origin.joined("plain")
    more = {"metadata": {"trace": [1, 2, 3]}, "x-unknown": {"a": [None, True]}, "timestamp": 1234567890,
            "origin_server_id": "somewhere"}
    speaker.send({"type": "broadcast", "channel": "plain", "event": event, "data": None, **more})
    heard = listener.receive_until(lambda message: message.get("event") == event)[-1]
    assert {key: heard[key] for key in more} == more


def test_request_ids_of_any_kind_come_back(raw_crossing):
    """The bridge asks under an id of its own, and answers under the caller's."""
    event = name("ids")
    raw_crossing.provider("plain").provide("plain", event)
    until(lambda: raw_crossing.beyond.events("plain").get(event))
    consumer = raw_crossing.beyond.raw()
    # Python clients read no other kinds; hubs pass them on.
    for request_id in ("", "x" * 1000, "ä☂𝄞", "c0000000000000001"):
        consumer.send({"type": "call", "channel": "plain", "event": event, "data": request_id, "request_id": request_id})
        answer = consumer.receive_until(lambda message: message["type"] == "response")[-1]
        assert answer["request_id"] == request_id and answer["data"]["data"] == request_id
