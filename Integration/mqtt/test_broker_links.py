"""Links between the bridge and a broker that are cut, that stall, and what is said of them."""

import itertools
import time

import pytest

from support.unreliable import FROM_HUB, TO_HUB, UnreliableProxy
from support.waiting import until

OUT = [{"filter": "x/#", "direction": "out", "qos": 2}]


@pytest.fixture
def between(broker_scene, stack):
    """Brokers with a network before each of them: near, far, and {name: network}."""
    for name in ("near", "far"):
        broker_scene.broker(name)
    broker_scene.networks = {name: stack.enter_context(UnreliableProxy(broker.port))
                             for name, broker in broker_scene.brokers.items()}
    return broker_scene


def hubs(scene, **more):
    return {name: {"connect": [f"mqtt://127.0.0.1:{network.port}"], **more} for name, network in scene.networks.items()}


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("version", ["3.1.1", 5])
@pytest.mark.parametrize("side", ["near", "far"])
def test_a_cut_link_loses_nothing(between, measured, side, version, qos):
    between.bridge(OUT, hubs=hubs(between, protocol=version))
    publisher = between.client(between.brokers["near"], version)
    subscriber = between.subscriber(between.brokers["far"], "x/#", version=version)
    since = len(publisher.events)
    publisher.tell("load", topic="x/load", count=2500, qos=qos, rate=1000, stream=1, lanes=4)
    subscriber.until_counted(500, 1)
    network = between.networks[side]
    network.refuse()
    network.reset()
    until(lambda: publisher.told("loaded", since) or subscriber.counts(1)["distinct"] < 1500, 0.5, "a moment")
    network.refuse(False)
    back = time.monotonic()
    publisher.wait_for(lambda: publisher.told("loaded", since), "all acknowledged", 20)
    counts = subscriber.until_counted(2500, 1, seconds=20)
    between.until_quiet([subscriber])
    counts = subscriber.counts(1, after=back)
    if "first_after_s" in counts:
        measured(f"{side} link cut at 1,000/s, QoS {qos}, MQTT {version}: flows again after", counts["first_after_s"], "s")
    assert counts["late"] == 0, counts
    if qos == 2:
        assert counts["repeated"] == 0, counts


def test_a_stalled_destination_holds_its_source_back(between, measured):
    """What nobody takes waits at the near broker, not in the bridge."""
    bridge = between.bridge(OUT, hubs=hubs(between))
    publisher = between.client(between.brokers["near"])
    subscriber = between.subscriber(between.brokers["far"], "x/#")
    publisher.load("x/before", 2000, qos=1, size=4096, window=100)
    subscriber.until_counted(2000)
    before = bridge.resident_bytes
    between.networks["far"].hold(TO_HUB, FROM_HUB)
    publisher.load("x/load", 20000, qos=1, size=4096, window=100, stream=1)
    grown = bridge.resident_bytes - before
    measured("the bridge's memory while 80 MB wait for a stalled broker: grown by", grown / (1 << 20), "MiB")
    assert grown < 16 << 20
    between.networks["far"].release()
    counts = subscriber.until_counted(20000, 1, seconds=30)
    assert counts["late"] == 0, counts


def test_the_state_topic_never_lies(between):
    bridge = between.bridge(OUT, hubs=hubs(between))
    watchers = {name: between.subscriber(broker, "stinger/bridge/crossing/+/state") for name, broker in between.brokers.items()}

    def states(name):
        """What a watcher heard; the same said twice is no news. (What was not acknowledged when a link was cut is said again.)"""
        return [payload for payload, _ in itertools.groupby(message.payload for message in watchers[name].messages)]

    def until_states(expected):
        for name, watcher in watchers.items():
            watcher.wait_for(lambda name=name: states(name)[-1:] == [expected], f"{expected} on {name}")

    until_states(b"1")
    for _ in range(3):
        bridge.kill()
        until_states(b"0")
        bridge.start()
        until_states(b"1")
    # The link to one broker is cut: the other hears of it, and both when it is back; no old will comes late.
    between.networks["far"].reset()
    watchers["near"].wait_for(lambda: states("near").count(b"0") == 4, "the news of the cut link")
    until_states(b"1")
    between.until_quiet(watchers.values())
    until_states(b"1")
    for name in watchers:
        assert b"".join(states(name)) == b"101010101", name
    bridge.terminate()
    until_states(b"0")


def test_a_reload_changes_topics(broker_scene):
    near, far = broker_scene.broker("near"), broker_scene.broker("far")
    bridge = broker_scene.bridge([{"filter": "x/#", "direction": "out", "qos": 1}])
    publisher, subscriber = broker_scene.client(near), broker_scene.subscriber(far)
    publisher.publish("x/1", b"1", qos=1)
    subscriber.until_heard("x/1")
    bridge.reload(broker_scene.configuration([{"filter": "y/#", "direction": "out", "qos": 1}]))
    broker_scene.until_up(bridge.configuration["bridges"][0])
    publisher.publish("x/2", b"2", qos=1)
    publisher.publish("y/2", b"2", qos=1)
    subscriber.until_heard("y/2")
    assert not subscriber.on("x/2")


def test_a_link_that_comes_up_late(broker_scene):
    """Neither broker runs when the bridge starts."""
    near, far = broker_scene.broker("near"), broker_scene.broker("far")
    near.stop()
    far.stop()
    bridge = broker_scene.bridge(OUT, is_awaited=False)
    for peer in ("near", "far"):
        assert bridge.until_logged(f"peer={peer}", "nobody listens")
    near.start()
    far.start()
    broker_scene.until_up(bridge.configuration["bridges"][0])
    subscriber = broker_scene.subscriber(far, "x/#")
    broker_scene.client(near).publish("x/1", b"1", qos=2)
    subscriber.until_heard("x/1")
