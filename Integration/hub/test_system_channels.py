"""The system channels are the hub's: anyone may listen, nobody may speak."""

import pytest

CHANNELS = ["__comm_ipc_system", "__comm_ipc_errors", "__comm_ipc_logs"]


@pytest.fixture(params=CHANNELS)
def channel(request):
    return request.param


@pytest.fixture
def watched(hub, channel):
    """A hub with one watcher of the channel, and a client that will try to speak there."""
    hub.watcher, hub.speaker = hub.client("watcher"), hub.client("speaker")
    hub.watcher.send({"type": "register", "channel": channel, "request_id": "w"})
    hub.watcher.quiet()
    return hub


@pytest.mark.parametrize("message", [
    {"type": "broadcast", "event": "server_error", "data": {"error": "forged"}},
    {"type": "send", "event": "server_error", "data": {"error": "forged"}},
    {"type": "publish", "sub_name": "news", "data": 1},
    {"type": "call", "event": "x", "data": 1, "request_id": "1"},
    {"type": "register", "is_provider": True, "event": "x", "request_id": "1"},
    {"type": "set_password", "password": "mine", "request_id": "1"},
    {"type": "add_subscription", "sub_name": "news", "request_id": "1"},
], ids=lambda message: message["type"])
def test_speaking_is_denied(watched, channel, message):
    watched.speaker.send({**message, "channel": channel})
    [answer] = watched.speaker.quiet()
    assert (answer.get("error") or answer.get("message")).startswith("denied: ")
    assert watched.watcher.quiet() == []


def test_a_watcher_may_not_speak_either(watched, channel):
    watched.watcher.send({"type": "broadcast", "channel": channel, "event": "x", "data": 1})
    [answer] = watched.watcher.quiet()
    assert answer["type"] == "error" and answer["message"].startswith("denied: ")


def test_the_first_watcher_ends_nothing(watched, channel):
    second = watched.client("second")
    second.send({"type": "register", "channel": channel, "request_id": "w"})
    second.quiet()
    watched.watcher.close()
    assert not any(message["type"] == "error" for message in second.quiet())


def test_watchers_stay_after_the_first_has_gone(hub):
    first, second = hub.client("first"), hub.client("second")
    for watcher in (first, second):
        watcher.send({"type": "register", "channel": "__comm_ipc_system", "request_id": "w"})
        watcher.quiet()
    first.close()
    second.quiet()
    with hub.client("other") as other:
        other.send({"type": "register", "channel": "room", "request_id": "1"})
        other.quiet()
    assert [message["data"]["client_id"] for message in second.quiet() if message["type"] == "receive"] == ["other"]
