"""Two hubs of chosen kinds and a bridge between them."""

import contextlib
import itertools
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .bridge_process import Bridge
from .connection import Connection, channel_proof
from .hub import Hub
from .waiting import until

#: What can be at an end: hosted by the bridge's own process, a stinger-hub, or the Python hub of a release.
KINDS = ["hosted", "stinger", "0.1.5", "0.1.16"]


@dataclass
class End:
    """One hub, as programs and the bridge's configuration see it."""

    name: str
    kind: str
    path: Path
    secret: str = None
    passwords: dict = field(default_factory=dict)
    #: Those of them that stand in the bridge's configuration.
    told_passwords: dict = field(default_factory=dict)
    programs: object = None
    connections: list = field(default_factory=list)

    #: How long this hub may keep what has gone: that of 0.1.5 tells nobody, and the bridge asks every 2 s.
    @property
    def departure_patience(self):
        return 4 if self.kind == "0.1.5" else 2

    @property
    def tells_departures(self):
        return self.kind != "0.1.5"

    @property
    def is_ours(self):
        return self.kind in ("hosted", "stinger")

    @property
    def releases(self):
        """Whose clients this hub serves; a hub of 0.1.5 knows not all that clients of 0.1.16 ask."""
        return ["0.1.5"] if self.kind == "0.1.5" else ["0.1.5", "0.1.16"]

    @property
    def environment(self):
        """The secrets, for whoever takes them from there."""
        variables = {f"{self.name.upper().replace('-', '_')}_SECRET": self.secret} if self.secret else {}
        for number, password in enumerate(self.passwords.values()):
            variables[self._variable(number)] = password
        return variables

    def _variable(self, number):
        return f"{self.name.upper().replace('-', '_')}_PASSWORD_{number}"

    def configured(self):
        """Its entry under `hubs`."""
        entry = {"listen" if self.kind == "hosted" else "connect": [f"unix:{self.path}"]}
        if self.secret:
            entry["secret"] = {"env": f"{self.name.upper().replace('-', '_')}_SECRET"}
        if self.told_passwords:
            entry["channel_passwords"] = {channel: {"env": self._variable(number)}
                                          for number, channel in enumerate(self.passwords) if channel in self.told_passwords}
        return entry

    def running(self, python_hosts):
        """The hub for the length of a `with`; one that the bridge hosts runs with that."""
        if self.kind == "hosted":
            return contextlib.nullcontext()
        if self.kind == "stinger":
            arguments = ["--secret-env", f"{self.name.upper().replace('-', '_')}_SECRET"] if self.secret else []
            for number, channel in enumerate(self.passwords):
                arguments += ["--channel-password-env", f"{channel}={self._variable(number)}"]
            return Hub(*arguments, unix=self.path, server_id=self.name, environment=self.environment)
        return python_hosts(self.kind).hub(str(self.path), server_id=self.name, connection_secret=self.secret,
                                           system_passwords=dict(self.passwords))

    # Who is on it

    def program(self, release=None, name="program", **options):
        """A program on this hub; of the newest release that it serves unless another is given."""
        return self.programs.start(release or self.releases[-1], f"{self.name}.{name}", self.path, secret=self.secret,
                                   **options)

    def raw(self, client_id=None, mode="client"):
        """A raw connection that has identified itself."""
        connection = Connection.unix(self.path)
        self.connections.append(connection)
        answer = connection.identify(client_id or f"{self.name}.raw-{next(NUMBERS)}", mode, self.secret)
        assert answer["type"] == "identified", answer
        return connection

    def joined(self, channel, **options):
        """A raw connection on a channel, and what it was told of that channel."""
        connection = self.raw(**options)
        return connection, join(connection, channel, self.passwords.get(channel))


    def events(self, *channels):
        """What a newcomer is told of the events on these channels: {name: what}."""
        with self.raw() as newcomer:
            return {event: what for channel in channels
                    for event, what in join(newcomer, channel, self.passwords.get(channel))["events"].items()}

    def until_provided(self, channel, event):
        return until(lambda: self.events(channel).get(event), what=f"{channel}:{event} on {self.name}")

    def until_not_provided(self, channel, event, seconds):
        """To be waited for before a call that must find nobody: a Python hub loses a call that meets a provider on its way out."""
        until(lambda: event not in self.events(channel), seconds, f"the end of {channel}:{event} on {self.name}")


def join(connection, channel, password=None):
    """Joins; the channel_sync."""
    answers = connection.ask({"type": "register", "channel": channel, "is_provider": False}, f"join-{channel}") \
        if password is None else _prove(connection, channel, password)
    assert "error" not in answers[-1], answers[-1]
    return next(answer for answer in answers if answer["type"] == "channel_sync")


def _prove(connection, channel, password):
    connection.send({"type": "register", "channel": channel, "is_provider": False, "request_id": f"join-{channel}"})
    challenge = connection.receive_until(lambda answer: answer["type"] == "auth_challenge")[-1]
    return connection.ask({"type": "register", "channel": channel, "challenge_id": challenge["challenge_id"],
                           "proof": channel_proof(password, challenge["challenge"])}, f"join-{channel}")


NUMBERS = itertools.count()


class World:
    """Two hubs and the bridge between them, running inside `with`."""

    def __init__(self, kinds, channels, programs, python_hosts, secrets=(None, None), passwords=({}, {}),
                 names=("near", "far"), kept=("plain",), told_passwords=None, **options):
        self.folder = Path(tempfile.mkdtemp(prefix="bridge-", dir="/tmp"))
        self.near, self.far = (
            End(name, kind, self.folder / name, secret, dict(given), dict(told), programs)
            for name, kind, secret, given, told in zip(names, kinds, secrets, passwords, told_passwords or passwords))
        self.channels = channels
        self.kept = kept
        self.options = options
        self.python_hosts = python_hosts
        self.bridge = None
        self._running = {}

    @property
    def ends(self):
        return self.near, self.far

    @property
    def bridges(self):
        return [self.bridge] if self.bridge else []

    def configuration(self, is_bridged=True):
        bridge = {"id": "crossing", "between": [self.near.name, self.far.name], "channels": self.channels, **self.options}
        return {"hubs": {end.name: end.configured() for end in self.ends}, "bridges": [bridge] if is_bridged else [],
                "log": {"level": "debug"}}

    def run(self, stack, is_bridged=True):
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        for end in self.ends:
            self._running[end.name] = stack.enter_context(contextlib.ExitStack())
            self.restart(end)
        environment = {**self.near.environment, **self.far.environment}
        self.bridge = stack.enter_context(Bridge(self.folder, self.configuration(is_bridged), environment=environment))
        if is_bridged:
            self.bridge.until_joined()
        # Whoever is first on a channel owns it, and takes everybody off it when it goes: not a test's programs.
        self.keepers = [end.program(name="keeper", is_kept=True) for end in self.ends]
        for keeper, end in zip(self.keepers, self.ends):
            stack.callback(keeper.close)
            for channel in self.kept:
                keeper.open(channel, password=end.passwords.get(channel))
        if is_bridged:
            self.until_broadcasts_cross()

    def restart(self, end):
        self._running[end.name].enter_context(end.running(self.python_hosts))

    def stop(self, end):
        """Ends one of the hubs, in peace."""
        self._running[end.name].close()

    def join_hubs(self):
        """Brings the bridge up between hubs that are there, and perhaps full, already."""
        self.bridge.reload(self.configuration())
        self.bridge.until_joined()
        self.until_broadcasts_cross()

    def until_broadcasts_cross(self):
        """A bridge that comes to a hub is silent for a moment, in case that it takes over from another."""
        near, far = self.keepers

        def cross():
            for keeper in self.keepers:
                keeper.broadcast(self.kept[0], keeper.name)
            return near.heard(self.kept[0], far.name) and far.heard(self.kept[0], near.name)

        if self.kept:
            until(cross, what="broadcasts both ways")

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as starting:
            self.run(starting)
            self._stack = starting.pop_all()
        return self

    def __exit__(self, *exception):
        self.end_connections()
        self._stack.close()

    def end_connections(self):
        for end in self.ends:
            while end.connections:
                end.connections.pop().close()


@dataclass
class Crossing:
    """One way across a world: from the end where something is to the end where it is used."""

    world: World
    origin: End
    beyond: End
    provider_release: str = None
    consumer_release: str = None

    @property
    def bridge(self):
        return self.world.bridge

    @property
    def bridges(self):
        return [self.bridge]

    @property
    def departure_patience(self):
        return max(self.origin.departure_patience, self.beyond.departure_patience)

    @property
    def is_ours(self):
        """Whether both hubs are of this project."""
        return self.origin.is_ours and self.beyond.is_ours

    def provider(self, *channels, name="provider"):
        return self._program(self.origin, self.provider_release, name, channels)

    def consumer(self, *channels, name="consumer"):
        return self._program(self.beyond, self.consumer_release, name, channels)

    @staticmethod
    def _program(end, release, name, channels):
        program = end.program(release, name)
        for channel in channels:
            program.open(channel, password=end.passwords.get(channel))
        return program


def name(stem):
    """A name that no other test uses: the tests of one world share its channels."""
    return f"{stem}-{next(NUMBERS)}"
