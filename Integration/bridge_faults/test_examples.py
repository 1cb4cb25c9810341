"""The ready examples in config/: every one is checked, explained and started, as its own first lines say."""

import re
import shutil
from pathlib import Path

import pytest

from running_bridge import Bridge, run_to_end
from support.hub import Hub
from support.raw_programs import Program, double

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.name for path in (REPOSITORY / "config").glob("*.yaml"))
SECRET = "a secret of several words"


class Example:
    """A copy of an example, where its sockets and ports are nobody else's."""

    def __init__(self, name, folder, certificates):
        self.folder = folder
        (folder / "config").mkdir()
        shutil.copytree(certificates, folder / "certs" / "dev")
        self.file = folder / "config" / name
        self.text = (REPOSITORY / "config" / name).read_text()
        self.environment = {variable: SECRET for variable in re.findall(r"\{env: (\w+)\}", self.text)}
        self.replace("unix:/tmp/", f"unix:{folder}/")

    def replace(self, old, new):
        assert old in self.text or old == "unix:/tmp/", old
        self.text = self.text.replace(old, new)
        self.file.write_text(self.text)

    def command(self, *arguments):
        return run_to_end(*arguments[:1], "--config", self.file, *arguments[1:], environment=self.environment)

    def bridge(self, stack):
        return stack.enter_context(Bridge(self.file.parent, self.text, self.environment, self.file.stem))

    def program(self, stack, socket, name, **options):
        return stack.enter_context(Program.on(self.folder / socket, name, **options))


@pytest.fixture
def example(short_folder, certificates, request):
    return Example(request.param, short_folder, certificates)


def only(name):
    return pytest.mark.parametrize("example", [name], indirect=True, ids=[name])


every = pytest.mark.parametrize("example", EXAMPLES, indirect=True, ids=EXAMPLES)


@every
def test_it_is_right(example):
    finished = example.command("check")
    assert finished.returncode == 0 and finished.stderr == "", finished
    for line in finished.stdout.splitlines():
        assert re.match("hub |broker |bridge |  |expectations: ", line), line
    assert "bridge " in finished.stdout and SECRET not in finished.stdout


@every
def test_it_starts(example, stack):
    """With nothing around it: what it hosts is there, and what it dials is waited for."""
    bridge = example.bridge(stack)
    assert bridge.lines(" error ") == []
    assert bridge.terminate() == 0


@only("quickstart.yaml")
def test_quickstart(example, stack):
    example.bridge(stack)
    plant = example.program(stack, "stinger-plant.sock", "plant").join("sensors").join("alarms").join("other")
    device = example.program(stack, "stinger-device.sock", "device").join("sensors").join("alarms").join("other")
    for channel in ("sensors", "motor.left", "alarms", "other"):
        plant.provide(channel, "double", double)
        device.provide(channel, "half", lambda request: request.answer(request.data / 2))
    assert device.answered("sensors", "double", 1) == 2 and plant.answered("sensors", "half", 2) == 1
    assert device.answered("motor.left", "double", 1) == 2 and plant.answered("motor.left", "half", 2) == 1
    assert device.answered("alarms", "double", 1) == 2
    # One way, and not at all.
    assert plant.call("alarms", "half", 2).wait().error and plant.call("other", "half", 2).wait().error
    assert device.call("other", "double", 2).wait().error


@only("two-remote-hubs.yaml")
def test_two_remote_hubs(example, stack):
    for name in ("line-1", "line-2"):
        stack.enter_context(Hub(unix=example.folder / f"{name}.sock", server_id=name))
    example.bridge(stack).wait_connected("line-1", "line-2")
    example.program(stack, "line-2.sock", "there").join("any").provide("any", "double", double)
    assert example.program(stack, "line-1.sock", "here").join("any").answered("any", "double", 1) == 2


@only("device-to-remote-tls.yaml")
def test_device_to_remote_tls(example, stack):
    files = example.folder / "certs" / "dev"
    hub = stack.enter_context(Hub("--tls-cert", files / "hub.pem", "--tls-key", files / "hub.key", "--tls-client-ca",
                                  files / "ca.pem", "--secret-env", "HUB_SECRET", unix=example.folder / "plant", tls=True,
                                  server_id="plant", environment={"HUB_SECRET": SECRET}))
    # The first address is nobody's: the second is tried.
    example.replace("tls:localhost:7443", "tls:localhost:1")
    example.replace("tls:127.0.0.1:7444", f"tls:127.0.0.1:{hub.port('tls')}")
    example.bridge(stack).wait_connected("plant")
    example.program(stack, "plant", "there", secret=SECRET).join("sensors").provide("sensors", "double", double)
    device = example.program(stack, "stinger-device.sock", "here").join("sensors")
    assert device.answered("sensors", "double", 1) == 2


@only("many-rules.yaml")
def test_many_rules(example, stack):
    example.bridge(stack)
    center = example.program(stack, "stinger-center.sock", "center").join("site4.sensors").join("control")
    center.provide("site4.sensors", "double", double)
    site = example.program(stack, "stinger-site4.sock", "site").join("sensors").join("control")
    site.provide("control", "start", double).provide("control", "erase", double)
    assert site.answered("sensors", "double", 1) == 2
    assert center.answered("control", "start", 1) == 2
    assert center.call("control", "erase", 1).wait().error


# explain

@only("many-rules.yaml")
@pytest.mark.parametrize("arguments, words", [
    (["site4", "sensors"], ['from site4 to center: carried as `site4.sensors`', "from site4 to service: stopped"]),
    (["center", "site4.motor.left"], ['from center to site4: carried as `motor.left`']),
    (["center", "alarms"], ["stopped: its rule is for the other direction"]),
    (["center", "control", "--event", "erase"], ["stopped: its rule is for other events"]),
    (["center", "control", "--event", "start"], ["carried under the same name"]),
    (["site4", "__comm_ipc_system"], ["system channel"]),
    (["center", "nowhere"], ["none of its 5 rules names it"]),
], ids=" ".join)
def test_explain(example, arguments, words):
    hub, channel, *more = arguments
    finished = example.command("explain", "--from", hub, "--channel", channel, *more)
    assert finished.returncode == 0 and finished.stderr == "", finished
    for word in words:
        assert word in finished.stdout, finished.stdout
    if "carried" in finished.stdout:
        # Where the rule stands, as an editor opens it.
        place = re.search(rf"{re.escape(str(example.file))}:(\d+): ", finished.stdout)
        assert "name:" in example.text.splitlines()[int(place.group(1)) - 1]


@only("quickstart.yaml")
def test_explain_a_hub_that_is_not_there(example):
    finished = example.command("explain", "--from", "devise", "--channel", "sensors")
    assert finished.returncode == 64 and finished.stdout == ""
    assert "no hub `devise`" in finished.stderr and "`device`" in finished.stderr, finished.stderr


def test_an_expectation_that_fails(short_folder, stack):
    """`check` says where, and neither a start nor a reload takes such a file."""
    good = f"""\
hubs:
  one: {{listen: ["unix:{short_folder}/one"]}}
  two: {{listen: ["unix:{short_folder}/two"]}}
bridges:
  - {{between: [one, two], channels: [a]}}
"""
    bad = good + "expect:\n  - {from: one, channel: b, verdict: allowed}\n"
    (short_folder / "bad.yaml").write_text(bad)
    for command in ("check", "run"):
        finished = run_to_end(command, "--config", short_folder / "bad.yaml")
        assert finished.returncode == 78 and f"{short_folder}/bad.yaml:7:" in finished.stderr, finished
    bridge = stack.enter_context(Bridge(short_folder, good))
    bridge.reload(bad)
    bridge.line("changes nothing")
