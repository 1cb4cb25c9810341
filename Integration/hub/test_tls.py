"""TLS listeners: who gets in, and who does not."""

import ssl
import subprocess

import pytest

from support.connection import Closed, Connection


def context(certificates, client=True):
    made = ssl.create_default_context(cafile=certificates / "ca.pem")
    if client:
        made.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    return made


@pytest.fixture
def tls_arguments(certificates):
    return ["--tls-cert", certificates / "hub.pem", "--tls-key", certificates / "hub.key"]


@pytest.fixture
def mutual(start_hub, tls_arguments, certificates):
    """A hub that wants client certificates."""
    return start_hub(*tls_arguments, "--tls-client-ca", certificates / "ca.pem", tls=True)


def let_in(hub, tls_context, host="localhost"):
    """Whether a client with that context gets as far as `identified`: TLS 1.3 may refuse only after the handshake."""
    try:
        with Connection.tls(hub.port("tls"), tls_context, host) as connection:
            return connection.identify("client")["type"] == "identified"
    except (ssl.SSLError, Closed, ConnectionError):
        return False


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_with_a_client_certificate(mutual, certificates, host):
    assert let_in(mutual, context(certificates), host)


def test_without_a_client_certificate(mutual, certificates):
    assert not let_in(mutual, context(certificates, client=False))
    mutual.assert_serves()


def test_with_a_certificate_of_another_authority(mutual, certificates, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", tmp_path / "key", "-out", tmp_path / "cert", "-subj", "/CN=client", "-days", "1"],
                   check=True, capture_output=True, timeout=30)
    forged = context(certificates, client=False)
    forged.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    assert not let_in(mutual, forged)
    mutual.assert_serves()


def test_without_client_authorities_no_certificate_is_asked_for(start_hub, tls_arguments, certificates):
    hub = start_hub(*tls_arguments, tls=True)
    assert let_in(hub, context(certificates, client=False))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_nothing_older_than_tls_1_2(start_hub, tls_arguments, certificates):
    hub = start_hub(*tls_arguments, tls=True)
    old = context(certificates, client=False)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    assert not let_in(hub, old)
    assert let_in(hub, context(certificates, client=False))


def test_tls_1_2(start_hub, tls_arguments, certificates):
    hub = start_hub(*tls_arguments, tls=True)
    exactly = context(certificates, client=False)
    exactly.maximum_version = ssl.TLSVersion.TLSv1_2
    assert let_in(hub, exactly)


@pytest.mark.parametrize("data", [b"\x00\x00\x00\x05hello", b"GET / HTTP/1.1\r\n\r\n",
                                  b"\x16\x03\x01\xff\xff" + b"x" * 500],
                         ids=["a frame", "HTTP", "a TLS record that lies"])
def test_what_is_no_tls_is_ended(mutual, data):
    with Connection.tcp(mutual.port("tls")) as connection:
        connection.send_bytes(data)
        connection.finish_sending()
        while not connection.ended:
            connection.buffer.clear()
            connection.receive_body()
    mutual.assert_serves()


def test_members_meet_over_all_transports(start_hub, tls_arguments, certificates):
    hub = start_hub(*tls_arguments, tcp=True, tls=True)
    clients = [Connection.unix(hub.unix_path), Connection.tcp(hub.port("tcp")),
               Connection.tls(hub.port("tls"), context(certificates, client=False))]
    for number, client in enumerate(clients):
        client.identify(f"client-{number}")
        client.ask({"type": "register", "channel": "room"}, "1")
    for client in clients:
        client.quiet()
    clients[2].send({"type": "broadcast", "channel": "room", "event": "e", "data": "x" * 100_000})
    assert [client.receive()["sender_id"] for client in clients[:2]] == ["client-2"] * 2
    for client in clients:
        client.close()
