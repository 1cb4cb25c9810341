"""Scripted sessions: the same raw frames played to different hubs, and what each connection heard after each step.

A session is data: steps, each with the name of the connection it concerns. After every step the player waits until the
hub has nothing more to say to anybody, by pings rather than by time: a hub answers frames in order, so a `pong` proves
that everything before that ping was handled. The Python hub hands its messages to tasks that may run after the pong
of the same read, so the pings go round until two rounds in a row have brought nothing.
"""

import contextlib
import re
import time
from dataclasses import dataclass, field

from .connection import Closed, Connection, channel_proof, connection_proof
from .waiting import Deadline

#: Stands in a transcript where the hub ended the connection.
CLOSED = "(closed by the hub)"

#: Pings go round at least so often, and at most so often.
ROUNDS_MINIMUM = 3
ROUNDS_MAXIMUM = 50


@dataclass(frozen=True)
class Difference:
    """What one connection hears after a step where the hubs are meant to differ: both sides are checked."""

    why: str
    connection: str
    python: list
    ours: list
    releases: tuple = ("0.1.5", "0.1.16")


@dataclass(frozen=True)
class Step:
    name: str
    differences: tuple = ()

    def differing(self, *differences):
        return type(self)(**{**self.__dict__, "differences": self.differences + differences})


@dataclass(frozen=True)
class Open(Step):
    """Connects and shakes hands. The client id is the connection's name unless `id` is given."""

    id: str = None
    mode: str = None
    secret: str = None

    def play(self, player):
        player.connect(self.name)
        greeting = {"type": "identify", "client_id": self.id or self.name}
        if self.mode or player.names_mode:
            greeting["mode"] = self.mode or "client"
        player.send(self.name, greeting)
        answer = player.hear(self.name)
        if answer is not CLOSED and answer["type"] == "conn_challenge" and self.secret:
            proof = connection_proof(self.secret, player.challenges[self.name][-1]["challenge"])
            player.send(self.name, {"type": "conn_proof", "proof": proof})
            player.hear(self.name)


@dataclass(frozen=True)
class Connect(Step):
    """Connects and says nothing."""

    def play(self, player):
        player.connect(self.name)


@dataclass(frozen=True)
class Send(Step):
    """Sends messages in one write: maps, or bytes that are a frame's body."""

    messages: tuple = ()

    def play(self, player):
        player.send(self.name, *self.messages)


@dataclass(frozen=True)
class SendBytes(Step):
    """Sends bytes that are no whole frame, so that no ping may follow; WaitForEnd must be the next step."""

    data: bytes = b""
    barrier = False

    def play(self, player):
        player.connections[self.name].send_bytes(self.data)


@dataclass(frozen=True)
class Hear(Step):
    """Waits for frames on a connection that has not identified itself, which therefore gets no pings."""

    count: int = 1

    def play(self, player):
        for _ in range(self.count):
            if player.hear(self.name) is CLOSED:
                break


@dataclass(frozen=True)
class WaitForEnd(Step):
    """Waits until the hub ends this connection. Nobody is pinged meanwhile, as that would keep them busy."""

    seconds: float = 10.0
    barrier = False

    def play(self, player):
        deadline = Deadline(self.seconds)
        while player.hear(self.name, max(deadline.left, 0.001)) is not CLOSED:
            pass


@dataclass(frozen=True)
class FinishSending(Step):
    """Ends this direction of a connection, so that WaitForEnd can follow and nothing of what the hub says is missed."""

    barrier = False

    def play(self, player):
        player.connections[self.name].finish_sending()


@dataclass(frozen=True)
class Close(Step):
    def play(self, player):
        player.connections.pop(self.name).close()


@dataclass(frozen=True)
class Prove(Step):
    """Answers an `auth_challenge` this connection got: the latest, unless `challenge` counts otherwise.

    `written` is what becomes of the proof's text on the way.
    """

    password: str = ""
    request_id: str = None
    fields: dict = field(default_factory=dict)
    written: object = str
    challenge: int = -1
    challenge_of: str = None

    def play(self, player):
        challenged = player.challenges[self.challenge_of or self.name][self.challenge]
        player.send(self.name, {
            "type": "register",
            "channel": challenged["channel"],
            "request_id": self.request_id or challenged["request_id"],
            "challenge_id": challenged["challenge_id"],
            "proof": self.written(channel_proof(self.password, challenged["challenge"])),
            **self.fields,
        })


@dataclass(frozen=True)
class Answer(Step):
    """Whoever was asked last for this request id answers `name`; which one it is, is the hub's choice."""

    request_id: str = ""

    def play(self, player):
        player.send(player.asked[self.request_id], {"type": "response", "request_id": self.request_id,
                                                    "target_id": self.name, "data": None})


@dataclass(frozen=True)
class ProveSecret(Step):
    """Answers a `conn_challenge`."""

    secret: str = ""

    def play(self, player):
        challenge = player.challenges[self.name][-1]["challenge"]
        player.send(self.name, {"type": "conn_proof", "proof": connection_proof(self.secret, challenge)})
        player.hear(self.name)


def send(name, *messages):
    return Send(name, messages=messages)


@dataclass(frozen=True)
class Session:
    """`options` are hub settings by CommIPCServer's names; `since` the first release that has what it is about."""

    title: str
    steps: tuple
    options: dict = field(default_factory=dict)
    since: str = "0.1.5"


def session(title, *steps, since="0.1.5", **options):
    return Session(title, steps, options, since)


def hub_arguments(options):
    """A session's options as the command line and the environment of stinger-hub."""
    arguments, environment = [], {}
    for name, value in options.items():
        if name == "connection_secret":
            environment["HUB_SECRET"] = value
            arguments += ["--secret-env", "HUB_SECRET"]
        elif name == "system_passwords":
            for number, (channel, password) in enumerate(value.items()):
                environment[f"PASSWORD_{number}"] = password
                arguments += ["--channel-password-env", f"{channel}=PASSWORD_{number}"]
        else:
            arguments += ["--" + name.replace("_", "-"), str(value)]
    return arguments, environment


class Player:
    """Plays one session to the hub at a Unix socket and keeps the transcript."""

    def __init__(self, path, release):
        self.path = path
        self.names_mode = release != "0.1.5"
        self.connections = {}
        self.identified = set()
        self.challenges = {}
        self.asked = {}
        self.heard = {}

    def play(self, session):
        """[{connection: [message, …]}, …], one entry a step, connections that heard nothing left out."""
        transcript = []
        with contextlib.ExitStack() as stack:
            stack.callback(lambda: [connection.close() for connection in self.connections.values()])
            for step in session.steps:
                self.heard = {}
                step.play(self)
                if getattr(step, "barrier", True):
                    self.barrier()
                transcript.append({name: list(map(normalised, messages)) for name, messages in self.heard.items()})
        return transcript

    def connect(self, name):
        self.connections[name] = Connection.unix(self.path)
        self.challenges.setdefault(name, [])

    def send(self, name, *messages):
        with contextlib.suppress(Closed):  # The end is noted when it is read.
            self.connections[name].send(*messages)

    def note(self, name, message):
        self.heard.setdefault(name, []).append(message)
        if message is CLOSED:
            self.connections.pop(name).close()
            self.identified.discard(name)
        elif message.get("type") == "identified":
            self.identified.add(name)
        elif message.get("type") in ("auth_challenge", "conn_challenge"):
            self.challenges[name].append(message)
        elif message.get("type") == "call":
            self.asked[message.get("request_id")] = name

    def hear(self, name, seconds=None):
        try:
            message = self.connections[name].receive(seconds)
        except Closed:
            message = CLOSED
        self.note(name, message)
        return message

    def barrier(self):
        quiet_rounds = 0
        for round in range(ROUNDS_MAXIMUM):
            news = sum(self.ping(name) for name in list(self.connections) if name in self.identified)
            quiet_rounds = 0 if news else quiet_rounds + 1
            if quiet_rounds >= 2 and round + 1 >= ROUNDS_MINIMUM:
                return
        raise AssertionError("the hub does not come to rest")

    def ping(self, name):
        """How many messages came ahead of the pong."""
        try:
            messages = self.connections[name].drain()
        except Closed as closed:
            messages = closed.frames + [CLOSED]
        for message in messages:
            self.note(name, message)
        return len(messages)


def normalised(message):
    """Values that differ from run to run are replaced by what they must be; anything else stays, to be seen."""
    if message is CLOSED:
        return message
    message = dict(message)
    stamp = message.get("timestamp")
    if type(stamp) is int and abs(stamp - time.time()) < 30:
        message["timestamp"] = NOW
    if message.get("type") == "auth_challenge":
        if re.fullmatch(r"[A-Za-z0-9]{32}", str(message.get("challenge"))):
            message["challenge"] = "(32 letters and digits)"
        if message.get("challenge_id") and isinstance(message["challenge_id"], str):
            message["challenge_id"] = "(an id)"
    if message.get("type") == "conn_challenge" and re.fullmatch(r"[0-9a-f]{64}", str(message.get("challenge"))):
        message["challenge"] = "(64 hex digits)"
    return message


NOW = "(now)"


def shown(value):
    """A value as text: keys in order, types told apart (1, 1.0, True, '1' and b'1' all differ)."""
    if isinstance(value, dict):
        entries = sorted(value.items(), key=lambda entry: repr(entry[0]))
        return "{" + ", ".join(f"{key!r}: {shown(content)}" for key, content in entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return repr(value)


class Starting:
    """In an expected message: any text that starts so. For words that are the hub's own to choose."""

    def __init__(self, start):
        self.start = start

    def __repr__(self):
        return f"{self.start!r}…"


def matches(expected, actual):
    """Equal in value and type, with Starting taken as a pattern."""
    if isinstance(expected, Starting):
        return isinstance(actual, str) and actual.startswith(expected.start)
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(matches(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(matches, expected, actual))
    return shown(expected) == shown(actual)
