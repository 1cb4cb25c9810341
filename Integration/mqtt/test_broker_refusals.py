"""What brokers refuse: one clear line each, no hurry to try again, and everything else goes on. And what they ask for first."""

import subprocess

import pytest

from broker_process import Nats, find
from gatekeeper import REFUSALS, Bouncer, Gatekeeper
from support import bridge_process as programs
from support.waiting import until

OUT = [{"filter": "x/#", "direction": "out", "qos": 1}]
PASSWORD = ("edge", "a password of several words")


def secret(folder, text):
    file = folder / "password"
    file.write_text(text + "\n")
    file.chmod(0o600)
    return {"file": str(file)}


def assert_crosses(scene, topic="x/1", version=5, **settings):
    near, far = scene.brokers["near"], scene.brokers["far"]
    subscriber = scene.subscriber(far, version=version, **settings)
    scene.client(near).publish(topic, b"crossed", qos=1)
    subscriber.until_heard(topic, b"crossed")


def assert_said_once(bridge, *words):
    """One line at warning or above; it is told again only when the news changes."""
    bridge.until_logged(*words)
    lines = [line for line in bridge.logged(*words) if " debug " not in line.lower()]
    assert len(lines) == 1, lines


def test_username_and_password(broker_scene):
    broker_scene.broker("near")
    broker_scene.broker("far", password=PASSWORD)
    told = {"username": PASSWORD[0], "password": secret(broker_scene.folder, PASSWORD[1])}
    broker_scene.bridge(OUT, hubs={"far": told})
    assert_crosses(broker_scene, username=PASSWORD[0], password=PASSWORD[1])


@pytest.mark.parametrize("version", ["3.1.1", 5])
def test_a_wrong_password(broker_scene, version):
    broker_scene.broker("near")
    broker_scene.broker("far", password=PASSWORD)
    told = {"username": PASSWORD[0], "password": secret(broker_scene.folder, "quite another one"), "protocol": version}
    bridge = broker_scene.bridge(OUT, is_awaited=False, hubs={"far": told})
    assert_said_once(bridge, "peer=far", "not authorised", "username")
    assert "quite another one" not in bridge.log.text


def test_a_unix_socket(broker_scene):
    broker_scene.broker("near", is_unix=True)
    broker_scene.broker("far")
    address = f"mqtt+unix:{broker_scene.brokers['near'].unix_path}"
    broker_scene.bridge(OUT, hubs={"near": {"connect": [address]}})
    assert_crosses(broker_scene)


def over_tls(scene, certificates, certificate="client", **more):
    tls = {"ca": str(certificates / "ca.pem"), "server_name": "localhost", **more}
    if certificate:
        tls |= {"certificate": str(certificates / f"{certificate}.pem"), "key": str(certificates / f"{certificate}.key")}
    return {"far": {"connect": [f"mqtts://127.0.0.1:{scene.brokers['far'].port}"], "tls": tls}}


def test_tls_with_a_client_certificate(broker_scene, certificates):
    broker_scene.broker("near")
    far = broker_scene.broker("far", certificates=certificates)
    bridge = broker_scene.bridge(OUT, is_awaited=False, hubs=over_tls(broker_scene, certificates))
    bridge.until_joined(2)
    subscriber = broker_scene.client(far, host="localhost", ca=certificates / "ca.pem", certificate=certificates / "client.pem",
                                     key=certificates / "client.key")
    subscriber.subscribe("#")
    broker_scene.client(broker_scene.brokers["near"]).publish("x/1", bytes(100_000), qos=2)
    subscriber.until_heard("x/1", bytes(100_000))


def test_no_client_certificate(broker_scene, certificates):
    broker_scene.broker("near")
    broker_scene.broker("far", certificates=certificates)
    bridge = broker_scene.bridge(OUT, is_awaited=False, hubs=over_tls(broker_scene, certificates, certificate=None))
    assert_said_once(bridge, "peer=far", "certificate")


def test_a_certificate_for_another_name(broker_scene, certificates):
    broker_scene.broker("near")
    broker_scene.broker("far", certificates=certificates)
    bridge = broker_scene.bridge(OUT, is_awaited=False, hubs=over_tls(broker_scene, certificates, server_name="elsewhere.example"))
    assert_said_once(bridge, "peer=far", "not for elsewhere.example")


def test_one_filter_is_refused_and_the_others_work(broker_scene):
    broker_scene.broker("near", access=["topic readwrite x/#", "topic readwrite stinger/#", "topic write secret/#"])
    broker_scene.broker("far")
    bridge = broker_scene.bridge([{"filter": "secret/#", "direction": "out", "qos": 1}, *OUT])
    assert_crosses(broker_scene)
    # mosquitto 2.0 grants a filter that its access list does not cover, and only keeps its messages back.
    assert bridge.process.poll() is None


def test_a_message_that_is_too_large(broker_scene):
    broker_scene.broker("near")
    broker_scene.broker("far", "max_packet_size 2000")
    bridge = broker_scene.bridge(OUT)
    publisher = broker_scene.client(broker_scene.brokers["near"])
    subscriber = broker_scene.subscriber(broker_scene.brokers["far"], "x/#")
    for number in range(3):
        publisher.publish("x/large", bytes(3000), qos=1)
        publisher.publish("x/small", bytes([number]), qos=1)
        subscriber.until_heard("x/small", bytes([number]))
    assert_said_once(bridge, "not taken", "larger than the broker takes", "topic=x/large", "bytes=3000")


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("version", ["3.1.1", 5])
def test_a_message_that_is_larger_than_the_broker_has_said(broker_scene, version, qos):
    """`message_size_limit` is announced nowhere: mosquitto answers, with a code that the standard does not have there, and hangs up."""
    broker_scene.broker("near")
    broker_scene.broker("far", "message_size_limit 2000")
    bridge = broker_scene.bridge([{**OUT[0], "qos": qos}], hubs={"far": {"protocol": version}})
    publisher = broker_scene.client(broker_scene.brokers["near"])
    subscriber = broker_scene.subscriber(broker_scene.brokers["far"], "x/#")
    for number in range(3):
        publisher.publish("x/large", bytes(3000), qos=qos)
        publisher.publish("x/small", bytes([number]), qos=qos)
        subscriber.until_heard("x/small", bytes([number]))
    if version == 5:
        assert_said_once(bridge, "not taken", "packet too large", "topic=x/large", "max_payload")


@pytest.mark.parametrize("qos", [1, 2])
def test_a_topic_that_may_not_be_published(broker_scene, qos):
    broker_scene.broker("near")
    broker_scene.broker("far", access=["topic readwrite x/public/#", "topic readwrite stinger/#", "topic read x/#"])
    bridge = broker_scene.bridge([{**OUT[0], "qos": qos}])
    publisher = broker_scene.client(broker_scene.brokers["near"])
    subscriber = broker_scene.subscriber(broker_scene.brokers["far"], "x/#")
    for number in range(3):
        publisher.publish("x/secret", b"1", qos=qos)
        publisher.publish("x/public/a", bytes([number]), qos=qos)
        subscriber.until_heard("x/public/a", bytes([number]))
    assert_said_once(bridge, "peer=far", "rule=1", "not authorised", "topic=x/secret", "allow")


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("version", ["3.1.1", 5])
def test_a_message_at_which_the_broker_hangs_up(broker_scene, stack, version, qos):
    """As some brokers refuse what may not be published. Sent again on each connection, it would end all of them."""
    broker_scene.broker("near")
    far = broker_scene.broker("far")
    gate = stack.enter_context(Bouncer(far.port, b"a word that is not let in"))
    bridge = broker_scene.bridge([{**OUT[0], "qos": qos}],
                                 hubs={"far": {"connect": [f"mqtt://127.0.0.1:{gate.port}"], "protocol": version}})
    publisher = broker_scene.client(broker_scene.brokers["near"])
    subscriber = broker_scene.subscriber(far, "x/#")
    publisher.publish("x/before", b"1", qos=qos)
    publisher.publish("x/refused", b"a word that is not let in", qos=qos)
    publisher.publish("x/after", b"1", qos=qos)
    subscriber.until_heard("x/after", b"1")
    assert_said_once(bridge, "rule=1", "not taken", "hangs up", "topic=x/refused")
    assert not subscriber.on("x/refused") and subscriber.on("x/before")


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("falls_back", [False, True], ids=["not told to", "fall_back"])
def test_a_broker_of_3_1_1_alone(broker_scene, stack, refusal, falls_back):
    broker_scene.broker("near")
    far = broker_scene.broker("far")
    gate = stack.enter_context(Gatekeeper(far.port, REFUSALS[refusal]))
    told = {"connect": [f"mqtt://127.0.0.1:{gate.port}"], **({"fall_back": True} if falls_back else {})}
    bridge = broker_scene.bridge(OUT, is_awaited=falls_back, hubs={"far": told})
    if falls_back:
        assert_crosses(broker_scene)
        assert gate.levels[-1] == 4
    else:
        until(lambda: len(gate.levels) >= 2, what="two tries")
        assert set(gate.levels) == {5}
        assert_said_once(bridge, "peer=far", "fall_back")


class TestNats:
    """A second implementation of a broker."""

    @pytest.fixture
    def pair(self, broker_scene, stack):
        if not find("nats-server"):
            pytest.skip("nats-server is not installed: no second kind of broker to test with (apt-get install nats-server)")
        broker_scene.broker("near")
        broker_scene.brokers["far"] = stack.enter_context(Nats(broker_scene.folder, "far"))
        return broker_scene

    @pytest.mark.parametrize("direction", ["out", "in", "both"])
    @pytest.mark.parametrize("qos", [0, 1])
    def test_each_message_once(self, pair, qos, direction):
        bridge = pair.bridge([{"filter": "x/#", "direction": direction, "qos": 1}], is_awaited=False,
                             hubs={"far": {"protocol": "3.1.1"}})
        bridge.until_joined(2)
        ends = [pair.client(pair.brokers["near"]), pair.client(pair.brokers["far"], "3.1.1")]
        hearing = [pair.client(pair.brokers["near"]), pair.client(pair.brokers["far"], "3.1.1")]
        for subscriber in hearing:
            subscriber.subscribe("x/#", 1)
        for here, there in {"out": [(0, 1)], "in": [(1, 0)], "both": [(0, 1), (1, 0)]}[direction]:
            ends[here].load(f"x/{here}", 500, qos=qos, stream=here)
            counts = hearing[there].until_counted(500, here)
            assert (counts["came"], counts["late"]) == (500, 0), counts
            assert hearing[here].until_counted(500, here)["came"] == 500

    def test_mqtt_5_is_refused_in_one_line(self, pair):
        bridge = pair.bridge(OUT, is_awaited=False)
        assert_said_once(bridge, "peer=far", "fall_back")


def test_an_imported_mosquitto_bridge_runs(broker_scene):
    """`import-mosquitto` of a bridge as people write it; what it prints is run."""
    near, far = broker_scene.broker("near"), broker_scene.broker("far")
    theirs = broker_scene.folder / "theirs.conf"
    theirs.write_text(f"listener {near.port} 127.0.0.1\nallow_anonymous true\n\nconnection edge\naddress 127.0.0.1:{far.port}\n"
                      "bridge_protocol_version mqttv50\ntopic x/# out 1\ntopic commands/# in 2 here/ site-4/\ncleansession false\n")
    printed = subprocess.run([programs.binary(), "import-mosquitto", str(theirs)], capture_output=True, text=True, timeout=20)
    assert printed.returncode == 0, printed.stderr

    class Imported(programs.Bridge):
        def write(self):
            self.file.write_text(printed.stdout)

    bridge = broker_scene.stack.enter_context(Imported(broker_scene.folder, {"bridges": [None]}))
    broker_scene.running_bridges.append(bridge)
    bridge.until_joined(2)
    assert_crosses(broker_scene)
    subscriber = broker_scene.subscriber(near, "here/#")
    broker_scene.client(far).publish("site-4/commands/stop", b"now", qos=2)
    subscriber.until_heard("here/commands/stop", b"now")
