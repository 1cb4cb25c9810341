"""Who is on the channels of the other side, as list_members tells it."""

import pytest

from support.waiting import until


def remote_members(end):
    with end.raw() as asker:
        answer = asker.ask({"type": "list_members", "channel": "plain"}, "members")[-1]
    return {member["id"]: member for member in answer["data"]["members"] if not member["is_local"]}


def needs_members(crossing):
    if "0.1.5" in (crossing.origin.kind, crossing.beyond.kind):
        pytest.skip("a hub of 0.1.5 knows nothing of members")


def test_programs_of_the_other_side_are_listed(crossing):
    needs_members(crossing)
    program = crossing.provider("plain")
    member = until(lambda: remote_members(crossing.beyond).get(program.name))
    assert member["path"] == [crossing.origin.name] and member["mode"] == "client"
    assert member["bridge_id"].startswith("stinger-bridge/crossing/")
    program.close()
    until(lambda: program.name not in remote_members(crossing.beyond), what="the end of a remote member")


def test_a_program_sees_them(crossing):
    needs_members(crossing)
    if crossing.consumer_release == "0.1.5":
        pytest.skip("programs of 0.1.5 do not ask for members")
    program, consumer = crossing.provider("plain"), crossing.consumer("plain")
    until(lambda: program.name in [member["id"] for member in consumer.members("plain")])
    local = {member["id"]: member["is_local"] for member in consumer.members("plain")}
    assert local[consumer.name] is True and local[program.name] is False


def test_bridges_are_not_announced_as_members(crossing):
    needs_members(crossing)
    program = crossing.provider("plain")
    until(lambda: remote_members(crossing.beyond).get(program.name))
    assert not [member for member in remote_members(crossing.beyond) if member.startswith("stinger-bridge/")]


def test_membership_notices_travel(crossing):
    needs_members(crossing)
    watcher, _ = crossing.beyond.joined("plain")
    program = crossing.provider("plain")

    def told(action):
        return watcher.receive_until(lambda message: message.get("stype") == "membership"
                                     and message.get("owner") == program.name and message["action"] == action)[-1]

    joined = told("join")
    assert joined["is_local"] is False and joined["path"] == [crossing.origin.name]
    program.close()
    assert told("leave")["is_local"] is False


def test_a_member_of_an_unbridged_channel_is_not_announced(crossing):
    needs_members(crossing)
    apart = crossing.origin.program(crossing.provider_release).open("elsewhere")
    program = crossing.provider("plain")
    until(lambda: remote_members(crossing.beyond).get(program.name))
    assert apart.name not in remote_members(crossing.beyond)
    with crossing.beyond.raw() as asker:
        answer = asker.ask({"type": "list_members", "channel": "elsewhere"}, "members")[-1]
    assert [member for member in answer.get("data", {}).get("members", []) if member["id"] == apart.name] == []
