"""Memory and time are bounded: sizes, clients, handshakes, slow readers."""

import select
import socket
import ssl

import pytest

from support import wire
from support.connection import Closed, Connection
from support.waiting import Deadline, until


def broadcast(data):
    return {"type": "broadcast", "channel": "room", "event": "e", "data": data}


def join(client):
    client.ask({"type": "register", "channel": "room"}, "join")
    client.quiet()


def refused(connection):
    """The last message before the end, which says why."""
    messages = connection.until_closed()
    assert messages and messages[-1]["type"] == "error", messages
    return messages[-1]["message"]


# Sizes

def test_a_header_of_4_gib_is_refused_from_the_length_alone(hub):
    with hub.client("client") as client:
        client.send_bytes(b"\xff\xff\xff\xff")
        assert refused(client)
    hub.assert_serves()


def test_a_header_of_4_gib_before_identify(hub):
    with hub.connect() as connection:
        connection.send_bytes(b"\xff\xff\xff\xff")
        assert refused(connection)
    hub.assert_serves()


def test_before_identify_4_kib_are_the_limit(hub):
    with hub.connect() as connection:
        connection.send({"type": "identify", "client_id": "a", "more": "x" * 5000})
        assert refused(connection)
    with hub.connect() as connection:
        connection.send({"type": "identify", "client_id": "a", "more": "x" * 4000})
        assert connection.receive()["type"] == "identified"


def test_16_mib_are_the_limit(hub):
    with hub.client("client") as client:
        client.send_bytes((16 * 1024 * 1024 + 1).to_bytes(4, "big"))
        assert refused(client)


def test_max_frame_bytes(start_hub):
    hub = start_hub("--max-frame-bytes", "1000")
    with hub.client("receiver") as receiver, hub.client("sender") as sender:
        join(receiver)
        overhead = len(wire.body(broadcast("x" * 500))) - 500
        sender.send(broadcast("x" * (1000 - overhead)))
        assert len(receiver.receive()["data"]) == 1000 - overhead
        sender.send(broadcast("x" * (1001 - overhead)))
        assert refused(sender)
    hub.assert_serves()


# Clients

def test_max_clients(start_hub):
    hub = start_hub("--max-clients", "3")
    clients = [hub.client(f"client-{number}") for number in range(3)]
    with hub.connect() as fourth:
        fourth_answer = []
        try:
            fourth_answer.append(fourth.identify("fourth"))
        except Closed as closed:
            fourth_answer += closed.frames
        assert all(message["type"] == "error" for message in fourth_answer)
        assert fourth.until_closed() == []
    clients.pop().close()

    def another():
        with hub.connect() as connection:
            try:
                return connection.identify("another")["type"] == "identified"
            except Closed:
                return False
    until(another, what="a place after one has gone")
    assert clients[0].quiet() == []


# Time

@pytest.fixture
def any_hub(start_hub, certificates):
    """A hub that listens on everything and wants a secret."""
    return start_hub("--tls-cert", certificates / "hub.pem", "--tls-key", certificates / "hub.key",
                     "--secret-env", "HUB_SECRET", tcp=True, tls=True, environment={"HUB_SECRET": "open sesame"})


def client_hello():
    """The first bytes of a TLS handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def test_stalled_handshakes_are_ended(any_hub, certificates):
    """Each stalls in its own place, all at once: the limit is 10 s for the whole handshake."""
    stalled = {"silent": any_hub.connect(), "half a header": any_hub.connect(), "half an identify": any_hub.connect(),
               "no proof": any_hub.connect(), "only pings": any_hub.connect(),
               "silent on TCP": Connection.tcp(any_hub.port("tcp")),
               "silent on TLS": Connection.tcp(any_hub.port("tls")),
               "half a TLS handshake": Connection.tcp(any_hub.port("tls")),
               "silent behind TLS": Connection.tls(
                   any_hub.port("tls"), ssl.create_default_context(cafile=certificates / "ca.pem"))}
    stalled["half a header"].send_bytes(b"\x00\x00")
    stalled["half an identify"].send_bytes(wire.frame({"type": "identify", "client_id": "a"})[:10])
    stalled["no proof"].send({"type": "identify", "client_id": "b"})
    hello = client_hello()
    stalled["half a TLS handshake"].send_bytes(hello[:len(hello) // 2])
    deadline = Deadline(12)
    open_still = dict(stalled)
    while open_still and not deadline.passed:
        readable, _, _ = select.select([each.socket for each in open_still.values()], [], [], 0.5)
        if "only pings" in open_still:
            try:
                open_still["only pings"].send({"type": "ping"})
            except Closed:
                del open_still["only pings"]
                continue
        for name, connection in list(open_still.items()):
            if connection.socket in readable and ended(connection):
                del open_still[name]
    for connection in stalled.values():
        connection.close()
    assert list(open_still) == []


def ended(connection):
    """Reads what is there; true at the end of the stream."""
    try:
        return not connection.socket.recv(65536)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def test_a_message_left_unfinished(start_hub):
    hub = start_hub("--data-timeout", "1", "--idle-timeout", "30")
    with hub.client("client") as client:
        client.send_bytes(wire.frame(broadcast("x" * 100))[:50])
        client.until_closed(5)


def test_pings_keep_a_client(start_hub):
    hub = start_hub("--idle-timeout", "1")
    with hub.client("alive") as alive, hub.client("silent") as silent:
        deadline = Deadline(3)
        while not deadline.passed:
            assert alive.drain() == []
            select.select([alive.socket], [], [], 0.3)
        assert alive.drain() == []
        silent.until_closed(0.5)


def test_frames_in_pieces_are_not_idle(start_hub):
    hub = start_hub("--idle-timeout", "1", "--data-timeout", "10")
    with hub.client("client") as client:
        for byte in wire.frame({"type": "ping"}):
            client.send_bytes(bytes([byte]))
            select.select([client.socket], [], [], 0.15)
        assert client.receive()["type"] == "pong"


# Slow readers

def left(message):
    return message.get("name") == "slow-reader" and message.get("action") == "leave"


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_a_slow_reader_is_cut_and_its_neighbours_get_everything(start_hub, transport):
    hub = start_hub("--max-output-bytes", 1_000_000, tcp=True)

    def client(name):
        connection = hub.connect() if transport == "unix" else Connection.tcp(hub.port("tcp"))
        if transport == "tcp":
            # Small, so that the kernel does not hold megabytes on the slow one's behalf.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.identify(name)
        return connection

    slow, quick, sender = client("slow-reader"), client("quick-reader"), client("sender")
    # The quick one comes first: it owns the channel, which must not end with the slow one.
    for each in (quick, slow):
        join(each)
    quick.quiet()
    count, block = 2_000, 50
    heard = []
    for first in range(0, count, block):
        sender.send(*[broadcast([number, "x" * 10_000]) for number in range(first, first + block)])
        # The quick one keeps up, so that only the slow one has anything waiting.
        heard += quick.receive_until(lambda message: message.get("data", [None])[0] == first + block - 1)
    got = [message["data"][0] for message in heard if message["type"] == "broadcast"]
    assert got == list(range(count))

    received = slow.until_closed(30)
    numbers = [message["data"][0] for message in received if message["type"] == "broadcast"]
    assert numbers == list(range(len(numbers))) and len(numbers) < count
    until(lambda: "slow-reader" in hub.log.text, what="a log line that names the slow reader")
    assert "quick-reader" not in hub.log.text
    assert "slow-reader" in received[-1]["message"] and received[-1]["type"] == "error"
    if not any(left(message) for message in heard):
        quick.receive_until(left)
    hub.assert_serves()


def test_who_reads_again_in_time_gets_everything(start_hub):
    hub = start_hub("--max-output-bytes", 8_000_000)
    with hub.client("late") as late, hub.client("sender") as sender:
        join(late)
        sender.send(*[broadcast([number, "x" * 10_000]) for number in range(400)])
        sender.quiet()
        assert [late.receive()["data"][0] for _ in range(400)] == list(range(400))
        assert late.quiet() == []


def test_who_sends_but_never_reads_is_bounded(start_hub):
    """Answers wait as well: a client that asks for ever and reads nothing is held back or cut off."""
    hub = start_hub("--max-output-bytes", 500_000)
    with hub.client("greedy") as greedy:
        call = {"type": "call", "channel": "c" * 1000, "event": "e" * 1000, "data": 1, "request_id": "1"}
        asked = wire.frame(call) * 100
        try:
            for _ in range(200):
                greedy.send_bytes(asked, 2)
        except (Closed, AssertionError):
            pass
        hub.assert_serves()
