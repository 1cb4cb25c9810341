"""What may cross under which name, and that of everything else nothing is heard on the other side."""

import json

import pytest

from support.programs import Refused
from support.waiting import until
from support.worlds import join, name


def renamed(crossing, near_name, far_name):
    """(the name where it starts, the name where it arrives)"""
    return (near_name, far_name) if crossing.origin.name == "near" else (far_name, near_name)


@pytest.fixture(params=["one name", "a pattern"])
def names(request, crossing):
    if request.param == "one name":
        return renamed(crossing, "sensors", "site4.sensors")
    motor = name("left")
    return renamed(crossing, f"motor.{motor}", f"site4.motor.{motor}")


def test_calls_under_another_name(crossing, names):
    here, there = names
    event = name("echo")
    provider = crossing.provider(here).provide(here, event)
    consumer = crossing.consumer(there)
    assert consumer.until_answered(there, event, 1) == {"by": provider.name, "data": 1}


def test_streams_under_another_name(crossing, names):
    here, there = names
    event = name("count")
    crossing.provider(here).provide(here, event, "count")
    consumer = crossing.consumer(there)
    until(lambda: event in consumer.explore(there)["events"])
    assert consumer.stream(there, event, {"to": 5}) == [0, 1, 2, 3, 4]


def test_broadcasts_under_another_name(crossing, names):
    here, there = names
    event = name("shout")
    speaker, listener = crossing.provider(here), crossing.consumer(there)

    def arrives():
        speaker.broadcast(here, event, 1)
        return listener.heard(there, event)

    until(arrives)
    assert listener.heard(there, event)[0][:2] == [event, 1]


def test_subscriptions_under_another_name(crossing, names):
    here, there = names
    news = name("news")
    owner, reader = crossing.provider(here), crossing.consumer(there)
    owner.add_subscription(here, news)
    until(lambda: news in json.dumps(reader.explore(there)))
    reader.subscribe(there, news)
    until(lambda: owner.notices() == [[news, "first"]])
    owner.publish(here, news, {"sum": 1})
    assert [message[1] for message in reader.until_heard(there, f"subscription.{news}.data")] == [{"sum": 1}]


def test_errors_name_the_callers_channel(crossing):
    here, there = renamed(crossing, "sensors", "site4.sensors")
    event = name("fail")
    crossing.provider(here).provide(here, event, "fail")
    consumer, sync = crossing.beyond.joined(there)
    until(lambda: event in join(consumer, there)["events"])
    answer = consumer.ask({"type": "call", "channel": there, "event": event, "data": 1}, "call")[-1]
    assert answer["error"] == "as asked: 1" and answer.get("channel", there) == there


def speaks(crossing):
    """(a channel that carries this way only, one that carries the other way only)"""
    return ("outward", "inward") if crossing.origin.name == "near" else ("inward", "outward")


def test_one_way_for_broadcasts(crossing):
    along, against = speaks(crossing)
    event, last = name("shout"), name("last")
    speaker, listener = crossing.provider(along, against, "plain"), crossing.consumer(along, against, "plain")
    speaker.broadcast(against, event)
    speaker.broadcast(along, event)
    speaker.broadcast("plain", last)
    listener.until_heard("plain", last)
    assert len(listener.until_heard(along, event)) == 1
    assert listener.heard(against, event) == []


def test_one_way_for_calls(crossing):
    """A call starts at the caller: a provider is seen where calls to it may start."""
    along, against = speaks(crossing)
    hidden, seen, last = name("hidden"), name("seen"), name("last")
    provider = crossing.provider(along, against, "plain")
    provider.provide(along, hidden).provide(against, seen).provide("plain", last)
    consumer = crossing.consumer(along, against, "plain")
    consumer.until_answered("plain", last)
    assert consumer.until_answered(against, seen, 1)["by"] == provider.name
    with pytest.raises(Refused, match="^No provider for "):
        consumer.call(along, hidden)


def test_one_way_for_subscriptions(crossing):
    along, against = speaks(crossing)
    news, last = name("news"), name("last")
    owner, reader = crossing.provider(along, against, "plain"), crossing.consumer(along, against, "plain")
    owner.add_subscription(against, news)
    owner.add_subscription(along, news)
    owner.add_subscription("plain", last)
    until(lambda: last in json.dumps(reader.explore("plain")))
    until(lambda: news in json.dumps(reader.explore(along)))
    assert news not in json.dumps(reader.explore(against))


def test_chosen_events_only(crossing):
    listener = crossing.consumer("picked", "plain")
    speaker = crossing.provider("picked", "plain")
    last = name("last")
    before = len(listener.heard("picked"))
    for event in ("start", "stop", "state.speed", "state", "restart"):
        speaker.broadcast("picked", event)
    speaker.broadcast("plain", last)
    listener.until_heard("plain", last)
    until(lambda: len(listener.heard("picked")) >= before + 2)
    assert [message[0] for message in listener.heard("picked")[before:]] == ["start", "state.speed"]


def test_chosen_providers_only(crossing):
    hidden, seen, last = name("hidden"), f"state.{name('seen')}", name("last")
    provider = crossing.provider("picked", "plain")
    provider.provide("picked", hidden).provide("picked", seen).provide("plain", last)
    consumer = crossing.consumer("picked", "plain")
    consumer.until_answered("plain", last)
    assert consumer.until_answered("picked", seen)["by"] == provider.name
    with pytest.raises(Refused, match="^No provider for "):
        consumer.call("picked", hidden)


def test_of_what_is_not_allowed_nothing_is_heard(crossing):
    """Not relayed, not registered, not even named: every notice of the far hub is listened to meanwhile."""
    secret, last = name("secret"), name("last")
    watcher = crossing.beyond.raw()
    for channel in ("__comm_ipc_system", "__comm_ipc_logs", "__comm_ipc_errors", "__stinger_bridge", "plain", secret):
        join(watcher, channel)
    owner = crossing.provider(secret, "plain")
    owner.provide(secret, f"{secret}-event").provide(secret, f"{secret}-group", group=True)
    owner.add_subscription(secret, f"{secret}-news")
    owner.broadcast(secret, f"{secret}-shout", secret)
    owner.provide("plain", last).broadcast("plain", last)
    heard = []
    # Both the registration and the broadcast that came after it have crossed.
    while not any(each.get("event") == last and each["type"] == "broadcast" for each in heard) \
            or not any(each.get("name") == last for each in heard):
        heard.append(watcher.receive())
    # That somebody watches the channel, the watcher knows.
    heard = [each for each in heard if (each.get("data") or {}).get("client_id") is None
             or not str((each["data"])["client_id"]).startswith(f"{crossing.beyond.name}.raw")]
    assert not [each for each in heard if secret in json.dumps(each, default=repr)]
    with pytest.raises(Refused, match="^No provider for "):
        crossing.consumer(secret).call(secret, f"{secret}-event")
    sync = join(crossing.beyond.raw(), secret)
    assert sync["events"] == {} and sync["subscriptions"] == {}


def test_system_channels_stay_at_home(crossing):
    """What one hub says of itself is not heard on the other."""
    watcher, _ = crossing.beyond.joined("__comm_ipc_system")
    join(watcher, "plain")
    last = name("last")
    owner = crossing.provider("plain")
    origin = owner.name
    owner.broadcast("plain", last)
    heard = watcher.receive_until(lambda message: message.get("event") == last)
    assert not [message for message in heard if message["type"] == "receive" and origin in json.dumps(message)]
