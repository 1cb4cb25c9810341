"""A raw connection to a hub: frames in, frames out, a deadline on every wait."""

import hashlib
import hmac
import select
import socket
import ssl

from . import wire
from .waiting import Deadline


class Closed(Exception):
    """The hub ended the connection. `frames` holds what came before that."""

    def __init__(self, frames=()):
        super().__init__(f"closed by the hub after {list(frames)}")
        self.frames = list(frames)


class Silence(AssertionError):
    """Nothing came within the deadline."""


class Connection:
    def __init__(self, sock):
        self.socket = sock
        self.socket.setblocking(False)
        self.buffer = bytearray()
        self.ended = False

    @classmethod
    def unix(cls, path):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(Deadline().seconds)
        try:
            sock.connect(str(path))
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    @classmethod
    def tcp(cls, port, host="127.0.0.1"):
        return cls(socket.create_connection((host, port), timeout=Deadline().seconds))

    @classmethod
    def tls(cls, port, context, host="localhost"):
        plain = socket.create_connection(("127.0.0.1", port), timeout=Deadline().seconds)
        try:
            return cls(context.wrap_socket(plain, server_hostname=host))
        except BaseException:
            plain.close()
            raise

    # Bytes

    def send_bytes(self, data, seconds=None):
        """All of `data`, or Closed when the hub has gone, or Silence when it stops reading."""
        deadline = Deadline(seconds) if seconds else Deadline()
        view = memoryview(data)
        while view:
            try:
                view = view[self.socket.send(view):]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                if deadline.passed:
                    raise Silence(f"the hub reads nothing; {len(view)} bytes left to send")
                select.select([], [self.socket], [], min(deadline.left, 0.2))
            except OSError:
                raise Closed()

    def _read_some(self, deadline):
        """One read into the buffer; False at the end of the stream."""
        while True:
            try:
                received = self.socket.recv(1 << 18)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                if deadline.passed:
                    raise Silence(f"nothing more came within {deadline.seconds} s; buffered: {bytes(self.buffer[:80])}")
                select.select([self.socket], [], [], deadline.left)
                continue
            except OSError:
                # A reset is an end too. Which of the two a peer sees depends on what it left unread.
                received = b""
            self.buffer += received
            self.ended = not received
            return bool(received)

    # Frames

    def send(self, *messages):
        """Each a dict, or bytes that are a body already. Several travel in one write."""
        self.send_bytes(b"".join(wire.frame(message) for message in messages))

    @property
    def buffer_holds_a_frame(self):
        return len(self.buffer) >= 4 and len(self.buffer) >= 4 + int.from_bytes(self.buffer[:4], "big")

    def _buffered_body(self):
        if len(self.buffer) < 4:
            return None
        length = int.from_bytes(self.buffer[:4], "big")
        if len(self.buffer) < 4 + length:
            return None
        taken = bytes(self.buffer[4:4 + length])
        del self.buffer[:4 + length]
        return taken

    def receive_body(self, seconds=None):
        """The next frame's body, or None at the end of the stream."""
        deadline = Deadline(seconds) if seconds else Deadline()
        while True:
            taken = self._buffered_body()
            if taken is not None:
                return taken
            if self.ended or not self._read_some(deadline):
                return None

    def receive(self, seconds=None):
        """The next message. Raises Closed at the end of the stream, Silence at the deadline."""
        taken = self.receive_body(seconds)
        if taken is None:
            raise Closed()
        return wire.decode(taken)

    def receive_ready(self, seconds):
        """The messages that are there after at most one read; none when nothing comes in time. Raises Closed."""
        if not self.buffer_holds_a_frame:
            readable, _, _ = select.select([self.socket], [], [], seconds)
            if readable and not self._read_some(Deadline()):
                raise Closed()
        messages = []
        while (taken := self._buffered_body()) is not None:
            messages.append(wire.decode(taken))
        return messages

    def receive_until(self, wanted, seconds=None):
        """Messages up to and with the first for which `wanted(message)` is true."""
        deadline = Deadline(seconds) if seconds else Deadline()
        messages = []
        while True:
            try:
                messages.append(self.receive(max(deadline.left, 0.001)))
            except Closed:
                raise Closed(messages)
            except Silence as silence:
                raise Silence(f"{silence}; came so far: {messages}")
            if wanted(messages[-1]):
                return messages

    def drain(self):
        """What has come, once the hub has answered a ping sent now; the pong is left out. Closed carries the rest."""
        try:
            self.send({"type": "ping"})
        except Closed:
            raise Closed(self.until_closed())
        return self.receive_until(lambda message: message.get("type") == "pong")[:-1]

    def quiet(self):
        """As drain, and a second time: a hub may answer a ping ahead of what the frame before it set going."""
        first = self.drain()
        try:
            return first + self.drain()
        except Closed as closed:
            raise Closed(first + closed.frames)

    def until_closed(self, seconds=None):
        """Every message up to the end of the stream, which must come."""
        deadline = Deadline(seconds) if seconds else Deadline()
        messages = []
        while True:
            taken = self.receive_body(max(deadline.left, 0.001))
            if taken is None:
                return messages
            messages.append(wire.decode(taken))

    def finish_sending(self):
        """Ends our direction only: the hub reads the end of the stream, we still read its answers."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Protocol

    def identify(self, client_id, mode="client", secret=None):
        """The whole handshake; returns the hub's last word on it. `mode` None names no mode, as 0.1.5 does."""
        greeting = {"type": "identify", "client_id": client_id}
        if mode is not None:
            greeting["mode"] = mode
        self.send(greeting)
        answer = self.receive()
        if answer["type"] == "conn_challenge" and secret is not None:
            self.send({"type": "conn_proof", "proof": connection_proof(secret, answer["challenge"])})
            answer = self.receive()
        return answer

    def ask(self, message, request_id):
        """Sends and returns what came up to and with the response of that request id."""
        self.send({**message, "request_id": request_id})
        return self.receive_until(
            lambda answer: answer.get("type") == "response" and answer.get("request_id") == request_id)


def connection_proof(secret, challenge):
    """Proof of a hub's secret: docs/wire/comm-ipc.md, section 2."""
    key = hashlib.sha256(secret.encode()).hexdigest().encode()
    return hmac.new(key, f'challenge:"{challenge}"'.encode(), hashlib.sha256).hexdigest()


def channel_proof(password, challenge):
    """Proof of a channel's password: docs/wire/comm-ipc.md, section 3."""
    return hmac.new(password.encode(), challenge.encode(), hashlib.sha256).hexdigest()
