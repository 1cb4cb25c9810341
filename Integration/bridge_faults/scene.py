"""The scene of most of these tests: two hubs, a bridge, a bad network between, and programs that use all of it."""

import threading
import time
from collections import Counter

from running_bridge import Bridge
from support.connection import Closed
from support.hub import Hub
from support.raw_programs import Program, count, double
from support.unreliable import UnreliableProxy
from support.waiting import until

#: A link that notices soon that it is dead, and comes back soon.
IMPATIENT = "heartbeat: 200ms, dead_after: 800ms, redial: {first: 50ms, longest: 200ms}"


class Worker(Program):
    """A program with one of everything, on the channel `room`; it uses all that the worker of the other side has."""

    def settle(self, side):
        self.side = side
        self.far = "plant" if side == "device" else "device"
        self.join("room")
        self.provide("room", f"{side}.double", double)
        self.provide("room", f"{side}.never")
        self.provide("room", f"{side}.count", count, is_stream=True)
        #: Requests for streams that a test feeds itself.
        self.open_streams = []
        self.provide("room", f"{side}.open", self.open_streams.append, is_stream=True)
        self.own("room", f"{side}.news")
        self.number_told = 0
        self.listen()
        return self

    def listen(self):
        self.subscribe("room", f"{self.far}.news")

    def tell(self):
        """One more broadcast and one more publication, both with a number that is never used again."""
        self.number_told += 1
        self.broadcast("room", f"{self.side}.shout", self.number_told)
        self.publish("room", f"{self.side}.news", self.number_told)
        return self.number_told

    def hears(self, number):
        return number in self.heard_on("room", f"{self.far}.shout"), number in self.heard_on(
            "room", f"subscription.{self.far}.news.data")

    def twice(self):
        """What arrived more than once: nothing may."""
        told = Counter((channel, event, repr(data)) for channel, event, data in list(self.heard))
        asked = Counter((channel, event, data) for channel, event, data in list(self.served)
                        if isinstance(data, str))
        return [each for counter in (told, asked) for each, times in counter.items() if times > 1]


class Traffic:
    """Both workers at work, without a pause, inside `with`."""

    def __init__(self, workers, at_once=20):
        self.workers = workers
        self.at_once = at_once
        self.calls = []
        self._stopping = False
        self.threads = [threading.Thread(target=self._work, args=(worker,), daemon=True) for worker in workers]

    def _work(self, worker):
        mine = []
        while not self._stopping:
            try:
                worker.tell()
                mine = [call for call in mine if not call.is_done]
                if len(mine) < self.at_once:
                    # A name of its own for each: a call that is carried out twice shows.
                    mine.append(worker.call("room", f"{worker.far}.double", f"{worker.client_id}-{time.monotonic_ns()}"))
                    self.calls.append(mine[-1])
            except Closed:
                pass
            time.sleep(0.002)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping = True
        for thread in self.threads:
            thread.join()


class Scene:
    """A hub `device` in the bridge, a hub `plant` of its own, and the network in between."""

    def __init__(self, folder, stack):
        self.folder = folder
        self.stack = stack
        self.paths = {"device": folder / "device", "plant": folder / "plant"}
        # It lets go of silent clients soon, as it can't know of half-open connections in another way.
        self.plant = stack.enter_context(Hub("--idle-timeout", "2", unix=folder / "plant", server_id="plant"))
        self.network = stack.enter_context(UnreliableProxy(folder / "plant"))
        self.bridge = Bridge(folder, self.configuration())
        self.programs = []

    def configuration(self, peer=IMPATIENT, bridge="", top=""):
        return f"""\
hubs:
  device: {{listen: ["unix:{self.paths['device']}"]}}
  plant: {{connect: ["tcp:127.0.0.1:{self.network.port}"], {peer}}}
bridges:
  - {{id: device-plant, between: [device, plant], channels: all{bridge}}}
{top}
"""

    def start(self):
        self.stack.enter_context(self.bridge)
        self.bridge.wait_connected("plant")
        return self

    def program(self, side, name, kind=Program, **options):
        program = self.stack.enter_context(kind.on(self.paths[side], name, **options))
        self.programs.append(program)
        return program

    def workers(self, **options):
        made = [self.program(side, f"{side}-worker", Worker, **options).settle(side) for side in ("device", "plant")]
        self.assert_crosses(made)
        return made

    @staticmethod
    def assert_crosses(workers, seconds=10):
        """Everything works between them, in both directions."""
        for worker in workers:
            assert worker.answered("room", f"{worker.far}.double", 21, seconds) == 42
            assert worker.streamed("room", f"{worker.far}.count", 3, seconds) == [0, 1, 2, None]
        for here, there in (workers, workers[::-1]):
            numbers = []

            def arrived():
                numbers.append(here.tell())
                return any(there.hears(number)[0] for number in numbers) and any(
                    there.hears(number)[1] for number in numbers)
            until(arrived, seconds, f"a broadcast and a publication from {here.side}", pause=0.02)

    def assert_all_in_order(self):
        """Every call had its end, and one only; nothing arrived twice."""
        calls = [call for program in self.programs for call in list(program.calls.values())]
        until(lambda: all(call.is_done for call in calls), 15, "the end of every call")
        assert not [frame for program in self.programs for frame in program.surplus]
        assert not [each for program in self.programs if isinstance(program, Worker) for each in program.twice()]
        self.bridge.assert_alive()
