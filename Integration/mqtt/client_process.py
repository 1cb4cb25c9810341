"""The client on libmosquitto (client/client.c), as a process that tests tell what to do."""

import json
import subprocess
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

from support.waiting import PATIENCE


@dataclass
class Message:
    """What a subscriber was given."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    #: format, content_type, response, correlation (bytes), expiry, user (pairs in order), identifiers: those that were there.
    properties: dict = field(default_factory=dict)


def encoded(value):
    if isinstance(value, bool):
        value = int(value)
    raw = value if isinstance(value, bytes) else str(value).encode()
    return quote_from_bytes(raw, safe=" /#+$:")


class Client:
    """One client of a broker; `connection` is what its `connect` says. `program` is the built client."""

    def __init__(self, program, **connection):
        self.connection = connection
        self.events = []
        self.arrived = threading.Condition()
        self.process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "message":
                event = self._message(event)
            with self.arrived:
                self.events.append(event)
                self.arrived.notify_all()

    @staticmethod
    def _message(told):
        properties = {name: value for name, value in told.items()
                      if name not in ("event", "topic", "payload", "qos", "retain")}
        if "correlation" in properties:
            properties["correlation"] = bytes.fromhex(properties["correlation"])
        if "user" in properties:
            properties["user"] = [tuple(pair) for pair in properties["user"]]
        return Message(told["topic"], bytes.fromhex(told["payload"]), told["qos"], told["retain"], properties)

    # Waiting

    def wait_for(self, condition, what, seconds=PATIENCE):
        """What `condition()` answers once that is true; it is asked whenever something has happened."""
        end = time.monotonic() + seconds
        with self.arrived:
            while not (answer := condition()):
                left = end - time.monotonic()
                assert left > 0, f"{what}: not within {seconds} s; the last that happened is {self.events[-8:]}"
                assert self.process.poll() is None or self.reader.is_alive(), f"{what}: the client ended"
                self.arrived.wait(min(left, 0.5))
            return answer

    def told(self, kind, since=0):
        """Events of a kind."""
        return [event for event in self.events[since:] if isinstance(event, dict) and event["event"] == kind]

    def ask(self, command, answer, *pairs, seconds=PATIENCE, **fields):
        """Tells a command, and waits for the event that ends it."""
        since = len(self.events)
        self.tell(command, *pairs, **fields)

        def look():
            failed = self.told("failed", since)
            assert not failed, failed[0]
            return self.told(answer, since)

        return self.wait_for(look, f"{answer} after {command} {fields}", seconds)[0]

    def tell(self, command, *pairs, **fields):
        given = [*pairs, *((name, value) for name, value in fields.items() if value is not None)]
        self.process.stdin.write("\t".join([command, *(f"{name}={encoded(value)}" for name, value in given)]) + "\n")
        self.process.stdin.flush()

    # What a client does

    def connect(self, seconds=PATIENCE):
        """Connected, or the refusal's event."""
        return self.ask("connect", "connected", seconds=seconds, **self.connection)

    def reconnect(self):
        return self.ask("connect", "connected")

    def disconnect(self):
        return self.ask("disconnect", "disconnected")

    def subscribe(self, topic, qos=2, **options):
        """The QoS that was granted, or the reason of the refusal."""
        return self.ask("subscribe", "subscribed", topic=topic, qos=qos, **options)["granted"][0]

    def publish(self, topic, payload=b"", qos=0, retain=False, user=(), **properties):
        """Returns when the broker has taken it; QoS 0 is only sent."""
        pairs = [("user", name.encode() + b"\0" + value.encode()) for name, value in user]
        fields = dict(topic=topic, payload=payload, qos=qos, retain=retain, **properties)
        if qos:
            return self.ask("publish", "published", *pairs, **fields)
        self.tell("publish", *pairs, **fields)

    def load(self, topic, count, seconds=60, **options):
        """Numbered messages, all of them acknowledged at the end."""
        return self.ask("load", "loaded", topic=topic, count=count, seconds=seconds, **options)

    def counts(self, stream=0, after=None):
        return self.ask("counts", "counts", stream=stream, after=None if after is None else int(after * 1e9))

    def until_counted(self, count, stream=0, seconds=PATIENCE):
        """The counts of a stream once so many different messages came."""
        end = time.monotonic() + seconds
        while True:
            counts = self.counts(stream)
            if counts["distinct"] >= count:
                return counts
            assert time.monotonic() < end, f"{count} messages of stream {stream}: not within {seconds} s; there are {counts}"
            time.sleep(0.02)

    # What it was given

    @property
    def messages(self):
        with self.arrived:
            return [event for event in self.events if isinstance(event, Message)]

    def on(self, topic):
        """The messages under that name."""
        return [message for message in self.messages if message.topic == topic]

    def until_heard(self, topic, payload=None, count=1, seconds=PATIENCE):
        """The messages under that name, and with that payload, once there are so many."""
        def look():
            found = [message for message in self.events if isinstance(message, Message) and message.topic == topic
                     and (payload is None or message.payload == payload)]
            return found if len(found) >= count else None
        return self.wait_for(look, f"{count} messages {topic} {payload}", seconds)

    def forget(self):
        """Those that came are not looked at any more."""
        with self.arrived:
            self.events.clear()

    @property
    def is_connected(self):
        """By the last that happened."""
        states = [event for event in list(self.events) if isinstance(event, dict)
                  and event["event"] in ("connected", "disconnected", "failed")]
        return bool(states) and states[-1]["event"] == "connected" and states[-1]["code"] == 0

    def kill(self):
        """SIGKILL: no goodbye to the broker."""
        self.process.kill()
        self.close()

    def close(self):
        """The end of its input is its end."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
