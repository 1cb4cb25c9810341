"""Rings of brokers and bridges side by side: each message once at every subscriber, and then silence."""

import time

import pytest

ALL = [{"filter": "x/#", "direction": "both", "qos": 1}]
VERSIONS = [(5, 5, 5), ("3.1.1", "3.1.1", "3.1.1"), (5, "3.1.1", 5)]


def entry(scene, name, version):
    return {**scene.brokers[name].configured(), "protocol": version, "redial": {"first": "50ms", "longest": "200ms"}}


def connect(scene, edges, versions, is_one_process):
    """Bridges along the edges, and each broker's version by its name."""
    configurations = [{"hubs": {name: entry(scene, name, versions[name]) for name in edge},
                       "bridges": [{"id": f"{'-'.join(edge)}-{number}", "between": list(edge), "topics": ALL}],
                       "log": {"level": "debug"}} for number, edge in enumerate(edges)]
    if is_one_process:
        configurations = [{"hubs": {name: each for part in configurations for name, each in part["hubs"].items()},
                           "bridges": [bridge for part in configurations for bridge in part["bridges"]],
                           "log": {"level": "debug"}}]
    for configuration in configurations:
        scene.start(configuration)


def assert_each_once(scene, versions):
    publishers = {name: scene.client(broker, versions[name]) for name, broker in scene.brokers.items()}
    subscribers = {name: scene.subscriber(broker, "x/#", version=versions[name]) for name, broker in scene.brokers.items()}
    # Bridges that have just met may still be deciding who carries what: a first message each has come everywhere when that is over.
    scene.settle(publishers.values(), subscribers.values(), "x/first", rounds=1)
    expected = []
    for name, publisher in publishers.items():
        for qos in (0, 1, 2):
            for number in range(20):
                expected.append(f"{name} {qos} {number}".encode())
                publisher.publish(f"x/{name}", expected[-1], qos=qos)
    for name, subscriber in subscribers.items():
        subscriber.wait_for(lambda: len(carried(subscriber)) >= len(expected), f"all on {name}")
    scene.settle(publishers.values(), subscribers.values(), "x/fence")
    scene.until_quiet(subscribers.values())
    for name, subscriber in subscribers.items():
        assert sorted(carried(subscriber)) == sorted(expected), f"on {name}"
    return publishers, subscribers


def carried(subscriber):
    return [message.payload for message in subscriber.messages if not message.payload.startswith(b"fence ")]


@pytest.mark.parametrize("is_one_process", [False, True], ids=["a process each", "one process"])
@pytest.mark.parametrize("versions", VERSIONS, ids=str)
def test_a_ring_of_three_brokers(broker_scene, versions, is_one_process):
    names = ("a", "b", "c")
    for name in names:
        broker_scene.broker(name)
    versions = dict(zip(names, versions))
    connect(broker_scene, [("a", "b"), ("b", "c"), ("c", "a")], versions, is_one_process)
    assert_each_once(broker_scene, versions)


@pytest.mark.parametrize("is_one_process", [False, True], ids=["a process each", "one process"])
@pytest.mark.parametrize("versions", [(5, 5), ("3.1.1", "3.1.1"), (5, "3.1.1")], ids=str)
def test_two_bridges_side_by_side(broker_scene, versions, is_one_process):
    for name in ("a", "b"):
        broker_scene.broker(name)
    versions = dict(zip(("a", "b"), versions))
    connect(broker_scene, [("a", "b"), ("a", "b")], versions, is_one_process)
    assert_each_once(broker_scene, versions)


@pytest.mark.parametrize("versions", [("3.1.1", "3.1.1"), (5, "3.1.1")], ids=str)
def test_equal_messages_of_people_pass(broker_scene, versions):
    """A bridge knows its own message coming back by its content; the same content from somebody else is not its own."""
    for name in ("a", "b"):
        broker_scene.broker(name)
    versions = dict(zip(("a", "b"), versions))
    connect(broker_scene, [("a", "b")], versions, False)
    first, second = (broker_scene.client(broker, versions[name]) for name, broker in broker_scene.brokers.items())
    listeners = [broker_scene.subscriber(broker, "x/#") for broker in broker_scene.brokers.values()]
    count = 0
    for publisher in (first, second, second, first, second):
        publisher.publish("x/same", b"equal", qos=1)
        count += 1
        for listener in listeners:
            listener.until_heard("x/same", b"equal", count)
    end = time.monotonic() + 1
    listeners[0].wait_for(lambda: time.monotonic() > end, "a second", 2)
    second.publish("x/same", b"equal", qos=1)
    for listener in listeners:
        listener.until_heard("x/same", b"equal", count + 1)
    broker_scene.until_quiet(listeners)
    assert [len(listener.on("x/same")) for listener in listeners] == [count + 1] * 2


def test_two_processes_share_a_stream(broker_scene):
    """A shared subscription: each message by one of them."""
    for name in ("a", "b"):
        broker_scene.broker(name)
    configuration = {"hubs": {name: entry(broker_scene, name, 5) for name in ("a", "b")}, "log": {"level": "debug"}}
    rule = {"filter": "x/#", "direction": "out", "qos": 1, "share": "group"}
    for number in range(2):
        broker_scene.start({**configuration, "bridges": [{"id": f"part-{number}", "between": ["a", "b"], "topics": [rule]}]})
    publisher = broker_scene.client(broker_scene.brokers["a"])
    subscriber = broker_scene.subscriber(broker_scene.brokers["b"], "x/#")
    publisher.load("x/load", 2000, qos=1, stream=1)
    counts = subscriber.until_counted(2000, 1)
    assert counts["repeated"] == 0, counts


def test_another_bridge_takes_over(broker_scene):
    """Of two side by side one carries; killed, it is known by its will, and the other one does. Back, it finds its place again."""
    for name in ("a", "b"):
        broker_scene.broker(name)
    versions = {"a": 5, "b": 5}
    connect(broker_scene, [("a", "b"), ("a", "b")], versions, False)
    publisher = broker_scene.client(broker_scene.brokers["a"])
    subscriber = broker_scene.subscriber(broker_scene.brokers["b"], "x/#")
    subscriber.wait_for(lambda: [publisher.publish("x/first", b"fence ", qos=1)] and subscriber.on("x/first"), "a first message")
    for number, bridge in enumerate(broker_scene.running_bridges):
        bridge.kill()
        heard = len(subscriber.messages)
        # What comes before the others know of the death is nobody's: the one that died gets it when it is back.
        subscriber.wait_for(lambda heard=heard: [publisher.publish("x/probe", b"fence ", qos=0)] and
                            len(subscriber.messages) > heard, "a message by the other bridge")
        for count in range(20):
            publisher.publish("x/after", b"%d %d" % (number, count), qos=0)
        subscriber.wait_for(lambda number=number: len(carried_by(subscriber, number)) >= 20, "all of them")
        bridge.start()
        bridge.until_logged("agreed")
        broker_scene.until_quiet([subscriber])
        assert carried_by(subscriber, number) == [b"%d %d" % (number, count) for count in range(20)]


def carried_by(subscriber, number):
    return [message.payload for message in subscriber.on("x/after") if message.payload.startswith(b"%d " % number)]


def test_retained_messages_in_a_ring(broker_scene):
    """Stored before and after the bridges came, changed and cleared: the same everywhere, and each once. (Of live messages 3.1.1 does not
    tell which are stored.)"""
    names = ("a", "b", "c")
    for name in names:
        broker_scene.broker(name)
    versions = dict.fromkeys(names, 5)
    store(broker_scene, "a", b"old")
    subscribers = {name: broker_scene.subscriber(broker, "x/#") for name, broker in broker_scene.brokers.items()}
    connect(broker_scene, [("a", "b"), ("b", "c"), ("c", "a")], versions, False)
    for payload in (b"old", b"new", b""):
        if payload != b"old":
            store(broker_scene, "c", payload)
        for subscriber in subscribers.values():
            subscriber.until_heard("x/stored", payload)
    broker_scene.until_quiet(subscribers.values())
    for name, subscriber in subscribers.items():
        assert [message.payload for message in subscriber.on("x/stored")] == [b"old", b"new", b""], f"on {name}"
        with broker_scene.observer(broker_scene.brokers[name], "x/#") as newcomer:
            newcomer.publish("fence/of/newcomer", b"", qos=1)
            assert newcomer.messages == [], f"on {name}"


def store(scene, name, payload):
    with scene.observer(scene.brokers[name]) as publisher:
        publisher.publish("x/stored", payload, qos=1, retain=True)
