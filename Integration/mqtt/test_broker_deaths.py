"""SIGKILL of the bridge and of either broker, twenty times in all, under load: what was acknowledged arrives.

What mosquitto 2.0 itself allows is in `Mosquitto.kill_in_step`: brokers die in the moment after they saved, their peers in the
middle of whatever they do. The subscriber is away meanwhile, with a session that keeps what comes: what arrives twice was
published twice by the bridge.
"""

import random

import pytest

from support.waiting import until

COUNT = 2000
KILLS = {"bridge": 4, "near": 3, "far": 3}


class Stream:
    """A load from `near` to `far`, and the moments at which something dies in it."""

    def __init__(self, scene, qos, version):
        self.scene, self.qos = scene, qos
        # Messages that are published ahead of their acknowledgement are the publisher's to send again: it must not do so twice.
        brokers = [scene.broker(name, is_persistent=True) for name in ("near", "far")]
        self.bridge = scene.bridge([{"filter": "x/#", "direction": "out", "qos": 2}],
                                   hubs={name: {"protocol": version} for name in ("near", "far")})
        self.subscriber = scene.client(brokers[1], version, clean=0, expiry=1000)
        assert self.subscriber.subscribe("x/#", qos) == qos
        self.subscriber.disconnect()
        self.publisher = scene.client(brokers[0], version, clean=0, expiry=1000, retry=20)

    def begin(self):
        self.since = len(self.publisher.events)
        self.publisher.tell("load", topic="x/load", count=COUNT, qos=self.qos, lanes=4, rate=1000, stream=1)
        return self

    def sent(self):
        """Some of it more, and not all."""
        pause = random.uniform(0.1, 0.3)
        with pytest.raises(AssertionError, match="a pause"):
            self.publisher.wait_for(lambda: False, "a pause", pause)

    def end(self):
        self.publisher.wait_for(lambda: self.publisher.told("loaded", self.since), "all acknowledged", 30)
        self.subscriber.reconnect()
        self.subscriber.until_counted(COUNT, 1, seconds=20)
        self.scene.until_quiet([self.subscriber])
        until(lambda: self.subscriber.counts(1)["came"] == self.subscriber.counts(1)["came"], what="rest")
        return self.subscriber.counts(1)


@pytest.mark.parametrize("version", ["3.1.1", 5])
@pytest.mark.parametrize("qos", [1, 2])
def test_the_bridge_dies(broker_scene, measured, qos, version):
    stream = Stream(broker_scene, qos, version).begin()
    for _ in range(KILLS["bridge"]):
        stream.sent()
        stream.bridge.kill()
        stream.bridge.start()
    counts = stream.end()
    measured(f"bridge killed {KILLS['bridge']} times, QoS {qos}, MQTT {version}: repeated", counts["repeated"], f"of {COUNT}")
    assert counts["distinct"] == COUNT and counts["late"] == 0, counts
    # At least once across its death: what was on its way to the far broker, which is no more than the window.
    assert counts["repeated"] <= KILLS["bridge"] * 120, counts


@pytest.mark.parametrize("version", ["3.1.1", 5])
@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("victim", ["near", "far"])
def test_a_broker_dies(broker_scene, measured, victim, qos, version):
    stream = Stream(broker_scene, qos, version).begin()
    broker = broker_scene.brokers[victim]
    for _ in range(KILLS[victim]):
        stream.sent()
        broker.kill_in_step(stream.bridge.process, stream.publisher.process)
        broker.start()
    counts = stream.end()
    measured(f"{victim} broker killed {KILLS[victim]} times, QoS {qos}, MQTT {version}: repeated", counts["repeated"], f"of {COUNT}")
    assert counts["distinct"] == COUNT and counts["late"] == 0, counts
    if qos == 2:
        assert counts["repeated"] == 0, counts


def test_everything_dies_at_any_moment(broker_scene):
    """Not even mosquitto keeps everything then: what is asked is that messages flow again, and that nothing hangs."""
    stream = Stream(broker_scene, 1, 5).begin()
    for victim in (broker_scene.brokers["near"], stream.bridge, broker_scene.brokers["far"]):
        stream.sent()
        victim.kill()
        victim.start()
    stream.publisher.wait_for(lambda: stream.publisher.told("loaded", stream.since), "all acknowledged", 30)
    broker_scene.until_up(stream.bridge.configuration["bridges"][0])
    stream.subscriber.reconnect()
    stream.publisher.publish("x/after", b"1", qos=1)
    stream.subscriber.until_heard("x/after", b"1")
