"""Processes die without a word: either hub, and the bridge, under load."""

import pytest

from running_bridge import Bridge
from scene import IMPATIENT, Scene, Traffic, Worker
from support import pythons
from support.hub import Hub
from support.python_host import PythonHost
from support.waiting import until


class Place:
    """A hub of any kind in a process of its own, at a path; it can die and come back."""

    def __init__(self, kind, path, server_id, stack):
        self.kind, self.path, self.server_id = kind, path, server_id
        self.process = None
        stack.callback(self.kill)

    def start(self):
        if self.kind == "ours":
            # Its clients are let go soon when they are silent.
            self.process = Hub("--idle-timeout", "2", unix=self.path, server_id=self.server_id).start().process
            return
        self.host = PythonHost(self.kind)
        self.process = self.host.process
        self.path.unlink(missing_ok=True)
        self.host.start_hub(self.path, server_id=self.server_id)

    def kill(self):
        """SIGKILL: no goodbye to anybody."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.kind != "ours" and self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None


class Between(Scene):
    """A bridge between two hubs that live in processes of their own."""

    def __init__(self, folder, stack, kinds):
        self.folder = folder
        self.stack = stack
        self.paths = {side: folder / side for side in ("device", "plant")}
        self.places = {side: Place(kind, self.paths[side], side, stack) for side, kind in kinds.items()}
        for place in self.places.values():
            place.start()
        self.programs = []
        self.bridge = Bridge(folder, f"""\
            hubs:
              device: {{connect: ["unix:{folder}/device"], {IMPATIENT}}}
              plant: {{connect: ["unix:{folder}/plant"], {IMPATIENT}}}
            bridges:
              - {{id: device-plant, between: [device, plant], channels: all}}
            """)

    def start(self):
        self.bridge.start()
        self.stack.callback(self.bridge.kill)
        self.bridge.wait_connected("device", "plant")
        return self

    def workers(self):
        # The first on a channel owns it, and a Python hub puts everybody out when its owner goes: that must not be the bridge.
        self.program("plant", "plant-owner", comes_back=True).join("room")
        made = [self.program(side, f"{side}-worker", Worker, comes_back=True).settle(side) for side in self.paths]
        self.assert_crosses(made)
        return made


def good(traffic):
    return sum(call.is_done and not call.error for call in traffic.calls)


@pytest.mark.parametrize("victim", ["device", "plant"])
@pytest.mark.parametrize("kind", ["ours", *pythons.RELEASES])
def test_a_hub_dies_and_comes_back(short_folder, stack, kind, victim):
    other = "plant" if victim == "device" else "device"
    between = Between(short_folder, stack, {victim: kind, other: "ours"}).start()
    workers = between.workers()
    survivor = next(worker for worker in workers if worker.side == other)
    for _ in range(3):
        pending = survivor.call("room", f"{victim}.never")
        stream = survivor.stream("room", f"{victim}.open")
        with Traffic(workers) as traffic:
            until(lambda: good(traffic) > 50, what="traffic")
            between.places[victim].kill()
            for call in (pending, stream):
                assert call.wait(5).reason in ("link_lost", "provider_lost", "no_provider"), call.parts
            between.places[victim].start()
            done = good(traffic)
            until(lambda: good(traffic) > done + 50, what="traffic again")
        between.assert_crosses(workers)
    assert survivor.connections == 1
    between.assert_all_in_order()


def test_both_hubs_die(short_folder, stack):
    between = Between(short_folder, stack, {"device": "ours", "plant": "ours"}).start()
    workers = between.workers()
    for place in between.places.values():
        place.kill()
    until(lambda: len(between.bridge.lines("connection lost")) == 2, what="the news")
    for place in between.places.values():
        place.start()
    between.assert_crosses(workers)
    between.assert_all_in_order()


def test_a_hub_that_starts_last(short_folder, stack):
    """Neither hub is there when the bridge comes up: it says so, and joins them when they are."""
    between = Between(short_folder, stack, {"device": "ours", "plant": "ours"})
    for place in between.places.values():
        place.kill()
        place.path.unlink()
    between.bridge.start()
    stack.callback(between.bridge.kill)
    assert "is the hub running?" in between.bridge.line("not connected", "peer=device")
    for place in between.places.values():
        place.start()
    between.bridge.wait_connected("device", "plant")
    between.workers()


@pytest.mark.parametrize("kinds", [("ours", "ours"), ("ours", "0.1.16")], ids=" and ".join)
def test_the_bridge_dies_twenty_times(short_folder, stack, kinds):
    """The programs stay where they are, on hubs that live on: nothing twice, nothing hangs, every call has its end."""
    between = Between(short_folder, stack, dict(zip(("device", "plant"), kinds))).start()
    workers = between.workers()
    # On a Python hub a call whose provider goes waits for ever, and a subscription's subscribers go with its owner.
    python = [worker for worker, kind in zip(workers, kinds) if kind != "ours"]
    with Traffic([worker for worker in workers if worker not in python]) as traffic:
        for _ in range(20):
            done = good(traffic)
            until(lambda: good(traffic) > done + 20, what="traffic")
            between.bridge.kill()
            between.bridge.start()
        until(lambda: good(traffic) > done + 50, what="traffic")
    for worker in python:
        worker.listen()
    between.assert_crosses(workers)
    assert [worker.connections for worker in workers] == [1, 1]
    between.assert_all_in_order()
