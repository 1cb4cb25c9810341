"""What a message carries beside its payload: properties, response topics, expiry, names."""

import time

import pytest

PROPERTIES = dict(format=1, content_type="text/plain; charset=utf-8", correlation=bytes(range(256)),
                  user=[("b", "2"), ("a", "first"), ("ä", "Größe \"1\" \\"), ("a", "second"), ("", "")])


def own(properties):
    """Without what bridges add: the path."""
    rest = dict(properties)
    rest["user"] = [pair for pair in rest.get("user", []) if pair[0] != "stinger-path"]
    return rest


def two(scene, topics, versions=(5, 5), **options):
    """Brokers `near` and `far`, a bridge, and a publisher and a subscriber of MQTT 5 on each."""
    near, far = scene.broker("near"), scene.broker("far")
    bridge = scene.bridge(topics, hubs={name: {"protocol": version} for name, version in zip(("near", "far"), versions)}, **options)
    return bridge, [(scene.client(broker), scene.subscriber(broker)) for broker in (near, far)]


def test_every_property_of_mqtt_5_crosses(broker_scene):
    _, [(publisher, _), (_, subscriber)] = two(broker_scene, [{"filter": "x/#", "direction": "out"}])
    publisher.publish("x/all", "Grüße".encode(), qos=2, **PROPERTIES)
    [message] = subscriber.until_heard("x/all")
    assert message.payload == "Grüße".encode()
    assert own(message.properties) == PROPERTIES


def test_no_properties_stay_none(broker_scene):
    _, [(publisher, _), (_, subscriber)] = two(broker_scene, [{"filter": "x/#", "direction": "out"}])
    publisher.publish("x/none", b"bare", qos=1)
    [message] = subscriber.until_heard("x/none")
    assert own(message.properties) == {"user": []}


def test_subscription_identifiers_stay_on_their_side(broker_scene):
    _, [(publisher, _), (_, subscriber)] = two(broker_scene, [{"filter": "x/#", "direction": "out"}])
    subscriber.subscribe("x/+", identifier=77)
    publisher.publish("x/id", b"1", qos=1)
    [message, *_] = subscriber.until_heard("x/id")
    assert message.properties.get("identifiers", []) in ([], [77]), "an identifier of the bridge's own"


@pytest.mark.parametrize("versions", [(5, "3.1.1"), ("3.1.1", 5)], ids=str)
def test_what_3_1_1_cannot_carry_is_said_once(broker_scene, versions):
    bridge, [(publisher, _), (_, subscriber)] = two(broker_scene, [{"filter": "x/#", "direction": "out"}], versions)
    for number in range(20):
        publisher.publish(f"x/{number}", "Grüße".encode(), qos=1, **PROPERTIES)
    for number in range(20):
        [message] = subscriber.until_heard(f"x/{number}")
        assert message.payload == "Grüße".encode() and own(message.properties) == {"user": []}
    if versions == (5, "3.1.1"):
        # A broker that is asked with 3.1.1 leaves them out itself; only towards one the bridge has to.
        assert len(bridge.until_logged("properties of messages are lost")) == 1


@pytest.mark.parametrize("prefixes", [{}, {"second_prefix": "site-4/"}, {"first_prefix": "plant/", "second_prefix": "site-4/"}],
                         ids=["same names", "one prefix", "both prefixes"])
@pytest.mark.parametrize("asker", ["near", "far"])
def test_an_answer_finds_its_way_back(broker_scene, prefixes, asker):
    """The request's response topic is renamed as the rule renames, so that what is published there comes back under the asker's name."""
    _, clients = two(broker_scene, [{"filter": "rpc/#", "direction": "both", **prefixes}])
    names = [prefixes.get("first_prefix", ""), prefixes.get("second_prefix", "")]
    here, there = (0, 1) if asker == "near" else (1, 0)
    response = f"{names[here]}rpc/answers/client-7"
    clients[here][0].publish(f"{names[here]}rpc/double", b"21", qos=1, response=response, correlation=b"\0\xff7", user=[("a", "b")])
    [request] = clients[there][1].until_heard(f"{names[there]}rpc/double")
    assert request.properties["correlation"] == b"\0\xff7"
    clients[there][0].publish(request.properties["response"], b"42", qos=1, correlation=request.properties["correlation"])
    [answer] = clients[here][1].until_heard(response)
    assert (answer.payload, answer.properties["correlation"]) == (b"42", b"\0\xff7")
    assert len(clients[here][1].on(response)) == 1


def test_an_answer_over_two_bridges(broker_scene):
    for name in ("left", "middle", "right"):
        broker_scene.broker(name)
    for first, second in (("left", "middle"), ("middle", "right")):
        broker_scene.bridge([{"filter": "rpc/#", "direction": "both", "first_prefix": f"{first}/", "second_prefix": f"{second}/"}],
                            between=[first, second], identity=f"{first}-{second}")
    left, right = broker_scene.brokers["left"], broker_scene.brokers["right"]
    asker, hearing, answering, serving = (broker_scene.client(left), broker_scene.subscriber(left), broker_scene.client(right),
                                          broker_scene.subscriber(right))
    asker.publish("left/rpc/ask", b"?", qos=1, response="left/rpc/answer", correlation=b"9")
    [request] = serving.until_heard("right/rpc/ask")
    answering.publish(request.properties["response"], b"!", qos=1, correlation=b"9")
    assert [message.properties["correlation"] for message in hearing.until_heard("left/rpc/answer", b"!")] == [b"9"]


def test_the_expiry_counts_down_while_a_message_waits(broker_scene):
    """A broker counts down too: the session of the bridge waits on the near one while the bridge is away."""
    bridge, [(publisher, _), (_, subscriber)] = two(broker_scene, [{"filter": "x/#", "direction": "out"}])
    bridge.kill()
    publisher.publish("x/lasting", b"1", qos=1, expiry=100)
    publisher.publish("x/short", b"2", qos=1, expiry=1)
    end = time.monotonic() + 2.1
    subscriber.wait_for(lambda: time.monotonic() > end, "two seconds", 3)
    bridge.start()
    [message] = subscriber.until_heard("x/lasting")
    assert 90 <= message.properties["expiry"] <= 98
    publisher.publish("x/end", b"3", qos=1)
    subscriber.until_heard("x/end")
    assert not subscriber.on("x/short")


def test_names_by_a_template(broker_scene):
    _, [(publisher, _), (far_publisher, subscriber)] = two(broker_scene, [
        {"filter": "sensors/+/temp", "direction": "both", "as": "site4/{1}/temperature"}])
    publisher.publish("sensors/kiln/temp", b"900", qos=1)
    assert [message.payload for message in subscriber.until_heard("site4/kiln/temperature")] == [b"900"]
    near = broker_scene.subscriber(broker_scene.brokers["near"])
    far_publisher.publish("site4/oven/temperature", b"201", qos=1)
    near.until_heard("sensors/oven/temp", b"201")


def test_excluded_names_stay(broker_scene):
    _, [(publisher, _), (_, subscriber)] = two(broker_scene, [
        {"filter": "x/#", "direction": "out", "exclude": ["x/secret/#", "x/+/raw"]}])
    for name in ("x/secret", "x/secret/a", "x/a/raw", "x/a/raw/b", "x/last"):
        publisher.publish(name, b"1", qos=1)
    subscriber.until_heard("x/last")
    assert [message.topic for message in subscriber.messages if message.topic.startswith("x/")] == ["x/a/raw/b", "x/last"]


def test_the_first_rule_that_matches_wins(broker_scene):
    _, [(publisher, _), (_, subscriber)] = two(broker_scene, [
        {"filter": "x/a/#", "direction": "out", "second_prefix": "first/", "qos": 0},
        {"filter": "x/+/b", "direction": "out", "second_prefix": "second/"},
        {"filter": "x/#", "direction": "out", "second_prefix": "third/"}])
    for name in ("x/a/b", "x/c/b", "x/c/d", "x/end"):
        publisher.publish(name, b"1", qos=2)
    subscriber.until_heard("third/x/end")
    heard = [message.topic for message in subscriber.messages if not message.topic.startswith("stinger/")]
    assert sorted(heard) == ["first/x/a/b", "second/x/c/b", "third/x/c/d", "third/x/end"]


def test_dollar_topics_cross_only_where_a_rule_names_them(broker_scene):
    _, [(publisher, _), (_, subscriber)] = two(broker_scene, [
        {"filter": "#", "direction": "out"}, {"filter": "$plant/#", "direction": "out"}])
    subscriber.subscribe("$plant/#")
    subscriber.subscribe("$other/#")
    publisher.publish("$other/x", b"1", qos=1)
    publisher.publish("$plant/x", b"1", qos=1)
    publisher.publish("end", b"1", qos=1)
    subscriber.until_heard("$plant/x")
    subscriber.until_heard("end")
    assert not subscriber.on("$other/x")
