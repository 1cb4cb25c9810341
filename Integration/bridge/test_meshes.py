"""More than one bridge: rings in which every hub can be reached by two ways, and two bridges side by side."""

import contextlib
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from support.bridge_process import Bridge
from support.waiting import until
from support.worlds import End

KINDS = ["stinger", "0.1.5", "0.1.16"]
CHANNEL = "plain"


class Mesh:
    """Hubs of one kind, joined by bridge processes as `pairs` of hub numbers say; a raw listener on each hub."""

    def __init__(self, kind, count, pairs, python_hosts):
        self.kind, self.count, self.pairs, self.python_hosts = kind, count, pairs, python_hosts
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-", dir="/tmp"))
        self.bridges = []

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.ends = [End(f"hub{number}", self.kind, self.folder / f"hub{number}") for number in range(self.count)]
            for end in self.ends:
                stack.enter_context(end.running(self.python_hosts))
                stack.callback(lambda end=end: [connection.close() for connection in end.connections])
            # First on the channel, so that no bridge owns it.
            self.listeners = [end.joined(CHANNEL)[0] for end in self.ends]
            self.speakers = [end.joined(CHANNEL)[0] for end in self.ends]
            self.heard = [[] for _ in self.ends]
            for number, (first, second) in enumerate(self.pairs):
                hubs = {end.name: end.configured() for end in (self.ends[first], self.ends[second])}
                configuration = {"hubs": hubs, "bridges": [
                    {"id": f"bridge{number}", "between": list(hubs), "channels": [CHANNEL]}]}
                self.bridges.append(stack.enter_context(Bridge(self.folder, configuration, f"bridge{number}")))
            for bridge in self.bridges:
                bridge.until_joined()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def listen(self):
        """Takes in what has come to the listeners."""
        for listener, heard in zip(self.listeners, self.heard):
            heard += [(message["event"], message["data"]) for message in listener.drain() if message["type"] == "broadcast"]

    def say(self, event, data=None):
        """Broadcasts from every hub; who listens there tells the hubs apart by the data."""
        for number, speaker in enumerate(self.speakers):
            speaker.send({"type": "broadcast", "channel": CHANNEL, "event": event, "data": [number, data]})

    def has_heard(self, event, data):
        self.listen()
        return all((event, [number, data]) in heard for heard in self.heard for number in range(self.count))

    def until_joined(self, seconds=20):
        """Until a broadcast of each hub reaches all; how long that took."""
        start = time.monotonic()
        tries = []

        def arrives():
            tries.append(len(tries))
            self.say("probe", [start, len(tries)])
            return any(self.has_heard("probe", [start, number + 1]) for number in tries[-20:])

        until(arrives, seconds, "a broadcast of every hub on every hub", pause=0.05)
        return time.monotonic() - start

    def check_once(self):
        """Each of many broadcasts of each hub arrives on each hub exactly once."""
        for number in range(20):
            self.say("count", number)
        for word in ("last", "very last"):
            self.say(word)
            until(lambda: self.has_heard(word, None), what=f"{word} on every hub")
        expected = [("count", [hub, number]) for hub in range(self.count) for number in range(20)]
        for heard in self.heard:
            assert sorted(message for message in heard if message[0] == "count") == sorted(expected)
            heard.clear()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [3, 4])
def test_a_ring(kind, count, python_hosts):
    pairs = [(number, (number + 1) % count) for number in range(count)]
    with Mesh(kind, count, pairs, python_hosts) as mesh:
        mesh.until_joined()
        mesh.check_once()


@pytest.mark.parametrize("kind", KINDS)
def test_two_side_by_side(kind, python_hosts):
    """One works and one stands by; when the one that works is killed, the other takes over."""
    with Mesh(kind, 2, [(0, 1), (0, 1)], python_hosts) as mesh:
        mesh.until_joined()
        mesh.check_once()
        mesh.bridges[0].process.send_signal(signal.SIGKILL)
        mesh.bridges[0].process.wait()
        print(f"{kind}: again after {mesh.until_joined():.2f} s")
        mesh.check_once()
