"""Streams from the other side: order, ends, and readers that are slow or go."""

import select

from support import wire
from support.waiting import until
from support.worlds import name

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


class Source:
    """The chunks of one stream, sent by a raw connection as fast as its hub takes them."""

    def __init__(self, provider, count, padding=b""):
        call = provider.receive_until(lambda message: message["type"] == "call")[-1]
        self.provider = provider
        self.chunk = {"type": "response", "request_id": call["request_id"], "target_id": call["sender_id"],
                      "is_stream": True}
        self.count = count
        self.padding = padding
        self.number = 0
        self.waiting = bytearray()

    @property
    def is_finished(self):
        return self.number > self.count and not self.waiting

    def _make_more(self):
        while len(self.waiting) < 1 << 18 and self.number <= self.count:
            is_final = self.number == self.count
            data = None if is_final else [self.number, self.padding]
            self.waiting += wire.frame({**self.chunk, "data": data, "is_final": is_final})
            self.number += 1

    def send_some(self, patience=0):
        """Whether the hub took anything within so many seconds."""
        self._make_more()
        if not self.waiting or not select.select([], [self.provider.socket], [], patience)[1]:
            return False
        del self.waiting[:self.provider.socket.send(self.waiting)]
        return True


def until_final(source, consumer):
    """The numbers of all chunks, the source sending whatever it can meanwhile."""
    numbers = []
    while True:
        while source.send_some():
            pass
        message = consumer.receive()
        if message.get("request_id") != "stream":
            continue
        assert "error" not in message, message
        if message["is_final"]:
            return numbers
        numbers.append(message["data"][0])


def test_10_000_chunks(raw_crossing):
    """Through raw connections: comm-ipc's own clients handle each message in a task of its own, in whatever order."""
    provider, consumer = raw_stream(raw_crossing, name("many"))
    assert until_final(Source(provider, 10_000), consumer) == list(range(10_000))


def test_a_reader_slower_than_its_provider(raw_crossing):
    """It holds everybody back as far as the provider, and misses nothing."""
    provider, consumer = raw_stream(raw_crossing, name("heavy"))
    before = raw_crossing.bridge.resident_bytes
    source = Source(provider, 300, padding=bytes(100_000))
    assert until_final(source, consumer) == list(range(300))
    assert raw_crossing.bridge.resident_bytes - before < HELD_MAXIMUM


def test_a_reader_that_stops(raw_crossing):
    """What waits for it is bounded, and nobody else waits for it."""
    provider, stuck = raw_stream(raw_crossing, name("heavy"))
    echo = name("echo")
    raw_crossing.provider("plain").provide("plain", echo)
    consumer = raw_crossing.consumer("plain")
    consumer.until_answered("plain", echo)
    before = raw_crossing.bridge.resident_bytes
    source = Source(provider, 1000, padding=bytes(100_000))
    while not source.is_finished and source.send_some(patience=0.5):
        pass
    grown = raw_crossing.bridge.resident_bytes - before
    assert grown < HELD_MAXIMUM, f"the bridge grew by {grown} bytes"
    assert consumer.call("plain", echo, "still there")["data"] == "still there"
    stuck.close()
    assert consumer.call("plain", echo, "and after it")["data"] == "and after it"


def raw_stream(crossing, event):
    """A provider and a caller with raw connections, and a call under way."""
    provider, consumer = crossing.origin.raw(), crossing.beyond.raw()
    provider.ask({"type": "register", "channel": "plain", "event": event, "is_provider": True, "is_stream": True}, "p")
    crossing.beyond.until_provided("plain", event)
    consumer.send({"type": "call", "channel": "plain", "event": event, "data": None, "request_id": "stream",
                   "is_stream": True})
    return provider, consumer
