"""Retained messages: once at first, nothing at a reconnect, and agreement after an outage."""

import pytest

from support.unreliable import FROM_HUB, UnreliableProxy
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


def until_retained(scene, expected, seconds=10, prefixes=("", "")):
    """Both brokers hold the same, each under its prefix."""
    for broker, prefix in zip(scene.brokers.values(), prefixes):
        wanted = {prefix + topic: payload for topic, payload in expected.items()}
        try:
            until(lambda: retained(scene, broker, f"{prefix}r/#") == wanted, seconds, pause=0.05)
        except AssertionError as error:
            found = retained(scene, broker, f"{prefix}r/#")
            missing = sorted(set(wanted.items()) - set(found.items()))[:10]
            raise AssertionError(f"{broker.name} lacks {missing} and has {sorted(set(found.items()) - set(wanted.items()))[:10]}") from error


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


def until_saved(scene, topics):
    """So many topics are remembered in the file: 33 bytes each, beside its head and its sum."""
    memory = scene.folder / "ledger"
    until(lambda: memory.exists() and memory.stat().st_size == 56 + 33 * topics, what=f"{topics} saved topics")


@pytest.mark.parametrize("versions", [(5, 5), ("3.1.1", 5)], ids=str)
@pytest.mark.parametrize("side", ["near", "far"])
def test_a_killed_bridge_remembers(apart, side, versions):
    # Without sessions nothing but a reading brings what was missed.
    hubs = {name: {**apart.beyond["hubs"].get(name, {}), "protocol": version, "clean_start": True}
            for name, version in zip(("near", "far"), versions)}
    for number in range(20):
        put(apart, "near", f"r/{number}", b"old")
    rules = [{**BOTH[0], "second_prefix": "site/"}]
    bridge = apart.bridge(rules, hubs=hubs, retained_memory=str(apart.folder / "ledger"))
    site = "site/" if side == "far" else ""
    expected = {f"r/{number}": b"old" for number in range(20)}
    until_retained(apart, expected, prefixes=("", "site/"))
    until_saved(apart, 20)
    bridge.kill()
    for number in range(10):
        put(apart, side, f"{site}r/{number}", b"")
        put(apart, side, f"{site}r/{number + 5}", b"new")
        expected.pop(f"r/{number}", None)
    expected |= {f"r/{number + 5}": b"new" for number in range(5, 10)}
    for number in range(5, 10):
        put(apart, side, f"{site}r/{number}", b"")
    bridge.start()
    bridge.until_logged("retained messages compared", "cleared=10")
    until_retained(apart, expected, prefixes=("", "site/"))


def test_a_rule_one_way_leaves_its_source(apart):
    rules = [{"filter": "r/#", "direction": "out", "qos": 1}]
    for topic in ("kept", "changed", "cleared"):
        put(apart, "near", f"r/{topic}", b"old")
    put(apart, "far", "r/kept", b"of far")
    put(apart, "far", "r/alone", b"of far")
    bridge = apart.bridge(rules, **apart.beyond)
    near, far = apart.brokers.values()
    first = {"r/kept": b"old", "r/changed": b"old", "r/cleared": b"old"}
    until(lambda: retained(apart, far) == {**first, "r/alone": b"of far"}, what="what near holds on far")
    compared = len(bridge.until_logged("retained messages compared"))
    cut(apart)
    put(apart, "near", "r/changed", b"new")
    put(apart, "near", "r/cleared", b"")
    # By hand on the destination: it stays, and is counted.
    put(apart, "far", "r/kept", b"by hand")
    mend(apart)
    last = {"r/kept": b"by hand", "r/changed": b"new", "r/alone": b"of far"}
    until(lambda: retained(apart, far) == last, what=f"{last} on far")
    bridge.until_logged("retained messages compared", "left_different=2", count=1)
    assert len(bridge.logged("retained messages compared")) > compared
    assert retained(apart, near) == {"r/kept": b"old", "r/changed": b"new"}


def test_what_a_short_queue_hides_is_not_cleared(broker_scene):
    """mosquitto leaves out retained messages for which a subscriber's queue has no room, and says nothing."""
    broker_scene.broker("near")
    far = broker_scene.broker("far", "max_queued_messages 10")
    network = broker_scene.stack.enter_context(UnreliableProxy(far.port))
    payloads = {f"r/{number}": bytes([number]) * (1 << 20) for number in range(40)}
    with broker_scene.observer(broker_scene.brokers["near"]) as publisher:
        for topic, payload in payloads.items():
            publisher.publish(topic, payload, qos=1, retain=True)
    bridge = broker_scene.bridge(BOTH, hubs={"far": {"connect": [f"mqtt://127.0.0.1:{network.port}"]}},
                                 retained_memory=str(broker_scene.folder / "ledger"))

    def held(broker):
        """One after another, so that nothing is left out."""
        found = {}
        with broker_scene.observer(broker) as newcomer:
            for topic in payloads:
                newcomer.subscribe(topic, 0)
                newcomer.publish(f"fence/{topic}", qos=1)
            found = {message.topic: message.payload for message in newcomer.messages if message.retain}
        return found

    until(lambda: held(far) == payloads, 30, "all on far", pause=0.5)
    until_saved(broker_scene, len(payloads))
    bridge.kill()
    with broker_scene.observer(far) as publisher:
        publisher.publish("r/3", b"", qos=1, retain=True)
        publisher.publish("r/4", b"new", qos=1, retain=True)
    before = network.passed[FROM_HUB]
    bridge.start()
    until(lambda: network.passed[FROM_HUB] > before + (2 << 20), what="a reading", pause=0.0005)
    network.hold(FROM_HUB)
    until(lambda: any("being dropped for client" in line and "-retained" in line for line in list(far.log.lines)), what="a queue that is full")
    network.release()
    expected = {**payloads, "r/4": b"new"}
    del expected["r/3"]
    bridge.until_logged("retained messages compared", "remembered=39", seconds=40)
    for broker in broker_scene.brokers.values():
        until(lambda broker=broker: held(broker) == expected, 30, f"{broker.name} as it should be", pause=0.5)


def test_a_broker_without_retained_messages(broker_scene):
    """All would seem cleared there."""
    near = broker_scene.broker("near")
    none = broker_scene.broker("none", "retain_available false")
    network = broker_scene.stack.enter_context(UnreliableProxy(none.port))
    put(broker_scene, "near", "r/a", b"1")
    bridge = broker_scene.bridge(BOTH, hubs={"none": {"connect": [f"mqtt://127.0.0.1:{network.port}"]}}, state_topic="none",
                                 is_awaited=False)
    bridge.until_joined()
    listener = broker_scene.subscriber(none, "r/#")
    for turn in range(3):
        put(broker_scene, "near", "r/b", f"{turn}".encode())
        listener.until_heard("r/b", f"{turn}".encode())
        network.reset()
        bridge.until_logged("connected", "peer=none", count=turn + 2)
    put(broker_scene, "near", "r/b", b"last")
    listener.until_heard("r/b", b"last")
    assert retained(broker_scene, near) == {"r/a": b"1", "r/b": b"last"}
    assert broker_scene.quiet([listener], 1) and not bridge.logged("retained messages compared")


def test_a_broker_that_lost_its_store_gets_it_back(broker_scene):
    """It has cleared nothing: it comes back without anything, and without the bridge's session."""
    near, far = (broker_scene.broker(name) for name in ("near", "far"))
    for topic in ("a", "b"):
        put(broker_scene, "near", f"r/{topic}", b"1")
    bridge = broker_scene.bridge(BOTH)
    until_retained(broker_scene, {"r/a": b"1", "r/b": b"1"})
    far.kill()
    put(broker_scene, "near", "r/b", b"")
    far.start()
    bridge.until_logged("connected", "peer=far", count=2)
    until_retained(broker_scene, {"r/a": b"1"})


@pytest.mark.parametrize("has_bit", [True, False], ids=["bridge bit", "plain"])
def test_live_changes_of_a_broker_with_3_1_1(apart, has_bit):
    hubs = {"near": {"protocol": "3.1.1", "bridge_bit": has_bit}, **apart.beyond["hubs"]}
    put(apart, "near", "r/a", b"old")
    bridge = apart.bridge(BOTH, hubs=hubs)
    until_retained(apart, {"r/a": b"old"})
    listener = apart.subscriber(apart.brokers["far"], "r/#")
    put(apart, "near", "r/a", b"new")
    listener.until_heard("r/a", b"new")
    if not has_bit:
        # Such a broker does not tell that it was retained; the next reading finds it.
        apart.network.reset()
        bridge.until_logged("connected", "peer=far", count=2)
    until_retained(apart, {"r/a": b"new"})
    put(apart, "far", "r/a", b"newer")
    until_retained(apart, {"r/a": b"newer"})
    put(apart, "far", "r/a", b"")
    until_retained(apart, {})


def test_what_arrived_at_qos_0_is_known(apart):
    """Nobody confirms such messages, so the bridge asks: what is there later has been changed, and is no message that was missed."""
    far = apart.brokers["far"]
    apart.bridge([{**BOTH[0], "qos": 0}], **apart.beyond).until_logged("retained messages compared")
    watcher = apart.subscriber(far, "stinger/bridge/crossing/far/probe")
    listener = apart.subscriber(apart.brokers["near"], "r/#")
    put(apart, "near", "r/a", b"old")
    until_retained(apart, {"r/a": b"old"})
    watcher.wait_for(lambda: any(b" fence " in message.payload for message in watcher.messages), "the bridge's question")
    with apart.observer(far) as publisher:
        publisher.publish("r/behind", qos=1)
    listener.until_heard("r/behind")
    cut(apart)
    put(apart, "far", "r/a", b"new")
    mend(apart)
    until_retained(apart, {"r/a": b"new"})


def test_changes_while_a_reading_goes_on(apart):
    """Whatever meets what: the last value of each topic is everywhere, and nothing goes to and fro."""
    count = 400
    for broker in apart.brokers.values():
        with apart.observer(broker) as publisher:
            for number in range(count):
                publisher.publish(f"r/{broker.name}/{number}", b"old", retain=True)
            publisher.publish("fence", qos=1)
    apart.network.delay = 0.02
    bridge = apart.bridge(BOTH, is_awaited=False, **apart.beyond)
    expected = {}
    with apart.observer(apart.brokers["near"]) as near, apart.observer(apart.brokers["far"]) as far:
        for turn in range(3):
            for number in range(count):
                for publisher, name in ((near, "near"), (far, "far")):
                    payload = b"" if (number + turn) % 5 == 0 else f"{turn}".encode()
                    publisher.publish(f"r/{name}/{number}", payload, qos=number % 2, retain=True)
                    expected[f"r/{name}/{number}"] = payload
        for publisher in (near, far):
            publisher.publish("fence", qos=1)
    expected = {topic: payload for topic, payload in expected.items() if payload}
    bridge.until_logged("retained messages compared")
    until_retained(apart, expected, 20)
    listeners = [apart.subscriber(broker, "r/#", qos=0) for broker in apart.brokers.values()]
    apart.until_quiet(listeners)
    until_retained(apart, expected)


def test_what_is_larger_than_the_limits_stays(broker_scene):
    near = broker_scene.broker("near")
    broker_scene.broker("far", "max_packet_size 20000")
    put(broker_scene, "near", "r/a", b"a" * 100)
    put(broker_scene, "near", "r/rule", b"b" * 11_000)
    put(broker_scene, "near", "s/broker", b"c" * 30_000)
    bridge = broker_scene.bridge([{**BOTH[0], "max_payload": 10_000}, {**BOTH[0], "filter": "s/#"}])
    bridge.until_logged("retained messages compared")
    until(lambda: retained(broker_scene, broker_scene.brokers["far"], "+/#") | {} ==
          {**retained(broker_scene, broker_scene.brokers["far"], "+/#"), "r/a": b"a" * 100}, what="the one that may")
    bridge.until_logged("a message was not taken: it is larger than the broker takes", "rule=2")
    assert set(retained(broker_scene, near)) == {"r/a", "r/rule"}
    assert set(retained(broker_scene, near, "s/#")) == {"s/broker"}
    assert set(retained(broker_scene, broker_scene.brokers["far"])) == {"r/a"}
    assert set(retained(broker_scene, broker_scene.brokers["far"], "s/#")) == set()


def test_rules_with_a_share_read_nothing(broker_scene):
    for name in ("near", "far"):
        broker_scene.broker(name)
    put(broker_scene, "near", "r/a", b"1")
    bridge = broker_scene.bridge([{"filter": "r/#", "direction": "out", "qos": 1, "share": "group"}])
    listener = broker_scene.subscriber(broker_scene.brokers["far"], "r/#")
    put(broker_scene, "near", "r/b", b"2")
    listener.until_heard("r/b")
    assert [message.topic for message in listener.messages] == ["r/b"]
    assert not bridge.logged("retained messages compared")


@pytest.mark.parametrize("damage", ["damaged", "unwritable"])
def test_a_memory_that_cannot_be_used_costs_nothing_else(apart, damage):
    memory = apart.folder / "ledger"
    if damage == "damaged":
        memory.write_bytes(b"SBRTN001 and then something else")
    else:
        # What is written beside it to replace it.
        (apart.folder / "ledger.new").mkdir()
    put(apart, "near", "r/a", b"1")
    bridge = apart.bridge(BOTH, retained_memory=str(memory), **apart.beyond)
    until_retained(apart, {"r/a": b"1"})
    if damage == "damaged":
        assert len(bridge.until_logged("warning", "the retained memory", "is damaged", "was set aside as")) == 1
        assert (apart.folder / "ledger.damaged").exists()
        until(memory.exists, what="another memory")
    else:
        assert len(bridge.until_logged("warning", "the retained memory", "cannot be written")) == 1
    put(apart, "far", "r/a", b"2")
    until_retained(apart, {"r/a": b"2"})
    bridge.terminate()
    assert len(bridge.logged("the retained memory")) == 1


def test_the_bridge_bit_tells_of_3_1_1_what_is_stored(broker_scene):
    """mosquitto sends a bridge of 3.1.1 the flag of live messages, and not its own messages back."""
    for name in ("near", "far"):
        broker_scene.broker(name)
    both = dict.fromkeys(("near", "far"), {"protocol": "3.1.1", "bridge_bit": True})
    broker_scene.bridge(BOTH, hubs=both)
    listeners = [broker_scene.subscriber(broker, "r/#") for broker in broker_scene.brokers.values()]
    put(broker_scene, "near", "r/a", b"1")
    put(broker_scene, "far", "r/b", b"2")
    until_retained(broker_scene, {"r/a": b"1", "r/b": b"2"})
    put(broker_scene, "far", "r/a", b"")
    until_retained(broker_scene, {"r/b": b"2"})
    broker_scene.until_quiet(listeners)
    assert [len(listener.messages) for listener in listeners] == [3, 3]
