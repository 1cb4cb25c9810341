"""Secrets and certificates, right and wrong: one clear line, no secret in it, and no hurry to try again."""

import contextlib
import shutil
import socket
import ssl
import threading
import time

import pytest

from certificates import make_authority, make_signed
from running_bridge import Bridge, run_to_end
from scene import IMPATIENT
from support.connection import Closed, Connection
from support.hub import Hub
from support.raw_programs import Program, double
from support.unreliable import UnreliableProxy
from support.waiting import until

SECRET = "a secret of several words"
WRONG = "quite another one"


@pytest.fixture(scope="module")
def files(certificates, tmp_path_factory):
    """The right certificates, and `other-ca`, `expired`, `elsewhere`, `stranger` and `expired-client`."""
    folder = tmp_path_factory.mktemp("wrong")
    shutil.copytree(certificates, folder, dirs_exist_ok=True)
    make_authority(folder, "other-ca")
    make_signed(folder, "expired", "ca", days=-1)
    make_signed(folder, "elsewhere", "ca", names="DNS:elsewhere.example")
    make_signed(folder, "stranger", "other-ca", subject="/CN=stranger", usage="clientAuth")
    make_signed(folder, "expired-client", "ca", subject="/CN=late", days=-1, usage="clientAuth")
    return folder


class Pair:
    """A hub `plant` with TLS or a secret, and a bridge to it from its own hub `device`. Dials are counted on the way."""

    def __init__(self, folder, stack, files):
        self.folder = folder
        self.stack = stack
        self.files = files

    def plant(self, *arguments, transport="tls", certificate="hub", client_ca=False, secret=None):
        if transport == "tls":
            arguments += ("--tls-cert", self.files / f"{certificate}.pem", "--tls-key", self.files / f"{certificate}.key")
            if client_ca:
                arguments += ("--tls-client-ca", self.files / "ca.pem")
        if secret:
            arguments += ("--secret-env", "HUB_SECRET")
        self.hub = self.stack.enter_context(Hub(
            *arguments, unix=self.folder / "plant", tls=transport == "tls", tcp=transport == "tcp", server_id="plant",
            environment={"HUB_SECRET": secret or ""}))
        self.secret = secret
        return self.network_to(self.hub.port(transport))

    def network_to(self, place):
        self.network = self.stack.enter_context(UnreliableProxy(place))
        return self

    def bridge(self, peer, transport="tls", host="localhost", secret=None, patience=IMPATIENT):
        address = f"{transport}:{host}:{self.network.port}"
        more = ", secret: {env: PLANT_SECRET}" if secret else ""
        self.process = self.stack.enter_context(Bridge(self.folder, f"""\
            hubs:
              device: {{listen: ["unix:{self.folder}/device"]}}
              plant: {{connect: ["{address}"], {patience}{more}{peer}}}
            bridges:
              - {{id: device-plant, between: [device, plant], channels: all}}
            """, environment={"PLANT_SECRET": secret or ""}))
        return self.process

    def assert_crosses(self):
        self.process.wait_connected("plant")
        plant = self.stack.enter_context(Program.on(self.folder / "plant", "plant", secret=self.secret))
        plant.join("room").provide("room", "double", double)
        device = self.stack.enter_context(Program.on(self.folder / "device", "device"))
        assert device.join("room").answered("room", "double", 21) == 42

    def assert_refused(self, *words, is_fault=True):
        """One line that says so, then rest: where somebody has to mend something, nothing is dialled again at once."""
        line = self.process.line("not connected", "peer=plant")
        for word in words:
            assert word in line, line
        accepted = self.network.accepted
        if is_fault:
            # Long enough for five more tries at the pace of other failures.
            quiet_until = time.monotonic() + 0.8
            until(lambda: time.monotonic() > quiet_until or self.network.accepted > accepted + 1, what="the wait")
            assert self.network.accepted <= accepted + 1, "dialled again in a hurry"
        assert len(self.process.lines("peer=plant")) == 1, self.process.tail
        assert len(self.process.log.lines) <= 4, self.process.tail
        for secret in (SECRET, WRONG):
            assert secret not in self.process.log.text + "\n".join(self.process.stdout.lines)
        self.process.assert_alive()


#: A fault that somebody has to mend is tried again after the longest wait.
SLOW_TO_COME_BACK = "redial: {first: 50ms, longest: 10s}"


@pytest.fixture
def pair(short_folder, stack, files):
    return Pair(short_folder, stack, files)


def trusting(files, ca="ca", certificate=None, name=None):
    parts = [f"ca: {files}/{ca}.pem"]
    if certificate:
        parts.append(f"certificate: {files}/{certificate}.pem, key: {files}/{certificate}.key")
    if name:
        parts.append(f"server_name: {name}")
    return f", tls: {{{', '.join(parts)}}}"


# TLS

@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("client", [None, "client"])
@pytest.mark.parametrize("secret", [None, SECRET])
def test_right(pair, files, host, client, secret):
    pair.plant(client_ca=bool(client), secret=secret)
    pair.bridge(trusting(files, certificate=client) + (", require_hub_proof: true" if secret else ""), host=host,
                secret=secret)
    pair.assert_crosses()


def test_a_name_of_its_own(pair, files):
    pair.plant(certificate="elsewhere").bridge(trusting(files, name="elsewhere.example"))
    pair.assert_crosses()


@pytest.mark.parametrize("plant, peer, words", [
    ({}, {"ca": "other-ca"}, ["not signed by a trusted authority", "tls.ca"]),
    ({"certificate": "expired"}, {}, ["expired"]),
    ({"certificate": "elsewhere"}, {}, ["elsewhere.example", "server_name"]),
    ({"client_ca": True}, {}, ["only clients with a certificate", "tls.certificate"]),
    ({"client_ca": True}, {"certificate": "stranger"}, ["does not accept our certificate", "tls.certificate"]),
    ({"client_ca": True}, {"certificate": "expired-client"}, ["does not accept our certificate", "tls.certificate"]),
], ids=["wrong authority", "expired", "wrong name", "client certificate missing", "client certificate of a stranger",
        "client certificate expired"])
def test_wrong_certificates(pair, files, plant, peer, words):
    pair.plant(**plant).bridge(trusting(files, **peer), patience=SLOW_TO_COME_BACK)
    pair.assert_refused("localhost", *words)


def test_tls_to_a_plain_port(pair, files):
    pair.plant(transport="tcp").bridge(trusting(files), patience=SLOW_TO_COME_BACK)
    pair.assert_refused("does not speak TLS", "tcp:localhost")


def test_plain_to_a_tls_port(pair):
    pair.plant().bridge("", transport="tcp", patience=SLOW_TO_COME_BACK)
    pair.assert_refused("speaks TLS", "tls:")


def test_something_that_is_no_hub(pair):
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    taken, _ = server.accept()
                    taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    taken.close()
        threading.Thread(target=serve, daemon=True).start()
        pair.network_to(server.getsockname()[1]).bridge("", transport="tcp", patience=SLOW_TO_COME_BACK)
        pair.assert_refused("not a hub", is_fault=False)
        server.shutdown(socket.SHUT_RDWR)


def test_a_plain_client_on_our_tls_port(short_folder, stack, files):
    bridge = stack.enter_context(Bridge(short_folder, f"""\
        hubs:
          device:
            listen: ["tls:127.0.0.1:0"]
            tls: {{certificate: {files}/hub.pem, key: {files}/hub.key, client_ca: {files}/ca.pem}}
        """))
    with Connection.tcp(bridge.port("device", "tls")) as plain:
        plain.send({"type": "identify", "client_id": "plain"})
        while not plain.ended:
            plain.buffer.clear()
            plain.receive_body()
    assert "does not speak TLS" in bridge.line("connection failed", "hub=device")
    context = ssl.create_default_context(cafile=files / "ca.pem")
    try:
        with Connection.tls(bridge.port("device", "tls"), context) as nameless:
            nameless.send({"type": "identify", "client_id": "nameless"})
            assert not nameless.until_closed()
    except (ssl.SSLError, Closed, ConnectionError):
        pass
    assert "certificate" in bridge.line("connection failed", "client has no certificate")
    context.load_cert_chain(files / "client.pem", files / "client.key")
    with Connection.tls(bridge.port("device", "tls"), context) as client:
        assert client.identify("client")["type"] == "identified"


# Secrets

@pytest.mark.parametrize("transport", ["tls", "tcp"])
@pytest.mark.parametrize("secret, proof, words", [
    (WRONG, False, ["does not accept the secret"]),
    (None, False, ["asks for a secret"]),
    (WRONG, True, ["proof"]),
], ids=["wrong", "none", "wrong, with the hub's proof"])
def test_wrong_secrets(pair, files, transport, secret, proof, words):
    pair.plant(transport=transport, secret=SECRET)
    peer = trusting(files) if transport == "tls" else ", allow_plaintext: true"
    pair.bridge(peer + (", require_hub_proof: true" if proof else ""), transport=transport, secret=secret,
                patience=SLOW_TO_COME_BACK)
    pair.assert_refused(*words)


def test_a_hub_without_a_secret_proves_none(pair, files):
    pair.plant().bridge(trusting(files) + ", require_hub_proof: true", secret=SECRET, patience=SLOW_TO_COME_BACK)
    pair.assert_refused("no proof")


@pytest.mark.parametrize("release", ["0.1.5", "0.1.16"])
def test_a_python_hub_proves_none(pair, python_hosts, release):
    with python_hosts(release).hub(pair.folder / "python", server_id="plant", connection_secret=SECRET):
        pair.network_to(pair.folder / "python")
        pair.bridge(", allow_plaintext: true, require_hub_proof: true", transport="tcp", host="127.0.0.1", secret=SECRET,
                    patience=SLOW_TO_COME_BACK)
        pair.assert_refused("no proof", "only hubs of this project")


@pytest.mark.parametrize("release", ["0.1.5", "0.1.16"])
@pytest.mark.parametrize("secret", [SECRET, WRONG, None], ids=["right", "wrong", "none"])
def test_a_python_hub_with_a_secret(pair, python_hosts, release, secret):
    with python_hosts(release).hub(pair.folder / "plant", server_id="plant", connection_secret=SECRET):
        pair.network_to(pair.folder / "plant")
        pair.secret = SECRET
        pair.bridge(", allow_plaintext: true", transport="tcp", host="127.0.0.1", secret=secret,
                    patience=IMPATIENT if secret == SECRET else SLOW_TO_COME_BACK)
        if secret == SECRET:
            pair.assert_crosses()
        else:
            pair.assert_refused("secret")


def test_a_secret_in_the_clear_is_refused(short_folder):
    (short_folder / "plain.yaml").write_text(f"""\
hubs:
  device: {{listen: ["unix:{short_folder}/device"]}}
  plant: {{connect: ["tcp:127.0.0.1:7400"], secret: {{env: PLANT_SECRET}}}}
bridges:
  - {{between: [device, plant], channels: all}}
""")
    for command in ("check", "run"):
        finished = run_to_end(command, "--config", short_folder / "plain.yaml", environment={"PLANT_SECRET": SECRET})
        assert finished.returncode == 78 and "allow_plaintext" in finished.stderr and ":3:" in finished.stderr
        assert SECRET not in finished.stderr
    assert not (short_folder / "device").exists()


@pytest.mark.parametrize("when", ["dialling", "connected"])
def test_a_bridge_that_goes_while_its_hub_is_silent(pair, files, when):
    """Connections take their time to end, or to begin, and outlive their bridge."""
    pair.plant()
    bridge = pair.bridge(trusting(files)) if when == "connected" else None
    if bridge:
        bridge.wait_connected("plant")
        pair.network.hold()
    else:
        pair.network.hold()
        bridge = pair.bridge(trusting(files))
        until(lambda: pair.network.accepted, what="the dial")
    bridge.reload(f"hubs: {{device: {{listen: [\"unix:{pair.folder}/device\"]}}}}\n")
    bridge.line("configuration reloaded", "device-plant removed")
    pair.network.release()
    until(lambda: not pair.network.connections, what="the end of the connection")
    with Program.on(pair.folder / "device", "probe") as probe:
        probe.join("room").provide("room", "double", double)
        assert probe.call("room", "double", 1).wait().data == 2
    assert bridge.terminate() == 0


def test_a_mended_secret_works_after_a_reload(pair, files):
    pair.plant(secret=SECRET)
    bridge = pair.bridge(trusting(files), secret=WRONG, patience=SLOW_TO_COME_BACK)
    bridge.line("not connected", "does not accept the secret")
    (pair.folder / "secret").write_text(SECRET + "\n")
    (pair.folder / "secret").chmod(0o600)
    bridge.reload(bridge.file.read_text().replace("{env: PLANT_SECRET}", f"{{file: {pair.folder}/secret}}"))
    pair.assert_crosses()
