"""What a bridge tells the people who watch: on the system channels of hubs that it hosts, on `__stinger_bridge` of others."""

import contextlib

import pytest

from support.worlds import World, join, name

CHANNELS = ("__comm_ipc_system", "__comm_ipc_errors", "__stinger_bridge")


class Watcher:
    """A raw connection on the channels where news are told."""

    def __init__(self, end):
        self.end = end
        self.connection = end.raw()
        for channel in CHANNELS:
            join(self.connection, channel)

    def until_told(self, event, **wanted):
        """The data of the first such news."""
        def is_it(message):
            data = message.get("data")
            return message.get("event") == event and isinstance(data, dict) \
                and all(data.get(key) == value for key, value in wanted.items())
        message = self.connection.receive_until(is_it)[-1]
        if self.end.kind == "hosted":
            is_error = event in ("link_down", "registration_refused", "loop_refused", "dropped")
            assert message["channel"] == ("__comm_ipc_errors" if is_error else "__comm_ipc_system"), message
            assert (message["type"], message["sender_id"], message["server_id"]) == ("receive", "system", self.end.name)
        else:
            assert message["channel"] == "__stinger_bridge" and message["type"] == "broadcast"
            assert message["sender_id"].startswith("stinger-bridge/crossing/")
        assert message["data"]["bridge"] == "crossing"
        return message["data"]


def test_registrations(raw_crossing):
    event = name("echo")
    watchers = [Watcher(end) for end in (raw_crossing.origin, raw_crossing.beyond)]
    provider = raw_crossing.provider("plain").provide("plain", event)
    for watcher in watchers:
        told = watcher.until_told("registration_relayed", name=event)
        assert (told["channel"], told["kind"], told["path"]) == ("plain", "event", raw_crossing.origin.name)
        assert told["peer"] == raw_crossing.beyond.name
    provider.close()
    for watcher in watchers:
        assert watcher.until_told("registration_withdrawn", name=event)["peer"] == raw_crossing.beyond.name


def test_subscriptions(raw_crossing):
    news = name("news")
    watcher = Watcher(raw_crossing.beyond)
    raw_crossing.provider("plain").add_subscription("plain", news)
    assert watcher.until_told("registration_relayed", name=news)["kind"] == "subscription"


@pytest.mark.parametrize("kinds", [("hosted", "stinger"), ("stinger", "stinger")], ids="-".join)
def test_links(kinds, all_programs, python_hosts):
    """Up, down when the far hub ends, and up again."""
    world = World(kinds, ["plain"], all_programs, python_hosts, kept=())
    with world:
        watcher = Watcher(world.near)
        world.stop(world.far)
        assert "closed" in watcher.until_told("link_down", peer="far", hub="far")["reason"]
        world.restart(world.far)
        told = watcher.until_told("link_up", peer="far")
        assert told["hub"] == "far" and told["client_id"].startswith("stinger-bridge/crossing/")


def test_a_password_that_the_bridge_does_not_have(all_programs, python_hosts):
    """Said on both hubs, with the channel and what to do about it; the other channels are carried."""
    world = World(("hosted", "stinger"), ["plain", "vault"], all_programs, python_hosts, kept=("plain",),
                  passwords=({}, {"vault": "open sesame"}), told_passwords=({}, {}))
    with contextlib.ExitStack() as stack:
        world.run(stack, is_bridged=False)
        watcher = Watcher(world.near)
        world.join_hubs()
        told = watcher.until_told("registration_refused", channel="vault")
        assert told["peer"] == "far" and "channel_passwords" in told["reason"]
        assert "open sesame" not in world.bridge.log.text
        world.end_connections()
