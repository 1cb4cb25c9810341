"""Much at once: registrations that come back after an outage, and a side that does not read."""

import contextlib
import select
import threading
import time

import pytest

from running_bridge import Bridge
from scene import IMPATIENT
from support import wire
from support.connection import Closed, Connection, Silence
from support.hub import Hub
from support.raw_programs import Program, double
from support.unreliable import TO_HUB, UnreliableProxy
from support.waiting import Deadline, until

REGISTRATIONS = 10_000

#: Registrations and calls take turns with everything else on the hub's one loop, and the machine may be busy.
GENEROUS = 60


def register_all(program, channel, count):
    """Events in as few writes as may be; returns when the hub has taken all of them."""
    messages = [{"type": "register", "channel": channel, "event": f"event-{number}", "is_provider": True,
                 "request_id": f"r-{number}"} for number in range(count)]
    for start in range(0, count, 1_000):
        program.send(*messages[start:start + 1_000])
    program.handlers = {(channel, f"event-{number}"): double for number in range(count)}
    program.provide(channel, "last", double)


class Observer:
    """A member of a channel that counts the events it is told of, and notes when there were enough."""

    MARK = b"event-"

    def __init__(self, path, channel):
        self.connection = Connection.unix(path)
        self.connection.identify("observer")
        self.connection.send({"type": "register", "channel": channel, "request_id": "1"})
        self.count = 0
        self.reached = {}
        self.targets = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        tail = b""
        pinged = time.monotonic()
        while True:
            readable, _, _ = select.select([self.connection.socket], [], [], 1)
            if time.monotonic() - pinged > 5:
                self.connection.send({"type": "ping"})
                pinged = time.monotonic()
            if not readable:
                continue
            try:
                data = self.connection.socket.recv(1 << 18)
            except OSError:
                return
            if not data:
                return
            data = tail + data
            self.count += data.count(self.MARK)
            tail = data[-len(self.MARK) + 1:]
            for target in [target for target in self.targets if self.count >= target]:
                self.reached.setdefault(target, time.monotonic())

    def expect(self, count):
        """Call before; `wait_for` what this returns."""
        target = self.count + count
        self.targets.append(target)
        return target

    def wait_for(self, target):
        """The moment at which so many had been told of."""
        return until(lambda: self.reached.get(target), GENEROUS, f"{target} events; there were {self.count}")


@pytest.mark.parametrize("round_trip", [0.0, 0.05], ids=["loopback", "50 ms round trip"])
@pytest.mark.parametrize("source, target", [("device", "plant"), ("plant", "device")], ids=["out", "in"])
def test_registrations_come_back(short_folder, stack, measured, round_trip, source, target):
    stack.enter_context(Hub(unix=short_folder / "plant", server_id="plant"))
    network = stack.enter_context(UnreliableProxy(short_folder / "plant"))
    network.delay = round_trip / 2
    bridge = stack.enter_context(Bridge(short_folder, f"""\
        hubs:
          device: {{listen: ["unix:{short_folder}/device"]}}
          plant:
            connect: ["tcp:127.0.0.1:{network.port}"]
            redial: {{first: 1ms, longest: 1ms}}
        bridges:
          - {{id: device-plant, between: [device, plant], channels: all}}
        """))
    bridge.wait_connected("plant")
    provider = stack.enter_context(Program.on(short_folder / source, "provider")).join("room")
    caller = stack.enter_context(Program.on(short_folder / target, "caller")).join("room")
    observer = Observer(short_folder / target, "room")
    first = observer.expect(REGISTRATIONS)
    register_all(provider, "room", REGISTRATIONS)
    observer.wait_for(first)
    assert caller.answered("room", f"event-{REGISTRATIONS - 1}", 2, GENEROUS) == 4
    times = []
    for _ in range(3):
        network.reset()
        again = observer.expect(REGISTRATIONS)
        moment = observer.wait_for(again)
        times.append(moment - network.accepted_at)
        assert caller.answered("room", f"event-{REGISTRATIONS - 1}", 3, GENEROUS) == 6
    distance = f"{round_trip * 1_000:.0f} ms round trip" if round_trip else "loopback"
    words = f"{REGISTRATIONS:,} registrations of {source} are back on {target}, {distance}, after the connection"
    measured(words, min(times), "s at best")
    measured(words, max(times), "s at worst")
    bridge.assert_alive()


# A side that does not read

def flood(program, numbers, seconds=3):
    """Broadcasts of 100 kB each; returns how many were sent before the hub took no more."""
    payload = "x" * 100_000
    with contextlib.suppress(Silence, Closed):
        for number in numbers:
            program.connection.send_bytes(wire.frame(
                {"type": "broadcast", "channel": "room", "event": "flood", "data": [number, payload]}), seconds)
        return len(numbers)
    return number - numbers[0]


@pytest.mark.parametrize("sender", ["device", "plant"])
def test_memory_is_bounded_when_one_side_does_not_read(scene, measured, sender):
    """More is sent to it than any buffer holds: nothing of that is kept for long, and all works when it reads again."""
    scene.bridge.configure(scene.configuration(peer="heartbeat: 200ms, dead_after: 1m"))
    scene.start()
    workers = scene.workers()
    before = scene.bridge.resident_bytes
    if sender == "device":
        scene.network.hold(TO_HUB)
    else:
        # The bridge's own hub has a client that does not read.
        deaf = Connection.unix(scene.paths["device"])
        deaf.identify("deaf")
        deaf.send({"type": "register", "channel": "room", "request_id": "1"})
    program = scene.program(sender, "flood").join("room")
    most, sent = before, 0
    for start in range(0, 2_000, 100):
        sent += flood(program, range(start, start + 100))
        most = max(most, scene.bridge.resident_bytes)
    measured(f"memory of the bridge, {sent / 10:.0f} MB sent from {sender} to a side that does not read",
             (most - before) / 1e6, "MB more than before")
    # One client may have 32 MiB waiting, and buffers double as they grow.
    assert most - before < 128_000_000
    scene.network.release()
    scene.assert_crosses(workers)
    scene.assert_all_in_order()


def test_a_hub_that_is_not_read_from_is_not_taken_for_dead(short_folder, stack):
    """One hub takes nothing, so the other is held back: what it says meanwhile is unheard, and no silence."""
    stack.enter_context(Hub(unix=short_folder / "fast", server_id="fast"))
    stack.enter_context(Hub(unix=short_folder / "slow", server_id="slow"))
    network = stack.enter_context(UnreliableProxy(short_folder / "slow"))
    bridge = stack.enter_context(Bridge(short_folder, f"""\
        hubs:
          fast: {{connect: ["unix:{short_folder}/fast"], {IMPATIENT}}}
          slow: {{connect: ["tcp:127.0.0.1:{network.port}"], heartbeat: 1s, dead_after: 1m}}
        bridges:
          - {{id: fast-slow, between: [fast, slow], channels: all}}
        """))
    bridge.wait_connected("fast", "slow")
    there = stack.enter_context(Program.on(short_folder / "slow", "there")).join("room").provide("room", "double", double)
    here = stack.enter_context(Program.on(short_folder / "fast", "here")).join("room")
    here.answered("room", "double", 1)
    network.hold(TO_HUB)
    # More than sockets hold, less than a hub keeps for a client.
    assert flood(here, range(200)) == 200
    deadline = Deadline(3)
    until(lambda: deadline.passed or bridge.lines("connection lost"), what="three times `dead_after`")
    assert not bridge.lines("connection lost"), bridge.tail
    network.release()
    until(lambda: [data[0] for data in there.heard_on("room", "flood")] == list(range(200)), what="what was held back")
    assert here.answered("room", "double", 2) == 4
