"""Streams from the other side: order, ends, and readers that are slow or go."""

import pytest

from support.waiting import Deadline, until
from support.worlds import join, name

#: Bytes of a stream that may wait on the way: sockets' buffers, hubs' queues, and what a bridge holds meanwhile.
HELD_MAXIMUM = 64 << 20


def start_provider(crossing, event, kind):
    provider = crossing.provider("plain").provide("plain", event, kind)
    consumer = crossing.consumer("plain")
    until(lambda: event in consumer.explore("plain")["events"])
    return provider, consumer


def test_all_chunks_in_order(crossing):
    event = name("count")
    _, consumer = start_provider(crossing, event, "count")
    assert consumer.stream("plain", event, {"to": 1000}) == list(range(1000))
    assert consumer.stream("plain", event, {"to": 0}) == []
    assert consumer.stream("plain", event, {"to": 3}, raw=True) == [0, 1, 2]


def test_side_by_side(crossing):
    event = name("count")
    _, consumer = start_provider(crossing, event, "count")
    streams = [consumer.start("stream", channel="plain", event=event, data={"to": count}) for count in (10, 200, 30)]
    assert [stream.result() for stream in streams] == [list(range(count)) for count in (10, 200, 30)]


def test_an_error_within(crossing):
    event = name("break")
    _, consumer = start_provider(crossing, event, "break_off")
    assert consumer.stream("plain", event) == [0, "broke off"]


def test_abandoned(crossing):
    """The caller takes three and no more; comm-ipc's streams have no word for that, and later calls are not disturbed."""
    event, echo = name("endless"), name("echo")
    provider, consumer = start_provider(crossing, event, "endless")
    provider.provide("plain", echo)
    assert consumer.stream("plain", event, take=3) == [0, 1, 2]
    assert consumer.until_answered("plain", echo, 1)["data"] == 1
    assert consumer.stream("plain", event, take=2) == [0, 1]


def test_the_callers_program_goes(crossing):
    """The bridge forgets the call at the latest when the next chunk finds nobody; the provider lives on."""
    event, echo = name("endless"), name("echo")
    provider, consumer = start_provider(crossing, event, "endless")
    provider.provide("plain", echo)
    consumer.start("stream", channel="plain", event=event)
    until(lambda: provider.asked("plain", event))
    consumer.close()
    other = crossing.consumer("plain")
    assert other.until_answered("plain", echo, 1)["data"] == 1
    assert other.stream("plain", event, take=3) == [0, 1, 2]


def test_the_provider_goes(crossing):
    """A stream whose provider is gone ends with an error, where its hub tells of that."""
    event = name("endless")
    provider, consumer = start_provider(crossing, event, "endless")
    stream = consumer.start("stream", channel="plain", event=event)
    until(lambda: provider.asked("plain", event))
    provider.close()
    last = stream.result(crossing.departure_patience + 1)[-1]
    assert last.startswith("provider_lost: "), last


def test_10_000_chunks(crossing):
    """In order, through raw connections: comm-ipc's own clients handle each message in a task of its own."""
    event = name("many")
    provider, consumer = raw_stream(crossing, event)
    call = provider.receive_until(lambda message: message["type"] == "call")[-1]
    chunk = {"type": "response", "request_id": call["request_id"], "target_id": call["sender_id"], "is_stream": True}
    sending = [{**chunk, "data": number, "is_final": False} for number in range(10_000)]
    received = []
    while sending or not received or not received[-1]["is_final"]:
        part, sending = sending[:500], sending[500:]
        if part:
            provider.send(*part)
            if not sending:
                provider.send({**chunk, "data": None, "is_final": True})
        while len(received) < 10_001 - len(sending):
            message = consumer.receive()
            if message.get("request_id") == "stream":
                received.append(message)
    assert [message["data"] for message in received] == [*range(10_000), None]


def test_a_slow_reader(crossing):
    """A reader that stops: what waits for it is bounded in the bridge, and all of it arrives once it reads."""
    event = name("heavy")
    provider, consumer = raw_stream(crossing, event)
    call = provider.receive_until(lambda message: message["type"] == "call")[-1]
    chunk = {"type": "response", "request_id": call["request_id"], "target_id": call["sender_id"], "is_stream": True}
    before = crossing.bridge.resident_bytes
    padding = b"x" * 100_000
    count, number = 600, 0
    received = []
    # 60 MB at most; it may take less, where somebody on the way stops reading.
    sending = bytearray()
    import select
    import struct
    import msgpack

    def frame(message):
        body = msgpack.packb(message)
        return struct.pack(">I", len(body)) + body

    stall = Deadline(1)
    while number < count or sending:
        if not sending and number < count:
            sending += frame({**chunk, "data": {"number": number, "padding": padding}, "is_final": False})
            number += 1
            if number == count:
                sending += frame({**chunk, "data": None, "is_final": True})
        _, writable, _ = select.select([], [provider.socket], [], 0.3)
        if writable:
            del sending[:provider.socket.send(sending)]
            stall = Deadline(1)
        elif stall.passed:
            break
    grown = crossing.bridge.resident_bytes - before
    assert grown < HELD_MAXIMUM, f"the bridge grew by {grown} bytes"
    while not received or not received[-1]["is_final"]:
        while sending or number < count:
            if not sending:
                sending += frame({**chunk, "data": {"number": number, "padding": padding}, "is_final": False})
                number += 1
                if number == count:
                    sending += frame({**chunk, "data": None, "is_final": True})
            if not select.select([], [provider.socket], [], 0)[1]:
                break
            del sending[:provider.socket.send(sending)]
        message = consumer.receive()
        if message.get("request_id") == "stream":
            received.append({**message, "data": (message["data"] or {}).get("number")})
    assert [message["data"] for message in received] == [*range(count), None]


def raw_stream(crossing, event):
    """A provider and a caller with raw connections, and a call under way."""
    provider, consumer = crossing.origin.raw(), crossing.beyond.raw()
    provider.ask({"type": "register", "channel": "plain", "event": event, "is_provider": True, "is_stream": True}, "p")

    def is_there():
        probe = crossing.beyond.raw()
        try:
            return event in join(probe, "plain")["events"]
        finally:
            probe.close()

    until(is_there)
    consumer.send({"type": "call", "channel": "plain", "event": event, "data": None, "request_id": "stream",
                   "is_stream": True})
    return provider, consumer
