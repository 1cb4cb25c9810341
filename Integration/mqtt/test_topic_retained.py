"""Retained messages: once at first, nothing at a reconnect, and agreement after an outage."""

import pytest

from support.unreliable import UnreliableProxy
from support.waiting import until

BOTH = [{"filter": "r/#", "direction": "both", "qos": 1}]


def retained(scene, broker, topic="r/#"):
    """What a newcomer is given: {topic: payload}."""
    with scene.observer(broker) as newcomer:
        # At QoS 0 no queue is too short for them.
        newcomer.subscribe(topic, 0)
        # The broker answers a publication of ours after everything that was stored.
        newcomer.publish("fence/of/newcomer", b"", qos=1)
        return {message.topic: message.payload for message in newcomer.messages if message.retain}


def until_retained(scene, expected, seconds=10):
    """Both brokers hold the same."""
    for broker in scene.brokers.values():
        until(lambda broker=broker: retained(scene, broker) == expected, seconds,
              f"{expected} on {broker.name}, which has {retained(scene, broker)}", pause=0.05)


@pytest.fixture
def apart(broker_scene, stack):
    """Brokers with a bridge that reaches `far` through a network that can be cut."""
    broker_scene.broker("near")
    far = broker_scene.broker("far")
    network = stack.enter_context(UnreliableProxy(far.port))
    broker_scene.network = network
    broker_scene.beyond = {"hubs": {"far": {"connect": [f"mqtt://127.0.0.1:{network.port}"]}}}
    return broker_scene


def cut(scene):
    scene.network.refuse()
    scene.network.reset()


def mend(scene):
    scene.network.refuse(False)


def put(scene, side, topic, payload):
    with scene.observer(scene.brokers[side]) as publisher:
        publisher.publish(topic, payload, qos=1, retain=True)


def test_stored_messages_cross_once(apart):
    put(apart, "near", "r/a", b"1")
    put(apart, "far", "r/b", b"2")
    put(apart, "near", "r/same", b"3")
    put(apart, "far", "r/same", b"3")
    listeners = [apart.subscriber(broker, "r/#") for broker in apart.brokers.values()]
    for listener in listeners:
        listener.until_heard("r/same")
        listener.forget()
    bridge = apart.bridge(BOTH, **apart.beyond)
    until_retained(apart, {"r/a": b"1", "r/b": b"2", "r/same": b"3"})
    assert [[message.topic for message in listener.messages] for listener in listeners] == [["r/b"], ["r/a"]]
    compared = len(bridge.until_logged("retained messages compared"))
    for _ in range(2):
        # Reconnected, there is nothing that differs, and nothing is published.
        accepted = apart.network.accepted
        apart.network.reset()
        until(lambda: apart.network.accepted > accepted, what="another connection")
        bridge.until_logged("retained messages compared", count=compared + 1)
        compared += 1
    apart.until_quiet(listeners)
    assert [len(listener.messages) for listener in listeners] == [1, 1]


def test_live_changes_and_clearing_cross(apart):
    apart.bridge(BOTH, **apart.beyond)
    listeners = [apart.subscriber(broker, "r/#") for broker in apart.brokers.values()]
    put(apart, "near", "r/a", b"1")
    put(apart, "far", "r/b", b"2")
    until_retained(apart, {"r/a": b"1", "r/b": b"2"})
    put(apart, "far", "r/a", b"3")
    until_retained(apart, {"r/a": b"3", "r/b": b"2"})
    put(apart, "near", "r/a", b"")
    put(apart, "near", "r/b", b"")
    until_retained(apart, {})
    apart.until_quiet(listeners)
    # Each of the five once on each side: nothing goes to and fro.
    assert [len(listener.messages) for listener in listeners] == [5, 5]
    assert all(message.retain for listener in listeners for message in listener.messages), "retained as published"


@pytest.mark.parametrize("side", ["near", "far"])
@pytest.mark.parametrize("restarts", [False, True], ids=["link cut", "bridge killed"])
def test_what_changed_during_an_outage_wins(apart, side, restarts):
    put(apart, "near", "r/changed", b"old")
    put(apart, "near", "r/cleared", b"old")
    bridge = apart.bridge(BOTH, retained_memory=str(apart.folder / "ledger"), **apart.beyond)
    until_retained(apart, {"r/changed": b"old", "r/cleared": b"old"})
    if restarts:
        bridge.terminate()
    else:
        cut(apart)
    put(apart, side, "r/changed", b"new")
    put(apart, side, "r/cleared", b"")
    put(apart, side, "r/added", b"new")
    if restarts:
        bridge.start()
    else:
        mend(apart)
    until_retained(apart, {"r/changed": b"new", "r/added": b"new"})
    listeners = [apart.subscriber(broker, "r/#") for broker in apart.brokers.values()]
    for listener in listeners:
        listener.until_heard("r/changed")
    apart.until_quiet(listeners)
    # What is stored, and nothing that goes to and fro.
    assert [sorted(message.topic for message in listener.messages) for listener in listeners] == [["r/added", "r/changed"]] * 2
    until_retained(apart, {"r/changed": b"new", "r/added": b"new"})


@pytest.mark.parametrize("conflict", ["first", "second"])
def test_where_both_changed_the_rule_decides(apart, conflict):
    put(apart, "near", "r/x", b"old")
    bridge = apart.bridge([{**BOTH[0], "conflict": conflict}], **apart.beyond)
    until_retained(apart, {"r/x": b"old"})
    cut(apart)
    put(apart, "near", "r/x", b"of the first")
    put(apart, "far", "r/x", b"of the second")
    mend(apart)
    until_retained(apart, {"r/x": f"of the {conflict}".encode()})
    assert bridge.until_logged("had changed on both sides", "topic=r/x")


@pytest.mark.parametrize("versions", [(5, 5), ("3.1.1", "3.1.1"), (5, "3.1.1")], ids=str)
def test_many_topics_that_differ(broker_scene, versions):
    # As they come, brokers queue 1,000 messages.
    near, far = (broker_scene.broker(name, "max_queued_messages 1000") for name in ("near", "far"))
    expected = {}
    for number in range(3000):
        payload = f"{number} ".encode() * (1 + number % 100)
        expected[f"r/{number}"] = payload
    with broker_scene.observer(near) as one, broker_scene.observer(far) as two:
        for number, (topic, payload) in enumerate(expected.items()):
            if number % 3 != 1:
                one.publish(topic, payload, retain=True)
            if number % 3 != 2:
                two.publish(topic, payload if number % 3 == 1 else payload + b"other", retain=True)
        for publisher in (one, two):
            publisher.publish("fence", qos=1)
    hubs = {name: {"protocol": version} for name, version in zip(("near", "far"), versions)}
    bridge = broker_scene.bridge(BOTH, hubs=hubs)
    until_retained(broker_scene, expected, 30)
    listeners = [broker_scene.subscriber(broker, "r/#", qos=0) for broker in (near, far)]
    for listener in listeners:
        listener.wait_for(lambda: len(listener.messages) >= len(expected), "all that is stored")
        listener.forget()
    for _ in range(2):
        bridge.terminate()
        bridge.start()
        bridge.until_logged("retained messages compared", "remembered=3000")
    broker_scene.until_quiet(listeners)
    assert [len(listener.messages) for listener in listeners] == [0, 0]


@pytest.mark.parametrize("retain", ["drop", "live"])
def test_rules_that_keep_nothing(apart, retain):
    apart.bridge([{"filter": "r/#", "direction": "out", "retain": retain}], **apart.beyond)
    listener = apart.subscriber(apart.brokers["far"], "r/#")
    put(apart, "near", "r/kept", b"1")
    with apart.observer(apart.brokers["near"]) as publisher:
        publisher.publish("r/live", b"2", qos=1)
    listener.until_heard("r/live")
    heard = [(message.topic, message.retain) for message in listener.messages]
    assert heard == ([("r/live", False)] if retain == "drop" else [("r/kept", False), ("r/live", False)])
    assert retained(apart, apart.brokers["far"]) == {}
