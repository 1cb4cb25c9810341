"""From the command line to the last word: exit codes, reloads, stops, the service manager, logs."""

import json
import re
import select
import signal
import socket
import time

import pytest

from running_bridge import Bridge, run_to_end
from scene import IMPATIENT
from support.hub import Hub, bound_port
from support.raw_programs import Program, double
from support.waiting import PATIENCE, until

TWO_HUBS = """\
hubs:
  one: {{listen: ["unix:{folder}/one"]}}
  two: {{listen: ["unix:{folder}/two"]}}
bridges:
  - {{id: one-two, between: [one, two], channels: {channels}}}
"""


def two_hubs(folder, more="", channels="all"):
    return TWO_HUBS.format(folder=folder, channels=channels) + more


# The command line

@pytest.mark.parametrize("arguments", [
    [], ["--nonsense"], ["--config"], ["--config", "a", "--config"], ["check"], ["run"], ["explain", "--config", "x"],
    ["explain", "--config", "x", "--from", "one"], ["fly", "--config", "x"], ["--config", "x", "surplus"],
], ids=" ".join)
def test_bad_usage(arguments, short_folder):
    finished = run_to_end(*arguments, folder=short_folder)
    assert finished.returncode == 64, finished
    assert finished.stdout == ""
    assert len(finished.stderr.strip().splitlines()) == 1 and "--help" in finished.stderr, finished.stderr


def test_help():
    finished = run_to_end("--help")
    assert finished.returncode == 0 and "--config" in finished.stdout + finished.stderr
    for command in ("run", "check", "explain"):
        assert command in finished.stdout, finished.stdout


BROKEN = """\
hubs:
  one: {listen: ["unix:/tmp/x"], lisssten: 1}
  two: {connect: ["carrier-pigeon:somewhere"]}
  three: {connect: ["tcp:127.0.0.1:99999"], secret: {env: NOT_SET}}
  four: {listen: ["tls:127.0.0.1:7443"]}
  five: {connect: ["tls:localhost:1"], tls: {ca: nowhere.pem}, heartbeat: soon}
bridges:
  - {between: [one, nobody], channels: all}
  - {between: [one, one], channels: all}
  - {id: b, between: [one, two], channels: [{name: a, direction: sideways}]}
  - {id: b, between: [one, five], channels: [7, {}]}
log: {level: loud}
"""


@pytest.mark.parametrize("command", [["check"], ["run"], []], ids=str)
def test_a_broken_file_gives_every_error_with_its_place(short_folder, command):
    (short_folder / "broken.yaml").write_text(BROKEN)
    finished = run_to_end(*command, "--config", short_folder / "broken.yaml")
    assert finished.returncode == 78, finished
    assert finished.stdout == ""
    lines = finished.stderr.strip().splitlines()
    assert all(re.match(rf"{short_folder}/broken.yaml:\d+:\d+: (error|warning|note): ", line) for line in lines), lines
    wrong = {int(line.split(":")[1]) for line in lines if ": error: " in line}
    assert wrong == {2, 3, 4, 5, 6, 8, 9, 10, 11, 12}, finished.stderr
    assert not (short_folder / "x").exists()


@pytest.mark.parametrize("text, words", [
    ("", "hubs"), ("- a list\n", "map"), ("hubs: {a: {listen: [", ":1:"), ("hubs: \t x", ":1:"), ("a: &a [*a]", "hubs"),
    ("\x00", ""), ("hubs: {}\n", "hubs"),
], ids=repr)
def test_files_that_are_hardly_one(short_folder, text, words):
    (short_folder / "odd.yaml").write_text(text)
    finished = run_to_end("check", "--config", short_folder / "odd.yaml")
    assert finished.returncode == 78, finished
    assert finished.stdout == "" and f"{short_folder}/odd.yaml" in finished.stderr and words in finished.stderr


def test_a_file_that_is_not_there(short_folder):
    finished = run_to_end("--config", short_folder / "none.yaml")
    assert finished.returncode == 78 and "none.yaml" in finished.stderr and "No such file" in finished.stderr


def test_a_port_that_is_taken(short_folder):
    with bound_port() as taken:
        port = taken.getsockname()[1]
        (short_folder / "bridge.yaml").write_text(
            f"hubs: {{one: {{listen: [\"unix:{short_folder}/one\", \"tcp:127.0.0.1:{port}\"]}}}}\n")
        finished = run_to_end("--config", short_folder / "bridge.yaml")
    assert finished.returncode == 69, finished
    [line] = finished.stderr.strip().splitlines()
    assert f"tcp:127.0.0.1:{port}" in line and "Address already in use" in line
    assert not (short_folder / "one").exists(), "what did start is left behind"


def test_a_live_socket_is_not_taken(short_folder):
    with Bridge(short_folder, two_hubs(short_folder)) as first:
        second = run_to_end("--config", first.file)
        assert second.returncode == 69 and "another process listens there" in second.stderr
        with Program.on(short_folder / "one", "probe") as probe:
            probe.join("room")


def test_warnings_do_not_stop_it(short_folder):
    with Bridge(short_folder, two_hubs(short_folder, channels="[]")) as bridge:
        assert bridge.lines("warning", "carries nothing")


# Reloading

class Reloadable:
    """Two bridges that have nothing to do with each other: near-far over a socket, one-two inside."""

    def __init__(self, folder, stack):
        self.folder = folder
        self.stack = stack
        self.far = stack.enter_context(Hub(unix=folder / "far", server_id="far"))
        self.bridge = stack.enter_context(Bridge(folder, self.text()))
        self.bridge.wait_connected("far", "near", "one", "two")

    def text(self, channels="all", more_hubs="", more_bridges="", top=""):
        return f"""\
hubs:
  near: {{listen: ["unix:{self.folder}/near"]}}
  far: {{connect: ["unix:{self.folder}/far"], {IMPATIENT}}}
  one: {{listen: ["unix:{self.folder}/one"]}}
  two: {{listen: ["unix:{self.folder}/two"]}}
{more_hubs}
bridges:
{more_bridges}
  - {{id: near-far, between: [near, far], channels: all}}
  - {{id: one-two, between: [one, two], channels: {channels}}}
{top}
"""

    def program(self, hub, name):
        return self.stack.enter_context(Program.on(self.folder / hub, name))

    def reload(self, **options):
        before = len(self.bridge.lines("configuration reloaded"))
        self.bridge.reload(self.text(**options))
        until(lambda: len(self.bridge.lines("configuration reloaded")) > before, what=f"a reload; {self.bridge.tail}")
        return self.bridge.lines("configuration reloaded")[-1]


@pytest.fixture
def reloadable(short_folder, stack):
    return Reloadable(short_folder, stack)


class Undisturbed:
    """A call and a stream over the bridge that a reload does not concern."""

    def __init__(self, scene):
        self.provider = scene.program("far", "far-provider").join("room")
        self.requests = []
        self.provider.provide("room", "slow", self.requests.append)
        self.provider.provide("room", "open", self.requests.append, is_stream=True)
        self.provider.provide("room", "double", double)
        self.caller = scene.program("near", "near-caller").join("room")
        self.caller.answered("room", "double", 1)
        self.call = self.caller.call("room", "slow")
        self.stream = self.caller.stream("room", "open")
        until(lambda: len(self.requests) == 2, what="the requests")
        self.scene = scene
        self.lines = len(scene.bridge.lines("bridge=near-far")) + len(scene.bridge.lines("hub=near"))

    def assert_undisturbed(self):
        assert not self.call.is_done and not self.stream.is_done
        for request in self.requests:
            if request.message["event"] == "open":
                request.chunk("still here")
                request.finish()
            else:
                request.answer("still here")
        assert self.call.wait().data == "still here"
        assert self.stream.wait().data == ["still here", None]
        assert self.caller.connections == self.provider.connections == 1
        bridge = self.scene.bridge
        assert len(bridge.lines("bridge=near-far")) + len(bridge.lines("hub=near")) == self.lines, bridge.tail


def test_a_changed_rule_touches_its_bridge_only(reloadable):
    undisturbed = Undisturbed(reloadable)
    two = reloadable.program("two", "two").join("a").join("b")
    two.provide("a", "double", double).provide("b", "double", double)
    one = reloadable.program("one", "one").join("a").join("b")
    assert one.answered("a", "double", 1) == 2 and one.answered("b", "double", 1) == 2
    line = reloadable.reload(channels="[b]")
    assert "one-two changed" in line and "near-far" not in line
    assert one.answered("b", "double", 2) == 4
    call = one.call("a", "double", 1).wait()
    assert call.error and "o provider" in call.error, call.parts
    assert one.connections == two.connections == 1, "the hubs are the same, and so are their clients"
    undisturbed.assert_undisturbed()


def test_a_bridge_and_a_hub_more_and_away_again(reloadable):
    undisturbed = Undisturbed(reloadable)
    # In front of the others: where something stands in the file is no part of what it says.
    line = reloadable.reload(more_hubs=f"  three: {{listen: [\"unix:{reloadable.folder}/three\"]}}",
                             more_bridges="  - {id: two-three, between: [two, three], channels: all}")
    assert "three added" in line and "two-three added" in line and "changed" not in line.split("changes=")[1]
    two = reloadable.program("two", "two").join("a").provide("a", "double", double)
    three = reloadable.program("three", "three").join("a")
    assert three.answered("a", "double", 4) == 8
    line = reloadable.reload()
    assert "three removed" in line and "two-three removed" in line
    assert not (reloadable.folder / "three").exists()
    until(lambda: three._lost.is_set(), what="the end of the hub's client")
    assert two.connections == 1 and not two._lost.is_set()
    undisturbed.assert_undisturbed()


def test_a_changed_log_level_touches_nothing_else(reloadable):
    undisturbed = Undisturbed(reloadable)
    assert not reloadable.bridge.lines(" debug ")
    assert "log changed" in reloadable.reload(top="log: {level: debug}")
    two = reloadable.program("two", "two").join("a").provide("a", "double", double)
    reloadable.bridge.line(" debug ", "registration relayed", "one-two")
    reloadable.reload(top="log: {level: notice}")
    count = len(reloadable.bridge.log.lines)
    two.provide("a", "more", double)
    assert reloadable.program("one", "one").join("a").answered("a", "more", 1) == 2
    assert not [line for line in reloadable.bridge.log.lines[count:] if "more" in line]
    assert not undisturbed.call.is_done
    reloadable.reload(top="log: {level: info, format: json}")
    after = [line for line in reloadable.bridge.log.lines if line.startswith("{")]
    assert any(json.loads(line)["message"] == "configuration reloaded" for line in after)


def test_nothing_changed(reloadable):
    undisturbed = Undisturbed(reloadable)
    assert "nothing changed" in reloadable.reload()
    undisturbed.assert_undisturbed()


@pytest.mark.parametrize("text", ["hubs: [\n", "hubs: {}\n", BROKEN], ids=["no YAML", "no hubs", "errors"])
def test_a_broken_file_changes_nothing(reloadable, text):
    undisturbed = Undisturbed(reloadable)
    reloadable.bridge.reload(text)
    line = reloadable.bridge.line("changes nothing")
    assert " error " in line and str(reloadable.bridge.file) in line
    assert [each for each in reloadable.bridge.lines(" error ") if f"{reloadable.bridge.file}:" in each]
    undisturbed.assert_undisturbed()
    assert "nothing changed" in reloadable.reload(), "the old one still runs, and is what the next is compared with"


def test_a_listener_that_cannot_be_had_stops_nothing_else(reloadable):
    undisturbed = Undisturbed(reloadable)
    with bound_port() as taken:
        port = taken.getsockname()[1]
        more = f"  three: {{listen: [\"tcp:127.0.0.1:{port}\"]}}"
        reloadable.reload(more_hubs=more)
        assert str(port) in reloadable.bridge.line(" error ", "Address already in use")
        undisturbed.assert_undisturbed()
    # Free now: the same file is enough.
    reloadable.reload(more_hubs=more)
    with Program.on(port, "probe") as probe:
        probe.join("room")


def test_reloads_without_a_pause(reloadable):
    """Many signals in a row: the last file counts, and the process lives."""
    undisturbed = Undisturbed(reloadable)
    for number in range(30):
        reloadable.bridge.reload(reloadable.text(channels=f"[c{number}]"))
        time.sleep(0.003)
    two = reloadable.program("two", "two").join("c29").provide("c29", "double", double)
    reloadable.bridge.reload()
    one = reloadable.program("one", "one").join("c29")
    assert one.answered("c29", "double", 3) == 6
    assert two.connections == 1
    undisturbed.assert_undisturbed()


# Stopping

@pytest.mark.parametrize("side", ["device", "plant"])
def test_a_stop_waits_for_calls_in_flight(scene, side):
    scene.start()
    caller, provider = (scene.program(each, each).join("room") for each in
                        ((side, "plant") if side == "device" else (side, "device")))
    requests = []
    provider.provide("room", "slow", requests.append).provide("room", "double", double)
    caller.answered("room", "double", 1)
    call = caller.call("room", "slow")
    until(lambda: requests, what="the call")
    scene.bridge.process.send_signal(signal.SIGTERM)
    refused = until(lambda: next((late for late in [caller.call("room", "double", 1).wait()] if late.error), None),
                    what="a call that is refused")
    assert refused.reason == "overloaded" and "shutting down" in refused.error, refused.parts
    assert not call.is_done and scene.bridge.process.poll() is None
    # Large, so that it is still on its way out when the last call has been answered.
    requests[0].answer("x" * 8_000_000)
    assert len(call.wait().data) == 8_000_000
    assert scene.bridge.wait() == 0
    assert not scene.bridge.lines("connection lost"), scene.bridge.tail


def test_a_stop_does_not_wait_for_ever(scene):
    scene.bridge.configure(scene.configuration(top="drain_timeout: 300ms"))
    scene.start()
    plant = scene.program("plant", "plant").join("room").provide("room", "never")
    device = scene.program("device", "device").join("room")
    call = until(lambda: (call := device.call("room", "never")) and (
        until(lambda: call.is_done or plant.served, what="an end")) and not call.is_done and call, what="a call")
    started = time.monotonic()
    assert scene.bridge.terminate() == 0
    assert 0.25 < time.monotonic() - started < 5
    assert call.wait().reason == "link_lost" and "shut down" in call.error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_nothing_to_wait_for(short_folder, number):
    with Bridge(short_folder, two_hubs(short_folder)) as bridge:
        started = time.monotonic()
        bridge.process.send_signal(number)
        assert bridge.wait() == 0
        assert time.monotonic() - started < 3
        assert not (short_folder / "one").exists()


def test_a_stop_while_a_hub_is_out_of_reach(scene):
    scene.start()
    scene.workers()
    scene.network.hold()
    started = time.monotonic()
    assert scene.bridge.terminate() == 0
    assert time.monotonic() - started < 8


# The service manager

class ServiceManager:
    """The socket that systemd would give, and what came there."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.told = []

    def listen(self, seconds=0.0):
        readable, _, _ = select.select([self.socket], [], [], seconds)
        while readable:
            fields = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())
            self.told.append((time.monotonic(), fields))
            readable, _, _ = select.select([self.socket], [], [], 0)
        return [fields for _, fields in self.told]

    def until_told(self, key, count=1):
        until(lambda: sum(key in fields for fields in self.listen(0.05)) >= count, what=f"{key} of {self.told}")
        return [fields for fields in self.listen() if key in fields][count - 1]


def test_the_service_manager_is_told(scene):
    manager = ServiceManager(scene.folder)
    scene.bridge.environment |= {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
    scene.start()
    assert manager.until_told("READY")["READY"] == "1"
    manager.until_told("WATCHDOG", 3)
    signs = [moment for moment, fields in manager.told if "WATCHDOG" in fields]
    assert all(late - early < 0.4 for early, late in zip(signs, signs[1:]))

    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
    scene.bridge.reload()
    reloading = manager.until_told("RELOADING")
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
    manager.until_told("READY", 2)
    scene.bridge.reload("hubs: [\n")
    manager.until_told("RELOADING", 2)
    assert "wrong" in manager.until_told("READY", 3)["STATUS"]

    # It says that it stops when that begins, which is long before its end.
    plant = scene.program("plant", "plant").join("room")
    requests = []
    plant.provide("room", "slow", requests.append).provide("room", "double", double)
    device = scene.program("device", "device").join("room")
    device.answered("room", "double", 1)
    call = device.call("room", "slow")
    until(lambda: requests, what="the call")
    scene.bridge.process.send_signal(signal.SIGTERM)
    manager.until_told("STOPPING")
    assert scene.bridge.process.poll() is None and not call.is_done
    manager.until_told("WATCHDOG", sum("WATCHDOG" in fields for fields in manager.listen()) + 2)
    requests[0].answer("done")
    assert call.wait().data == "done" and scene.bridge.wait() == 0


def test_a_service_manager_that_is_gone(short_folder):
    with Bridge(short_folder, two_hubs(short_folder),
                environment={"NOTIFY_SOCKET": str(short_folder / "nobody"), "WATCHDOG_USEC": "x"}) as bridge:
        bridge.assert_alive()


# Logs

def test_json_logs_are_json(scene):
    scene.bridge.configure(scene.configuration(top="log: {format: json, level: debug}"))
    scene.stack.enter_context(scene.bridge)
    scene.bridge.line('"connected"', '"plant"')
    scene.program("plant", "pl\"ant\n{}").join("room").provide("room", "do\"uble\\", double)
    scene.bridge.line("registration relayed")
    scene.network.reset()
    scene.bridge.line("connection lost")
    scene.bridge.reload("hubs: [\n")
    scene.bridge.line("changes nothing")
    assert scene.bridge.terminate() == 0
    entries = [json.loads(line) for line in scene.bridge.log.lines]
    assert len(entries) > 5
    for entry in entries:
        assert entry.keys() >= {"time", "level", "message"} and all(isinstance(value, str) for value in entry.values())


def test_a_name_cannot_forge_log_lines(scene):
    scene.bridge.configure(scene.configuration(top="log: {level: debug}"))
    scene.start()
    scene.program("plant", "x\n2000-01-01 forged\x1b[31m").join("room").provide("room", "y\n2000-01-01 forged", double)
    scene.bridge.line("registration relayed")
    assert scene.bridge.terminate() == 0
    assert not any(line.startswith("2000-01-01") for line in scene.bridge.log.lines)
    assert "\x1b" not in scene.bridge.log.text


def test_a_flapping_hub_does_not_flood_the_log(scene):
    """It lets us in and hangs up, over and over."""
    scene.start()
    flaps = 0
    started = time.monotonic()
    while flaps < 15:
        connected = len(scene.bridge.lines(" connected ", "peer=plant"))
        scene.network.reset()
        until(lambda: len(scene.bridge.lines(" connected ", "peer=plant")) > connected, what="a new connection")
        flaps += 1
    lines = scene.bridge.lines("peer=plant")
    assert time.monotonic() - started < 30
    assert len(lines) <= 3 * flaps + 5, f"{len(lines)} lines for {flaps} flaps"
