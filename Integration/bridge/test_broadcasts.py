"""Broadcasts and sends across."""

from support.waiting import until
from support.worlds import name


def test_once_and_one_hub_further(crossing):
    event, last = name("shout"), name("last")
    listener = crossing.consumer("plain")
    speaker = crossing.provider("plain")
    for number in range(20):
        speaker.broadcast("plain", event, number)
    speaker.broadcast("plain", last)
    listener.until_heard("plain", last)
    heard = listener.heard("plain", event)
    assert [message[1] for message in heard] == list(range(20))
    assert {tuple(message[3]) for message in heard} == {(crossing.origin.name, crossing.beyond.name)}
    assert all(message[2].startswith("stinger-bridge/crossing/") for message in heard)


def test_nothing_comes_back(crossing):
    """Neither the speaker nor its neighbours hear it from the other side."""
    event, answer = name("shout"), name("answer")
    speaker, neighbour = crossing.provider("plain"), crossing.provider("plain")
    listener = crossing.consumer("plain")
    speaker.broadcast("plain", event)
    listener.until_heard("plain", event)
    listener.broadcast("plain", answer)
    neighbour.until_heard("plain", answer)
    speaker.until_heard("plain", answer)
    assert [message[3] for message in neighbour.heard("plain", event)] == [[crossing.origin.name]]
    assert speaker.heard("plain", event) == []
    assert len(listener.heard("plain", event)) == 1 and listener.heard("plain", answer) == []


def test_a_burst_in_order(raw_crossing):
    """2,000 at once, through raw connections: comm-ipc's clients handle each message in a task of its own."""
    event = name("burst")
    listener, _ = raw_crossing.beyond.joined("plain")
    speaker, _ = raw_crossing.origin.joined("plain")
    speaker.send(*[{"type": "broadcast", "channel": "plain", "event": event, "data": number} for number in range(2000)])
    heard = []
    while len(heard) < 2000:
        message = listener.receive()
        if message.get("event") == event:
            heard.append(message["data"])
    assert heard == list(range(2000))


def test_a_path_that_names_the_far_hub_does_not_go_there(raw_crossing):
    event, last = name("circling"), name("last")
    listener, _ = raw_crossing.beyond.joined("plain")
    speaker, _ = raw_crossing.origin.joined("plain")
    message = {"type": "broadcast", "channel": "plain", "event": event, "data": None}
    speaker.send({**message, "path": [raw_crossing.beyond.name]})
    speaker.send({**message, "path": [f"hub-{number}" for number in range(16)]})
    speaker.send({**message, "event": last})
    heard = listener.receive_until(lambda message: message.get("event") == last)
    assert [message for message in heard if message.get("event") == event] == []


def test_sends(crossing):
    event = name("nudge")
    provider = crossing.provider("plain").provide("plain", event)
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", event, "a call")
    consumer.send("plain", event, "a send")
    heard = provider.until_heard("plain", event)
    assert [message[1] for message in heard] == ["a send"]


def test_a_send_to_nobody_is_dropped(crossing):
    event, last = name("nobody"), name("last")
    consumer, listener = crossing.consumer("plain"), crossing.provider("plain")
    consumer.send("plain", event, 1)
    consumer.broadcast("plain", last)
    listener.until_heard("plain", last)
    assert listener.heard("plain", event) == []


def test_a_channel_that_appears_later(crossing):
    """Of `free.*` nothing is known until somebody joins."""
    channel = f"free.{name('new')}"
    listener = crossing.consumer(channel)
    speaker = crossing.provider(channel)

    def arrives():
        speaker.broadcast(channel, "shout")
        return listener.heard(channel, "shout")

    until(arrives)
    heard = listener.heard(channel, "shout")
    assert heard[0][3] == [crossing.origin.name, crossing.beyond.name]


def test_only_listeners_are_told(raw_crossing):
    """A client that only provides on the channel hears no broadcast, on the far side neither."""
    event, last = name("shout"), name("last")
    provider = raw_crossing.beyond.raw()
    provider.ask({"type": "register", "channel": "plain", "is_provider": True, "event": name("silent")}, "p")
    listener, _ = raw_crossing.beyond.joined("plain")
    speaker, _ = raw_crossing.origin.joined("plain")
    for each in (event, last):
        speaker.send({"type": "broadcast", "channel": "plain", "event": each, "data": None})
    listener.receive_until(lambda message: message.get("event") == last)
    assert not [message for message in provider.drain() if message["type"] == "broadcast"]
