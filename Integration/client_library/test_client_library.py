"""The Swift client library with comm-ipc's clients: each provides for the other, on hubs of every kind.

The Swift program is the library's example (Examples/stinger-client-example); the Python ones do the same.
"""

import os
import subprocess

import pytest

from support.addresses import SECRET as HUB_SECRET
from support.addresses import arguments_of
from support.hub import Hub, Output
from support.scripts import Script
from support.waiting import PATIENCE, until
from support.worlds import End

SECRET = HUB_SECRET
PASSWORD = "open sesame"

#: (the hub's kind, the release of the Python program). A hub of 0.1.5 does not know all that clients of 0.1.16 ask.
PAIRS = [("stinger", "0.1.5"), ("stinger", "0.1.16"), ("0.1.5", "0.1.5"), ("0.1.16", "0.1.5"), ("0.1.16", "0.1.16")]


class Example:
    """The example program, running inside `with`."""

    def __init__(self, role, address, secret=None, password=None, **environment):
        environment["PATH"] = "/usr/bin:/bin"
        if secret:
            environment["HUB_SECRET"] = secret
        if password:
            environment["DEMO_PASSWORD"] = password
        self.process = subprocess.Popen([os.environ["STINGER_CLIENT_EXAMPLE"], role, address],
                                        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.stdout = Output(self.process.stdout)
        self.stderr = Output(self.process.stderr)

    @classmethod
    def on(cls, end, role):
        return cls(role, f"unix:{end.path}", end.secret, end.passwords.get("demo"))

    def wait_for(self, line):
        until(lambda: line in self.stdout.lines or self.process.poll() is not None, what=f"{line!r} from the example")
        assert line in self.stdout.lines, f"the example ended: {self.stdout.lines} {self.stderr.text}"

    def finish(self, status=0):
        assert self.process.wait(PATIENCE) == status, f"{self.stdout.finish()} {self.stderr.finish()}"
        return self.stdout.finish()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture(params=PAIRS, ids=lambda pair: f"hub {pair[0]}, clients {pair[1]}")
def pair(request):
    return request.param


@pytest.fixture(params=["open", "secret", "protected"])
def end(request, pair, short_folder, python_hosts):
    """A running hub."""
    kind, _ = pair
    end = End("hub-1", kind, short_folder / "hub", secret=SECRET if request.param == "secret" else None,
              passwords={"demo": PASSWORD} if request.param == "protected" else {})
    with end.running(python_hosts):
        yield end


def settings(end):
    found = {"unix": str(end.path)}
    if end.secret:
        found["secret"] = end.secret
    if end.passwords:
        found["password"] = PASSWORD
    return found


def test_swift_serves_python(pair, end):
    with Example.on(end, "serve") as server:
        server.wait_for("ready")
        with Script(pair[1], "library_asker", settings(end)) as asker:
            outcome = {entry["scenario"]: entry for entry in asker.finish() if "scenario" in entry}
        server.wait_for("python-asker says hello to everybody")
    expected = {
        "add": {"sum": 42.0},
        "stream": [0, 1, 2],
        "broadcast": ["swift-server", "python-asker"],
        # comm-ipc's clients list subscriptions among the events.
        "explore": ["add", "count", "sums"],
        "wrong_shape": "invalid_data: a: expected Double, found a msgpack string",
    }
    if end.passwords:
        expected["unsigned"] = ["Invalid signature for channel demo"] * 2
    else:
        expected["subscription"] = {"sum": 1.5}
    assert outcome == {name: {"scenario": name, "result": result} for name, result in expected.items()}


def test_python_serves_swift(pair, end):
    with Script(pair[1], "library_server", settings(end)) as server:
        server.entry("ready")
        with Example.on(end, "ask") as asker:
            lines = asker.finish()
        assert server.entry("greeted") == {"greeted": {"sender": "swift-asker", "data": "everybody"}}
    assert lines == ["add: 42.0", "news: 42.0", "count: 0", "count: 1", "count: 2",
                     "python-server welcomes swift-asker", "error: No provider for demo:nothing"]


def test_swift_serves_swift(short_folder, python_hosts):
    end = End("hub-1", "stinger", short_folder / "hub", passwords={"demo": PASSWORD})
    with end.running(python_hosts), Example.on(end, "serve") as server:
        server.wait_for("ready")
        with Example.on(end, "ask") as asker:
            lines = asker.finish()
    assert lines == ["add: 42.0", "news: 42.0", "count: 0", "count: 1", "count: 2",
                     "swift-server welcomes swift-asker", "error: No provider for demo:nothing"]


@pytest.mark.parametrize("secret, password, words", [
    ("wrong", None, "the hub does not accept the secret"),
    (SECRET, "wrong", "Invalid channel password"),
    (SECRET, None, "channel demo asks for a password"),
])
def test_the_example_says_what_is_wrong(secret, password, words, short_folder, python_hosts):
    end = End("hub-1", "stinger", short_folder / "hub", secret=SECRET, passwords={"demo": PASSWORD})
    with end.running(python_hosts), Example("ask", f"unix:{end.path}", secret, password) as asker:
        [line] = asker.finish(status=1)
    assert words in line and line.startswith("failed: unauthorized: ")
    assert SECRET not in line and PASSWORD not in line


def test_over_tls_with_certificates_on_both_sides(short_folder, certificates):
    arguments, environment = arguments_of("tls", True, certificates)
    files = {"HUB_CA": f"{certificates}/ca.pem", "OWN_CERTIFICATE": f"{certificates}/client.pem",
             "OWN_KEY": f"{certificates}/client.key"}
    with Hub(*arguments, tls=True, environment=environment) as hub:
        address = f"tls:127.0.0.1:{hub.port('tls')}"
        with Example("serve", address, HUB_SECRET, **files) as server:
            server.wait_for("ready")
            with Example("ask", address, HUB_SECRET, **files) as asker:
                assert asker.finish()[0] == "add: 42.0"
        with Example("ask", address, HUB_SECRET, OWN_CERTIFICATE=files["OWN_CERTIFICATE"],
                     OWN_KEY=files["OWN_KEY"]) as stranger:
            [line] = stranger.finish(status=1)
    assert line.startswith("failed: unreachable: ") and "certificate" in line
