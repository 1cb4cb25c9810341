"""A proxy between a bridge and a hub that can be as bad as a network is: it stalls, resets, cuts, dribbles, and delays."""

import asyncio
import socket
import struct
import threading
import time

from .waiting import PATIENCE

#: The two ways that bytes go through it.
TO_HUB, FROM_HUB = "to hub", "from hub"


class UnreliableProxy:
    """Listens on a port of its own, and passes bytes on to one place: a Unix socket's path, or a port of 127.0.0.1."""

    def __init__(self, target):
        self.target = target
        self.connections = set()
        self.accepted = 0
        self.is_refusing = False
        self.is_deaf = False
        self.is_dribbling = False
        #: Seconds that every byte spends on its way, in each direction.
        self.delay = 0.0
        #: Bytes that may still pass in a direction before the connection is cut.
        self.bytes_left = {}
        self.passed = {TO_HUB: 0, FROM_HUB: 0}
        self.loop = asyncio.new_event_loop()
        self.open_gates = {}

    def __enter__(self):
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        assert started.wait(PATIENCE), "the proxy does not start"
        return self

    def __exit__(self, *_):
        self._do(self._stop)
        self.thread.join(PATIENCE)
        self.loop.close()

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        for direction in (TO_HUB, FROM_HUB):
            self.open_gates[direction] = asyncio.Event()
            self.open_gates[direction].set()
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))

    def _do(self, action, *arguments):
        """Runs it in the proxy's thread; returns what it returns."""
        done = threading.Event()
        answer = []

        def run():
            answer.append(action(*arguments))
            done.set()

        self.loop.call_soon_threadsafe(run)
        assert done.wait(PATIENCE), "the proxy hangs"
        return answer[0]

    def _stop(self):
        self.server.close()
        self._reset()
        self.loop.call_soon(self.loop.stop)

    # What it does to connections. Each method returns the moment, on the monotonic clock, at which it was done.

    def hold(self, *directions):
        """Passes nothing on; what comes waits, as behind a program that was stopped."""
        def act():
            for direction in directions or (TO_HUB, FROM_HUB):
                self.open_gates[direction].clear()
            return time.monotonic()
        return self._do(act)

    def release(self):
        def act():
            for gate in self.open_gates.values():
                gate.set()
            return time.monotonic()
        return self._do(act)

    def reset(self):
        """RST to both ends."""
        return self._do(self._reset)

    def _reset(self):
        now = time.monotonic()
        for writer in list(self.connections):
            self._reset_one(writer)
        return now

    @staticmethod
    def _reset_one(writer):
        sock = writer.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            try:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        writer.transport.abort()

    def cut_after(self, count, direction):
        """Ends the connection, quietly, as soon as that many more bytes have passed."""
        self._do(self.bytes_left.__setitem__, direction, count)

    def go_deaf(self):
        """Half-open: what comes on the connections that are there is lost, and nobody hears of it."""
        def act():
            self.is_deaf = True
            return time.monotonic()
        return self._do(act)

    def hear_again(self):
        """New connections are sound; those that were there when it went deaf stay open, and lost."""
        def act():
            self.is_deaf = False
        self._do(act)

    def refuse(self, is_refusing=True):
        """Accepts, and hangs up at once."""
        self.is_refusing = is_refusing

    # Passing on

    async def _serve(self, reader, writer):
        self.accepted += 1
        self.accepted_at = time.monotonic()
        if self.is_refusing:
            self._reset_one(writer)
            return
        try:
            if isinstance(self.target, int):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            else:
                far_reader, far_writer = await asyncio.open_unix_connection(str(self.target))
        except OSError:
            self._reset_one(writer)
            return
        both = {writer, far_writer}
        for each in both:
            sock = each.get_extra_info("socket")
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections |= both
        fate = {"lost": False}
        pumps = [asyncio.ensure_future(self._pump(reader, far_writer, TO_HUB, fate)),
                 asyncio.ensure_future(self._pump(far_reader, writer, FROM_HUB, fate))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            while fate["lost"]:
                # Neither side hears of the other's end any more: each finds out by itself.
                if all(pump.done() for pump in pumps):
                    break
                await asyncio.wait([pump for pump in pumps if not pump.done()], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # The proxy stops. Told of it, the library would print a traceback for each connection that it served.
            pass
        finally:
            for pump in pumps:
                pump.cancel()
            for each in both:
                each.transport.abort() if fate.get("cut") else each.close()
            self.connections -= both

    async def _pump(self, reader, writer, direction, fate):
        queue = asyncio.Queue()
        late = asyncio.ensure_future(self._deliver(queue, writer, direction, fate))
        try:
            while data := await reader.read(1 << 16):
                if self.is_deaf:
                    fate["lost"] = True
                if fate["lost"]:
                    continue
                if self.delay:
                    queue.put_nowait((self.loop.time() + self.delay, data))
                    continue
                if not await self._pass(data, writer, direction, fate):
                    return
            await queue.join()
        except OSError:
            pass
        finally:
            late.cancel()

    async def _deliver(self, queue, writer, direction, fate):
        while True:
            moment, data = await queue.get()
            await asyncio.sleep(max(0, moment - self.loop.time()))
            try:
                await self._pass(data, writer, direction, fate)
            except OSError:
                pass
            queue.task_done()

    async def _pass(self, data, writer, direction, fate):
        """False when the connection is to end."""
        await self.open_gates[direction].wait()
        left = self.bytes_left.get(direction)
        is_last = left is not None and len(data) >= left
        if left is not None:
            data = data[:left]
            self.bytes_left[direction] = left - len(data)
        if self.is_dribbling:
            for byte in data:
                writer.write(bytes([byte]))
                await asyncio.sleep(0)
        else:
            writer.write(data)
        self.passed[direction] += len(data)
        await writer.drain()
        if is_last:
            del self.bytes_left[direction]
        return not is_last
