"""Programs written with comm-ipc, driven from a test: one client each, of a chosen release (support/program_host.py)."""

import contextlib
import itertools
import json
import subprocess
import threading
from pathlib import Path

from . import pythons
from .waiting import PATIENCE, until


class Refused(Exception):
    """A program's command raised; the text is what the program would have seen."""


class Unanswered(AssertionError):
    """A program's command has not ended in time."""


class Pending:
    """A command under way."""

    def __init__(self, what):
        self.what = what
        self._done = threading.Event()
        self._answer = None

    def finish(self, answer):
        self._answer = answer
        self._done.set()

    @property
    def is_done(self):
        return self._done.is_set()

    def result(self, seconds=PATIENCE):
        if not self._done.wait(seconds):
            raise Unanswered(f"no answer within {seconds} s to {self.what}")
        if "error" in self._answer:
            raise Refused(self._answer["error"])
        return self._answer["result"]


class ProgramHost:
    """The process that hosts the programs of one comm-ipc release."""

    def __init__(self, release):
        self.release = release
        self.process = subprocess.Popen(
            [pythons.interpreter(release), str(Path(__file__).with_name("program_host.py"))],
            env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._numbers = itertools.count()
        self._pending = {}
        self._complaints = []
        for read in (self._read_answers, self._read_complaints):
            threading.Thread(target=read, daemon=True).start()

    def _read_answers(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            self._pending.pop(answer["id"]).finish(answer)
        for left in list(self._pending.values()):
            left.finish({"error": "the program host ended: " + "".join(self._complaints)[-2000:]})

    def _read_complaints(self):
        for line in self.process.stderr:
            self._complaints.append(line)

    def start(self, do, **parameters):
        number = next(self._numbers)
        pending = self._pending[number] = Pending({"do": do, **parameters})
        self.process.stdin.write(json.dumps({"id": number, "do": do, **parameters}) + "\n")
        self.process.stdin.flush()
        return pending

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        # The reading threads see the end of the pipes by themselves.


class Program:
    """One program on one hub. Any command of support/program_host.py is a method: `program.call("plain", "echo", 1)`."""

    def __init__(self, host, name, path, **options):
        self.host = host
        self.name = name
        self.start("connect", path=str(path), **options).result()

    def start(self, do, **parameters):
        """Begins a command and does not wait for it."""
        return self.host.start(do, program=self.name, **parameters)

    def do(self, do, **parameters):
        return self.start(do, **parameters).result()

    # The commands, with positional parameters where a test reads better so.

    def open(self, *channels, password=None):
        for channel in channels:
            self.do("open", channel=channel, password=password)
        return self

    def provide(self, channel, event, kind="echo", group=False, models=False):
        self.do("provide", channel=channel, event=event, kind=kind, group=group, models=models)
        return self

    def call(self, channel, event, data=None, **options):
        return self.do("call", channel=channel, event=event, data=data, **options)

    def error_of_call(self, channel, event, data=None, **options):
        """The error's text; None where there was an answer."""
        try:
            self.call(channel, event, data, **options)
        except Refused as error:
            return str(error)

    def stream(self, channel, event, data=None, take=None, raw=False):
        return self.do("stream", channel=channel, event=event, data=data, take=take, raw=raw)

    def broadcast(self, channel, event, data=None):
        self.do("broadcast", channel=channel, event=event, data=data)

    def send(self, channel, event, data=None):
        self.do("send", channel=channel, event=event, data=data)

    def heard(self, channel, event=None):
        """[[event, data, sender, path], …], of one event where one is given."""
        return [each for each in self.do("heard", channel=channel) if event is None or each[0] == event]

    def asked(self, channel, event):
        """The data of the calls and sends that a provider of this program got."""
        return self.do("asked", channel=channel, event=event)

    def explore(self, channel):
        return self.do("explore", channel=channel)

    def members(self, channel):
        return self.do("members", channel=channel)

    def add_subscription(self, channel, name, model=False):
        self.do("add_subscription", channel=channel, name=name, model=model)

    def remove_subscription(self, channel, name):
        self.do("remove_subscription", channel=channel, name=name)

    def subscribe(self, channel, name):
        self.do("subscribe", channel=channel, name=name)

    def unsubscribe(self, channel, name):
        self.do("unsubscribe", channel=channel, name=name)

    def publish(self, channel, name, data=None):
        self.do("publish", channel=channel, name=name, data=data)

    def notices(self):
        """[[subscription, "first" or "last"], …]"""
        return self.do("notices")

    def close(self):
        self.do("close")

    # Waiting

    def until_answered(self, channel, event, data=None, seconds=PATIENCE, **options):
        """The answer, once somebody answers: registrations take a moment to cross."""
        def ask():
            try:
                return [self.call(channel, event, data, **options)]
            except Refused as error:
                assert str(error).startswith(("No provider", "provider_lost", "not_synced")), str(error)
        return until(ask, seconds, f"an answer from {channel}:{event}")[0]

    def until_heard(self, channel, event, count=1, seconds=PATIENCE):
        """What was heard of an event, once it is at least `count` messages."""
        def look():
            heard = self.heard(channel, event)
            return heard if len(heard) >= count else None
        return until(look, seconds, f"{count} times {channel}:{event}")


class Programs:
    """Hosts for every release, started at first use; ends the programs of a test with it."""

    def __init__(self):
        self._hosts = {}
        self._names = itertools.count()
        self._running = []

    def start(self, release, name, path, is_kept=False, **options):
        """A program with a name of its own: `name` with a number behind it. It ends with its test unless it is kept."""
        if release not in self._hosts:
            self._hosts[release] = ProgramHost(release)
        program = Program(self._hosts[release], f"{name}-{next(self._names)}", path, **options)
        if not is_kept:
            self._running.append(program)
        return program

    def end_programs(self):
        for program in self._running:
            with contextlib.suppress(Refused):
                program.close()
        self._running = []

    def close(self):
        for host in self._hosts.values():
            host.close()
