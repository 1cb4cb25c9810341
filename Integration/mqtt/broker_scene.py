"""Brokers, bridges between them, and clients on them."""

import itertools
import os
import time
from pathlib import Path

from broker_process import Mosquitto
from client_process import Client
from support.bridge_process import Bridge
from support.waiting import PATIENCE, until

NUMBERS = itertools.count()

#: Links that come back soon.
IMPATIENT = {"redial": {"first": "50ms", "longest": "200ms"}}

#: With STINGER_BRIDGE_STAND_IN=mosquitto a mosquitto stands in for the bridge: what it does right must pass and what it does
#: wrong must fail, which shows that these tests can tell one from the other.
STAND_IN = os.environ.get("STINGER_BRIDGE_STAND_IN")


class MosquittoAsBridge(Mosquitto):
    """A mosquitto with a connection to each of two brokers, which carries what a rule of ours with the same words would."""

    def __init__(self, folder, configuration, name, program):
        super().__init__(folder, name, is_persistent=True)
        self.program = program
        self.file = self.folder / "mosquitto.conf"
        self.configuration = configuration
        lines = []
        for bridge in configuration["bridges"]:
            for place, peer in enumerate(bridge["between"]):
                entry = configuration["hubs"][peer]
                address = entry["connect"][0].split("://")[-1]
                lines += [f"connection {bridge['id']}-{peer}", f"address {address}", "restart_timeout 1", "cleansession false",
                          # Other brokers know no bridge bit; without it messages come back where a rule goes both ways.
                          f"try_private {str(any(rule.get('direction', 'both') == 'both' for rule in bridge['topics'])).lower()}",
                          f"bridge_protocol_version {'mqttv50' if entry.get('protocol', 5) == 5 else 'mqttv311'}",
                          f"notification_topic stinger/bridge/{bridge['id']}/{peer}/state"]
                if "username" in entry:
                    lines += [f"remote_username {entry['username']}",
                              f"remote_password {Path(entry['password']['file']).read_text().strip()}"]
                tls = entry.get("tls", {})
                lines += [f"{theirs} {tls[ours]}" for ours, theirs in
                          (("ca", "bridge_cafile"), ("certificate", "bridge_certfile"), ("key", "bridge_keyfile")) if ours in tls]
                lines += ["bridge_insecure true"] if tls else []
                for rule in bridge["topics"]:
                    way = rule.get("direction", "both")
                    # Towards the bridge from the side that a rule comes from, away from it to the other.
                    if way != "both":
                        way = "in" if (way == "out") == (place == 0) else "out"
                    prefix = rule.get(("first_prefix", "second_prefix")[place], "")
                    lines += [f"topic {rule['filter']} {way} {rule.get('qos', 2)} \"\" {prefix}".rstrip()]
        self.more = lines

    def until_joined(self, count):
        """By what it tells on itself, as it does on the brokers."""
        with Client(self.program, id="joined", version=5, **self.connection()) as watcher:
            watcher.connect()
            watcher.subscribe("stinger/bridge/#")
            watcher.wait_for(lambda: sum(message.payload == b"1" for message in watcher.messages) >= count, f"{count} links")

    def until_logged(self, *words):
        """mosquitto has words of its own."""
        raise AssertionError(f"no line with {words}")


class BrokerScene:
    """What is started here ends with the test."""

    def __init__(self, folder, stack, program):
        self.folder = folder
        self.stack = stack
        self.program = program
        self.brokers = {}
        self.running_bridges = []

    def broker(self, name, *lines, **options):
        self.brokers[name] = self.stack.enter_context(Mosquitto(self.folder, name, *lines, **options))
        return self.brokers[name]

    def client(self, broker, version=5, is_connected=True, **settings):
        """A client on a broker, or on a port."""
        where = {"host": "127.0.0.1", "port": broker} if isinstance(broker, int) else broker.connection()
        settings.setdefault("id", f"client-{next(NUMBERS)}")
        client = self.stack.enter_context(
            Client(self.program, **{**where, "version": 5 if version == 5 else 4, **settings}))
        if is_connected:
            answer = client.connect()
            assert answer["code"] == 0, answer
        return client

    def subscriber(self, broker, *topics, version=5, qos=2, **settings):
        client = self.client(broker, version, **settings)
        for topic in topics or ["#"]:
            granted = client.subscribe(topic, qos, **({"as_published": True} if version == 5 else {}))
            assert granted <= 2, f"{topic} refused with {granted:#x}"
        return client

    def configuration(self, topics, between=None, identity="crossing", hubs=None, **options):
        """A bridge between two of the brokers; `hubs` has what an entry has beside its address."""
        names = between or list(self.brokers)[:2]
        entries = {name: {**IMPATIENT, **self.brokers[name].configured(), **(hubs or {}).get(name, {})} for name in names}
        return {"hubs": entries, "bridges": [{"id": identity, "between": list(names), "topics": topics, **options}],
                "log": {"level": "debug"}}

    def bridge(self, topics, name=None, is_awaited=True, **options):
        """A bridge in a process of its own; returns when it carries."""
        return self.start(self.configuration(topics, **options), name, is_awaited)

    def start(self, configuration, name=None, is_awaited=True):
        name = name or f"bridge-{next(NUMBERS)}"
        made = MosquittoAsBridge(self.folder, configuration, name, self.program) if STAND_IN == "mosquitto" else \
            Bridge(self.folder, configuration, name)
        self.running_bridges.append(self.stack.enter_context(made))
        if is_awaited:
            for bridge in configuration["bridges"]:
                self.until_up(bridge)
        return made

    def until_up(self, bridge, seconds=PATIENCE):
        """Both its links say that they are up, on their brokers."""
        for peer in bridge["between"]:
            state = self.state_topic(bridge["id"], peer)
            with self.observer(self.brokers[peer], state) as observer:
                observer.wait_for(lambda: observer.messages and observer.messages[-1].payload == b"1", f"{state} = 1", seconds)

    @staticmethod
    def state_topic(bridge, peer):
        return f"stinger/bridge/{bridge}/{peer}/state"

    def observer(self, broker, *topics):
        """As a subscriber, and it may end before the test does."""
        client = Client(self.program, id=f"observer-{next(NUMBERS)}", version=5, **broker.connection(**self.credentials(broker)))
        client.connect()
        for topic in topics:
            client.subscribe(topic, 2, as_published=True)
        return client

    @staticmethod
    def credentials(broker):
        return dict(zip(("username", "password"), broker.password)) if getattr(broker, "password", None) else {}

    def settle(self, publishers, subscribers, topic="fence", rounds=3):
        """Returns when what circled would have been heard: each round, a fence from every broker is heard wherever it can go.

        Links keep their order, so a copy on its way moves at least one broker on with every round. A fence is `topic` and a
        payload of its own; `subscribers` are those that it reaches.
        """
        for _ in range(rounds):
            for publisher in publishers:
                payload = f"fence {next(NUMBERS)}".encode()
                publisher.publish(topic, payload, qos=1)
                for subscriber in subscribers:
                    subscriber.wait_for(lambda subscriber=subscriber, payload=payload: any(
                        message.payload == payload for message in subscriber.messages), f"{payload} on {topic}")

    @staticmethod
    def quiet(subscribers, seconds=0.3):
        """Whether nothing at all comes to them for so long."""
        before = [len(subscriber.messages) for subscriber in subscribers]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if [len(subscriber.messages) for subscriber in subscribers] != before:
                return False
            time.sleep(0.02)
        return True

    def until_quiet(self, subscribers, seconds=PATIENCE):
        until(lambda: self.quiet(subscribers), seconds, "rest")
