"""What the bridge subscribes to, and that a message which several subscriptions bring crosses once."""

import time

import pytest

from support.waiting import until


def pair(scene, topics, *lines, versions=(5, 5), options=None, **more):
    """Two brokers with a bridge; the bridge, a publisher on the near one and a subscriber to everything on the far one."""
    near, far = scene.broker("near", *lines), scene.broker("far")
    hubs = {name: {"protocol": str(version), **(options or {})} for name, version in zip(("near", "far"), versions)}
    bridge = scene.bridge(topics, hubs=hubs, **more)
    return bridge, scene.client(near), scene.subscriber(far, "#")


@pytest.mark.parametrize("version", [5, "3.1.1"])
def test_rules_that_overlap_in_part_deliver_once(broker_scene, version):
    """mosquitto sends a copy for each subscription of MQTT 5."""
    _, publisher, subscriber = pair(broker_scene, [
        {"filter": "x/+/a", "direction": "out", "second_prefix": "one/"},
        {"filter": "x/b/+", "direction": "out", "second_prefix": "two/", "qos": 1},
        {"filter": "x/#", "direction": "out", "second_prefix": "three/", "exclude": ["x/+/secret"]},
        {"filter": "+/b/a", "direction": "out", "second_prefix": "four/"}], versions=(version, 5))
    for qos in (0, 1, 2):
        for name in ("x/b/a", "x/c/a", "x/b/c", "x/c/d", "y/b/a", "x/c/secret"):
            publisher.publish(name, str(qos).encode(), qos=qos)
    publisher.publish("x/end", b"", qos=2)
    subscriber.until_heard("three/x/end")
    broker_scene.until_quiet([subscriber])
    heard = [(message.topic, message.payload) for message in subscriber.messages if "stinger/" not in message.topic]
    wanted = ["one/x/b/a", "one/x/c/a", "two/x/b/c", "three/x/c/d", "four/y/b/a"]
    assert sorted(heard) == sorted([(name, str(qos).encode()) for name in wanted for qos in (0, 1, 2)] + [("three/x/end", b"")])


def test_excluded_topics_and_those_of_bridges_are_no_news(broker_scene):
    bridge, publisher, subscriber = pair(broker_scene, [{"filter": "#", "direction": "out", "exclude": ["secret/#"]}])
    publisher.publish("secret/1", b"", qos=1)
    publisher.publish("stinger/bridge/other/near/probe", b"", qos=1)
    publisher.publish("end", b"", qos=1)
    subscriber.until_heard("end")
    assert not subscriber.on("secret/1")
    bridge.terminate()
    assert "earlier configuration" not in bridge.log.text


@pytest.mark.parametrize("version", [5, "3.1.1"])
def test_a_reload_ends_subscriptions_that_are_wanted_no_longer(broker_scene, version):
    bridge, publisher, subscriber = pair(
        broker_scene, [{"filter": "x/#", "direction": "out"}, {"filter": "z/#", "direction": "out"}], "log_type unsubscribe",
        versions=(version, version))
    near = broker_scene.brokers["near"]
    hubs = {name: {"protocol": str(version)} for name in ("near", "far")}
    bridge.reload(broker_scene.configuration([{"filter": "y/#", "direction": "out"}, {"filter": "z/#", "direction": "out"}],
                                             hubs=hubs))
    until(lambda: any(line.endswith(" x/#") for line in list(near.log.lines)), what="the end of a subscription")
    publisher.publish("x/1", b"", qos=1)
    publisher.publish("z/1", b"", qos=1)
    publisher.publish("y/1", b"", qos=1)
    subscriber.until_heard("y/1")
    subscriber.until_heard("z/1")
    assert not any(line.endswith(" z/#") for line in list(near.log.lines))
    bridge.terminate()
    assert "earlier configuration" not in bridge.log.text


def test_a_bridge_that_is_taken_away_leaves_no_subscription(broker_scene):
    bridge, _, _ = pair(broker_scene, [{"filter": "x/#", "direction": "out"}], "log_type unsubscribe")
    near = broker_scene.brokers["near"]
    configuration = broker_scene.configuration([])
    bridge.reload({**configuration, "bridges": []})
    for topic in ("x/#", "stinger/bridge/crossing/near/probe"):
        until(lambda topic=topic: any(line.endswith(f" {topic}") for line in list(near.log.lines)), what=f"the end of {topic}")


def test_the_bridge_bit_costs_no_time(broker_scene):
    """mosquitto sends a bridge nothing back, its probe neither."""
    began = time.monotonic()
    bridge, publisher, subscriber = pair(broker_scene, [{"filter": "x/#", "qos": 1}], versions=("3.1.1", "3.1.1"),
                                         options={"bridge_bit": True})
    assert time.monotonic() - began < 8
    for _ in range(3):
        publisher.publish("x/1", b"same", qos=1)
    assert len(subscriber.until_heard("x/1", b"same", 3)) == 3
    bridge.terminate()
    assert "out: in=3 out=3 waiting=0" in bridge.log.text


def test_what_gets_lost_on_the_way_stands_in_the_accounts(broker_scene):
    bridge, publisher, subscriber = pair(broker_scene, [{"filter": "x/#", "direction": "out"}], versions=(5, "3.1.1"))
    publisher.publish("x/1", b"", qos=1, content_type="text")
    publisher.publish("x/2", b"", qos=1)
    subscriber.until_heard("x/2")
    bridge.terminate()
    assert "rule 1 out: in=2 out=2 waiting=0 without_properties=1" in bridge.log.text
