"""As much of the CommIPC protocol (docs/wire/comm-ipc.md) as scripts/demo needs, out of the standard library alone."""

import select
import socket
import struct
import time

#: Seconds for anything that a hub should do at once.
PATIENCE = 10
#: Seconds between two pings; a hub ends connections that say nothing for a minute.
PING_INTERVAL = 20


class Failure(Exception):
    """Something that should have worked did not; the text is for people."""


# msgpack


def pack(value):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):  # Before int: a bool is one.
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if -32 <= value < 128:
            return struct.pack("b" if value < 0 else "B", value)
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0xA0 | len(text)]) if len(text) < 32 else b"\xdb" + struct.pack(">I", len(text))) + text
    if isinstance(value, (list, tuple)):
        head = bytes([0x90 | len(value)]) if len(value) < 16 else b"\xdd" + struct.pack(">I", len(value))
        return head + b"".join(pack(item) for item in value)
    if isinstance(value, dict):
        head = bytes([0x80 | len(value)]) if len(value) < 16 else b"\xdf" + struct.pack(">I", len(value))
        return head + b"".join(pack(key) + pack(item) for key, item in value.items())
    raise TypeError(f"no msgpack form here for {type(value).__name__}")


#: Marker byte: struct format of the number that follows it.
NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
           0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
#: Marker byte: kind, and struct format of the length that follows it.
LENGTHS = {0xC4: ("bin", ">B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"),
           0xC7: ("ext", ">B"), 0xC8: ("ext", ">H"), 0xC9: ("ext", ">I"),
           0xD9: ("str", ">B"), 0xDA: ("str", ">H"), 0xDB: ("str", ">I"),
           0xDC: ("list", ">H"), 0xDD: ("list", ">I"), 0xDE: ("map", ">H"), 0xDF: ("map", ">I")}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class Unpacker:
    def __init__(self, packed):
        self.packed, self.offset = packed, 0

    def take(self, count):
        taken = self.packed[self.offset:self.offset + count]
        if len(taken) < count:
            raise Failure("the hub sent a frame that ends in the middle of a value")
        self.offset += count
        return taken

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self):
        marker = self.number(">B")
        if marker < 0x80:
            return marker
        if marker >= 0xE0:
            return marker - 0x100
        if marker in CONSTANTS:
            return CONSTANTS[marker]
        if marker in NUMBERS:
            return self.number(NUMBERS[marker])
        if marker in LENGTHS:
            kind, form = LENGTHS[marker]
            count = self.number(form)
        elif marker < 0x90:
            kind, count = "map", marker & 0x0F
        elif marker < 0xA0:
            kind, count = "list", marker & 0x0F
        elif marker < 0xC0:
            kind, count = "str", marker & 0x1F
        elif 0xD4 <= marker <= 0xD8:
            kind, count = "ext", 1 << (marker - 0xD4)
        else:
            raise Failure("the hub sent a byte that msgpack does not use")
        if kind == "bin":
            return self.take(count)
        if kind == "ext":
            return self.take(1 + count)[1:]
        if kind == "str":
            return self.take(count).decode()
        if kind == "list":
            return [self.value() for _ in range(count)]
        return {self.value(): self.value() for _ in range(count)}


# A client


class Client:
    """One connection: frames of a 4-byte big-endian length and one msgpack map. No wait is longer than PATIENCE."""

    def __init__(self, name, path):
        self.name = name
        self.requests = 0
        self.pinged = time.monotonic()
        #: What came while something else was waited for; `receive` looks here first.
        self.waiting = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.send({"type": "identify", "client_id": name, "mode": "client"})
        self.hub = self.receive("identified")["server_id"]

    def send(self, message):
        self.send_body(pack(message))

    def send_body(self, body):
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def request(self, kind, **fields):
        """Sends a message that is answered, and returns its id."""
        self.requests += 1
        request_id = f"{self.name}-{self.requests}"
        self.send({"type": kind, "request_id": request_id, **fields})
        return request_id

    def ask(self, kind, **fields):
        """The answer to a message."""
        request_id = self.request(kind, **fields)
        return self.receive("response", lambda answer: answer["request_id"] == request_id)

    def receive(self, kind, accepts=lambda message: True):
        """The first message of that type that `accepts`; others wait, but for errors, which end the wait."""
        for index, message in enumerate(self.waiting):
            if message.get("type") == kind and accepts(message):
                return self.waiting.pop(index)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            message = self.next_message()
            if message.get("type") == "error" or message.get("error"):
                raise Failure(f"{self.name} was told: {message.get('error') or message.get('message')}")
            if message.get("type") == kind and accepts(message):
                return message
            self.waiting.append(message)
        raise Failure(f"{self.name} waited {PATIENCE} s for a message of type {kind}")

    def take_waiting(self):
        """What `receive` passed over; forgotten here."""
        waiting, self.waiting = self.waiting, []
        return waiting

    def next_message(self):
        return Unpacker(self.read(struct.unpack(">I", self.read(4))[0])).value()

    def read(self, count):
        taken = b""
        while len(taken) < count:
            part = self.socket.recv(count - len(taken))
            if not part:
                raise Failure(f"hub {self.hub} closed the connection of {self.name}")
            taken += part
        return taken

    def has_message(self, seconds):
        """Whether a message comes within that time. Keeps the connection alive."""
        if time.monotonic() - self.pinged > PING_INTERVAL:
            self.send({"type": "ping"})
            self.pinged = time.monotonic()
        return bool(select.select([self.socket], [], [], seconds)[0])

    def close(self):
        self.socket.close()
