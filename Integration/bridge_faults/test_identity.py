"""Hubs that say they are one and the same, and hubs that are not who they should be."""

import pytest

from running_bridge import Bridge, run_to_end
from scene import IMPATIENT
from support.hub import Hub
from support.raw_programs import Program, double
from support.waiting import until


def configuration(folder, first, second):
    return f"""\
        hubs:
          first: {{{first}}}
          second: {{{second}}}
        bridges:
          - {{id: first-second, between: [first, second], channels: all}}
        """


def dialled(folder, name, more=""):
    return f'connect: ["unix:{folder}/{name}"], {IMPATIENT}{more}'


def assert_nothing_crosses(folder, stack, bridge):
    there = stack.enter_context(Program.on(folder / "b", "there")).join("room")
    there.provide("room", "double", double)
    here = stack.enter_context(Program.on(folder / "a", "here")).join("room")
    here.broadcast("room", "shout", 1)
    for _ in range(20):
        assert here.call("room", "double", 1).wait().error
    there.answered("room", "double", 1)
    assert not there.heard
    bridge.assert_alive()


@pytest.mark.parametrize("is_hosted", [False, True], ids=["both dialled", "one hosted"])
def test_two_hubs_with_one_id(short_folder, stack, is_hosted):
    stack.enter_context(Hub(unix=short_folder / "b", server_id="same"))
    if is_hosted:
        first = f'listen: ["unix:{short_folder}/a"], id: same'
    else:
        stack.enter_context(Hub(unix=short_folder / "a", server_id="same"))
        first = dialled(short_folder, "a")
    bridge = stack.enter_context(Bridge(short_folder, configuration(short_folder, first, dialled(short_folder, "b"))))
    line = bridge.line("not connected", "has the id same")
    assert "peer=" in line and "ids of their own" in line, line
    assert_nothing_crosses(short_folder, stack, bridge)
    assert len(bridge.lines("has the id same")) == 1, bridge.tail


def test_a_hub_that_should_be_another(short_folder, stack):
    stack.enter_context(Hub(unix=short_folder / "a", server_id="a"))
    stack.enter_context(Hub(unix=short_folder / "b", server_id="intruder"))
    bridge = stack.enter_context(Bridge(short_folder, configuration(
        short_folder, dialled(short_folder, "a"), dialled(short_folder, "b", ", expect_id: b"))))
    assert "expects b" in bridge.line("not connected", "peer=second", "intruder")
    assert_nothing_crosses(short_folder, stack, bridge)


def test_two_hosted_hubs_with_one_id_are_a_wrong_file(short_folder):
    (short_folder / "same.yaml").write_text(configuration(
        short_folder, f'listen: ["unix:{short_folder}/a"], id: same', f'listen: ["unix:{short_folder}/b"], id: same'))
    finished = run_to_end("check", "--config", short_folder / "same.yaml")
    assert finished.returncode == 78 and "same" in finished.stderr, finished
