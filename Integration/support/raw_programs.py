"""Programs on hubs, as threads of the test: each has a raw connection, answers calls, and notes when what came."""

import threading
import time

from . import wire
from .connection import Closed, Connection
from .waiting import PATIENCE, until


class Call:
    """A call that was made, and everything that came in answer."""

    def __init__(self, request_id):
        self.request_id = request_id
        self.started = time.monotonic()
        self.parts = []
        self.ended = None
        #: Frames that came after the last one: there must be none.
        self.surplus = []
        self._done = threading.Event()

    def take(self, message):
        if self._done.is_set():
            self.surplus.append(message)
            return
        self.parts.append(message)
        if not message.get("is_stream") or message.get("is_final") or message.get("error"):
            self.ended = time.monotonic()
            self._done.set()

    def lose(self):
        """The caller's own connection is gone: it knows that no answer comes."""
        if not self._done.is_set():
            self.parts.append({"error": "disconnected"})
            self.ended = time.monotonic()
            self._done.set()

    @property
    def is_done(self):
        return self._done.is_set()

    def wait(self, seconds=PATIENCE):
        assert self._done.wait(seconds), f"call {self.request_id} has no end; so far {self.parts}"
        return self

    @property
    def error(self):
        return self.parts[-1].get("error") if self.parts else None

    @property
    def reason(self):
        return self.parts[-1].get("reason")

    @property
    def data(self):
        """What a call gave, or the chunks of a stream."""
        assert not self.error, self.parts[-1]
        values = [part.get("data") for part in self.parts]
        return values[0] if len(values) == 1 and not self.parts[0].get("is_stream") else values


class Program:
    """A client of a hub, with a thread that reads. `reach` makes a new raw connection."""

    def __init__(self, reach, client_id, secret=None, comes_back=False):
        self.reach = reach
        self.client_id = client_id
        self.secret = secret
        self.comes_back = comes_back
        self.calls = {}
        #: (channel, event, data) of every broadcast and every publication, in order.
        self.heard = []
        #: What its handlers were given: (channel, event, data).
        self.served = []
        #: Frames of the hub about registrations, members and subscribers.
        self.notices = []
        self.handlers = {}
        #: What is sent first on every connection.
        self.registrations = []
        self.number = 0
        self.connections = 0
        self._lock = threading.Lock()
        self._stopping = False
        self._lost = threading.Event()
        self._connect()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @classmethod
    def on(cls, place, client_id, **options):
        """`place`: the path of a Unix socket, or a port."""
        reach = (lambda: Connection.tcp(place)) if isinstance(place, int) else (lambda: Connection.unix(place))
        return cls(reach, client_id, **options)

    def _connect(self):
        connection = self.reach()
        answer = connection.identify(self.client_id, secret=self.secret)
        if answer["type"] != "identified":
            connection.close()
            raise ConnectionError(f"{self.client_id} was not let in: {answer}")
        self.connection = connection
        self.connections += 1

    def _run(self):
        while not self._stopping:
            try:
                self._read()
            except (Closed, OSError, ValueError):
                pass
            with self._lock:
                pending = [call for call in self.calls.values() if not call.is_done]
            for call in pending:
                call.lose()
            if self._stopping or not self.comes_back:
                self._lost.set()
                return
            self.connection.close()
            while not self._stopping:
                try:
                    self._connect()
                    with self._lock:
                        for message in self.registrations:
                            self.connection.send(message)
                    break
                except (OSError, Closed, AssertionError):
                    time.sleep(0.02)

    def _read(self):
        pinged = time.monotonic()
        while not self._stopping:
            for message in self.connection.receive_ready(0.2):
                self._take(message)
            if time.monotonic() - pinged > 0.5:
                # Hubs of the tests may have little patience with silent clients.
                self.send({"type": "ping"})
                pinged = time.monotonic()

    def _take(self, message):
        kind = message.get("type")
        if kind == "response":
            with self._lock:
                call = self.calls.get(message.get("request_id"))
            if call:
                call.take(message)
        elif kind == "call":
            self.served.append((message["channel"], message["event"], message.get("data")))
            handler = self.handlers.get((message["channel"], message["event"]))
            if handler:
                handler(Request(self, message))
        elif kind == "send":
            self.served.append((message["channel"], message["event"], message.get("data")))
        elif kind == "broadcast" or (kind == "receive" and message["event"].endswith(".data")):
            self.heard.append((message["channel"], message["event"], message.get("data")))
        elif kind != "pong":
            self.notices.append(message)

    def send(self, *messages, seconds=PATIENCE):
        with self._lock:
            self.connection.send_bytes(b"".join(wire.frame(message) for message in messages), seconds)

    def _request(self, message):
        with self._lock:
            self.number += 1
            request_id = f"{self.client_id}-{self.number}"
            call = Call(request_id)
            self.calls[request_id] = call
        try:
            self.send({**message, "request_id": request_id})
        except Closed:
            call.lose()
        return call

    def _register(self, message):
        message = {**message, "request_id": f"registration-{len(self.registrations)}"}
        call = Call(message["request_id"])
        self.calls[message["request_id"]] = call
        self.registrations.append(message)
        self.send(message)
        call.wait()
        assert not call.error, call.error
        return self

    # What programs do

    def join(self, channel):
        return self._register({"type": "register", "channel": channel})

    def provide(self, channel, event, handler=None, is_stream=False, is_group=False):
        """`handler` gets a Request; None: calls are heard and never answered."""
        if handler:
            self.handlers[(channel, event)] = handler
        return self._register({"type": "register", "channel": channel, "event": event, "is_provider": True,
                               "is_stream": is_stream, "is_group": is_group})

    def own(self, channel, name):
        return self._register({"type": "add_subscription", "channel": channel, "sub_name": name})

    def subscribe(self, channel, name):
        return self._register({"type": "subscribe", "channel": channel, "sub_name": name})

    def call(self, channel, event, data=None):
        return self._request({"type": "call", "channel": channel, "event": event, "data": data})

    def stream(self, channel, event, data=None):
        return self._request({"type": "call", "channel": channel, "event": event, "data": data, "is_stream": True})

    def broadcast(self, channel, event, data=None):
        self.send({"type": "broadcast", "channel": channel, "event": event, "data": data})

    def publish(self, channel, name, data=None):
        self.send({"type": "publish", "channel": channel, "sub_name": name, "data": data})

    def answered(self, channel, event, data=None, seconds=PATIENCE):
        """The answer of the first call that has one: what goes wrong before it is tried again."""
        def look():
            call = self.call(channel, event, data).wait(seconds)
            return None if call.error else [call.data]
        return until(look, seconds, f"an answer to {channel}:{event}", pause=0.005)[0]

    def streamed(self, channel, event, data=None, seconds=PATIENCE):
        """The same for a stream: all of its chunks."""
        def look():
            call = self.stream(channel, event, data).wait(seconds)
            return None if call.error else [call.data]
        return until(look, seconds, f"a stream of {channel}:{event}", pause=0.005)[0]

    def heard_on(self, channel, event):
        return [data for where, what, data in list(self.heard) if (where, what) == (channel, event)]

    @property
    def unanswered(self):
        return [call for call in list(self.calls.values()) if not call.is_done]

    @property
    def surplus(self):
        """Frames that came for calls which had ended: always a fault. Registrations are answered more than once."""
        return [frame for call in list(self.calls.values()) for frame in call.surplus
                if not call.request_id.startswith("registration-")]

    def close(self):
        self._stopping = True
        try:
            self.connection.socket.shutdown(2)
        except OSError:
            pass
        self.thread.join(PATIENCE)
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Request:
    """A call that a program was asked."""

    def __init__(self, program, message):
        self.program = program
        self.message = message
        self.data = message.get("data")

    def answer(self, data):
        self._respond({"data": data})

    def chunk(self, data):
        self._respond({"data": data, "is_stream": True, "is_final": False})

    def finish(self):
        self._respond({"data": None, "is_stream": True, "is_final": True})

    def _respond(self, fields):
        try:
            self.program.send({"type": "response", "request_id": self.message["request_id"],
                               "target_id": self.message["sender_id"], **fields})
        except Closed:
            pass


# Handlers that every test can use.

def double(request):
    request.answer(request.data * 2)


def count(request):
    """A stream of the numbers below what was asked."""
    for number in range(request.data):
        request.chunk(number)
    request.finish()
