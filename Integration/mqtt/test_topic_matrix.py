"""QoS by direction by version: every message once, and its bytes as they were."""

import pytest

VERSIONS = [("3.1.1", "3.1.1"), ("3.1.1", 5), (5, "3.1.1"), (5, 5)]

TOPICS = [
    {"filter": "away/#", "direction": "out", "qos": 2},
    {"filter": "back/#", "direction": "in", "qos": 2},
    {"filter": "both/#", "direction": "both", "qos": 2},
    {"filter": "low/#", "direction": "out", "qos": 1},
    {"filter": "named/#", "direction": "both", "qos": 2, "first_prefix": "here/", "second_prefix": "site-4/"},
]

#: Nothing, every byte, a payload of which each part looks like a packet, and one longer than a read.
PAYLOADS = [b"", bytes(range(256)), b"\x30\x03\x00\x01a" * 20, bytes(251) * 400]


def pair(scene, versions):
    scene.broker("near")
    scene.broker("far")
    bridge = scene.bridge(TOPICS, hubs={name: {"protocol": version} for name, version in zip(("near", "far"), versions)})
    clients = {name: (scene.client(broker, version), scene.subscriber(broker, version=version))
               for (name, broker), version in zip(scene.brokers.items(), versions)}
    return bridge, clients


@pytest.mark.parametrize("versions", VERSIONS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
def test_each_message_crosses_once_with_its_bytes(broker_scene, versions):
    bridge, clients = pair(broker_scene, versions)
    ways = [("near", "far", "away", "away"), ("far", "near", "back", "back"), ("near", "far", "both", "both"),
            ("far", "near", "both", "both"), ("near", "far", "here/named", "site-4/named"),
            ("far", "near", "site-4/named", "here/named")]
    expected = {"near": [], "far": []}
    for origin, beyond, name, other in ways:
        publisher, _ = clients[origin]
        for qos in (0, 1, 2):
            for number, payload in enumerate(PAYLOADS):
                leaf = f"{origin}/{qos}/{number}"
                publisher.publish(f"{name}/{leaf}", payload, qos=qos)
                expected[origin].append((f"{name}/{leaf}", payload, qos))
                expected[beyond].append((f"{other}/{leaf}", payload, qos))
    for side, (_, subscriber) in clients.items():
        subscriber.wait_for(lambda: len(carried(subscriber)) >= len(expected[side]), f"all messages on {side}", 5)
    broker_scene.settle([client for client, _ in clients.values()], [subscriber for _, subscriber in clients.values()], "both/f")
    for side, (_, subscriber) in clients.items():
        heard = [(message.topic, message.payload, message.qos) for message in carried(subscriber)]
        assert sorted(heard) == sorted(expected[side]), side


def carried(subscriber):
    """What tests published, without the bridge's own and the fences."""
    return [message for message in subscriber.messages
            if not message.topic.startswith(("stinger/", "$")) and not message.payload.startswith(b"fence ")]


def test_a_rule_lowers_the_qos_and_closes_a_direction(broker_scene):
    bridge, clients = pair(broker_scene, (5, 5))
    for qos in (0, 1, 2):
        clients["near"][0].publish("low/x", bytes([qos]), qos=qos)
    [zero] = clients["far"][1].until_heard("low/x", b"\0")
    [one] = clients["far"][1].until_heard("low/x", b"\1")
    [two] = clients["far"][1].until_heard("low/x", b"\2")
    assert [zero.qos, one.qos, two.qos] == [0, 1, 1]
    clients["far"][0].publish("away/x", b"against the rule", qos=1)
    clients["near"][0].publish("back/x", b"against the rule", qos=1)
    clients["near"][0].publish("none/x", b"no rule", qos=1)
    broker_scene.settle([client for client, _ in clients.values()], [subscriber for _, subscriber in clients.values()], "both/f")
    assert not clients["near"][1].on("away/x") and not clients["far"][1].on("back/x") and not clients["far"][1].on("none/x")


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("versions", VERSIONS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
def test_a_stream_after_another_qos(broker_scene, versions, qos):
    """mosquitto 2.0 sends QoS 2 messages beyond the receive maximum when QoS 1 messages came before them."""
    bridge, clients = pair(broker_scene, versions)
    for stream, kind in enumerate((1, 2, qos)):
        clients["near"][0].load("away/load", 1000, stream=stream, qos=kind, lanes=4)
        counts = clients["far"][1].until_counted(1000, stream)
        assert (counts["came"], counts["late"]) == (1000, 0), counts
