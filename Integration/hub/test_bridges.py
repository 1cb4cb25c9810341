"""A bridge that goes takes along what it announced."""


def test_remote_members_go_with_their_bridge(hub):
    bridge, local = hub.client("bridge", mode="bridge"), hub.client("local")
    local.ask({"type": "register", "channel": "room"}, "1")
    bridge.send({"type": "announce_remote", "channel": "room",
                 "clients": [{"id": "far", "mode": "client", "path": ["hub-2"]}]})
    bridge.quiet()
    assert [notice["owner"] for notice in local.quiet()] == ["far"]
    bridge.close()
    notices = [local.receive()] + local.quiet()
    assert [(notice["owner"], notice["action"]) for notice in notices] == [("far", "leave")]
    members = local.ask({"type": "list_members", "channel": "room"}, "2")[-1]["data"]["members"]
    assert [member["id"] for member in members] == ["local"]


def test_another_bridge_may_announce_what_was_lost(hub):
    first, second, local = hub.client("one", mode="bridge"), hub.client("two", mode="bridge"), hub.client("local")
    local.ask({"type": "register", "channel": "room"}, "1")
    announcement = {"type": "announce_remote", "channel": "room",
                    "clients": [{"id": "far", "path": ["hub-3", "hub-2"]}]}
    first.send({**announcement, "clients": [{"id": "far", "path": ["hub-2"]}]})
    first.quiet()
    first.close()
    local.quiet()
    second.send(announcement)
    second.quiet()
    [member] = [each for each in local.ask({"type": "list_members", "channel": "room"}, "2")[-1]["data"]["members"]
                if each["id"] == "far"]
    assert (member["bridge_id"], member["path"]) == ("two", ["hub-3", "hub-2"])


def test_clients_of_0_1_5_do_not_hear_of_members(hub):
    """One that names no mode would list the members it hears of as events."""
    old, new = hub.client("old", mode=None), hub.client("new")
    for client in (old, new):
        client.ask({"type": "register", "channel": "room"}, "1")
        client.quiet()
    other = hub.client("other")
    other.ask({"type": "register", "channel": "room"}, "1")
    other.close()
    assert [notice["action"] for notice in [new.receive()] + new.quiet()] == ["join", "leave"]
    assert old.quiet() == []
