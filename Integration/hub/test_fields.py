"""A field of the wrong type is answered with an error that names it, and the connection stays."""

import pytest

REGISTER = {"type": "register", "channel": "room", "is_provider": True, "event": "x"}
CALL = {"type": "call", "channel": "room", "event": "x", "data": 1, "request_id": "1"}
BROADCAST = {"type": "broadcast", "channel": "room", "event": "x", "data": 1}
SUBSCRIPTION = {"type": "add_subscription", "channel": "room", "sub_name": "news"}
ANNOUNCE = {"type": "announce_remote", "channel": "room", "clients": []}

WRONG = [
    (REGISTER, "channel", 7), (REGISTER, "channel", ["room"]), (REGISTER, "channel", b"room"),
    (REGISTER, "channel", None), (REGISTER, "event", 7), (REGISTER, "event", {"x": 1}),
    (REGISTER, "is_provider", "yes"), (REGISTER, "is_stream", "yes"), (REGISTER, "is_group", 1),
    (REGISTER, "challenge_id", 7), (REGISTER, "proof", 7),
    ({"type": "register"}, "reg", "room"), ({"type": "register"}, "reg", [1]),
    (CALL, "channel", 7), (CALL, "event", ["x"]), (CALL, "path", "hub-2"), (CALL, "path", None), (CALL, "path", [1, 2]),
    (CALL, "path", {"hub-2": 1}),
    (BROADCAST, "channel", 7), (BROADCAST, "path", 7),
    ({"type": "send", "channel": "room", "event": "x"}, "event", 7),
    ({"type": "set_password", "channel": "room"}, "password", 7),
    ({"type": "set_password", "password": "pw"}, "channel", 7),
    (SUBSCRIPTION, "sub_name", 7), (SUBSCRIPTION, "channel", 7),
    ({"type": "remove_subscription", "channel": "room"}, "sub_name", 7),
    ({"type": "subscribe", "channel": "room"}, "sub_name", 7), ({"type": "subscribe", "sub_name": "x"}, "channel", 7),
    ({"type": "unsubscribe", "channel": "room"}, "sub_name", []),
    ({"type": "publish", "channel": "room"}, "sub_name", 7), ({"type": "publish", "sub_name": "x"}, "channel", 7),
    ({"type": "list_members"}, "channel", 7),
    (ANNOUNCE, "clients", "far"), (ANNOUNCE, "clients", {"id": "far"}), (ANNOUNCE, "channel", 7),
    ({"type": "forget_remote", "channel": "room"}, "id", 7),
]


@pytest.mark.parametrize("message, field, value", WRONG,
                         ids=[f"{message['type']} {field} {value!r}" for message, field, value in WRONG])
def test_the_field_is_named(hub, message, field, value):
    with hub.client("client", mode="bridge" if message["type"].endswith("remote") else "client") as client:
        request_id = {"request_id": "1"} if message["type"] not in ("broadcast", "send", "publish") else {}
        client.send({**message, **request_id, field: value})
        answers = client.quiet()
        assert len(answers) == 1, answers
        assert field in (answers[0].get("error") or answers[0].get("message") or ""), answers
        if request_id and answers[0]["type"] == "response":
            assert answers[0]["request_id"] == "1"
        assert client.quiet() == []


@pytest.mark.parametrize("client", [7, {"mode": "client"}, {"id": 7}, {"id": "far", "path": "hub-2"},
                                    {"id": "far", "path": [1]}, {"id": "far", "mode": 7}, None], ids=repr)
def test_a_wrong_remote_client_is_refused(hub, client):
    with hub.client("bridge", mode="bridge") as bridge:
        bridge.send({**ANNOUNCE, "clients": [client]})
        [answer] = bridge.quiet()
        assert "remote client" in (answer.get("error") or answer.get("message")), answer
        members = bridge.ask({"type": "list_members", "channel": "room"}, "1")[-1]["data"]["members"]
        assert members == []


@pytest.mark.parametrize("value", [7, ["call"], b"call"], ids=repr)
def test_a_type_that_is_no_text(hub, value):
    with hub.client("client") as client:
        client.send({"type": value, "channel": "room"})
        [answer] = client.quiet()
        assert answer["type"] == "error" and "type" in answer["message"]


@pytest.mark.parametrize("identify", [
    {"type": "identify"}, {"type": "identify", "client_id": None}, {"type": "identify", "client_id": 7},
    {"type": "identify", "client_id": b"bytes"}, {"type": "identify", "client_id": "a", "mode": 7},
    {"type": "identify", "client_id": "a", "mode": "king"},
], ids=repr)
def test_a_wrong_introduction_is_refused(hub, identify):
    with hub.connect() as connection:
        connection.send(identify)
        [answer] = connection.until_closed()
        assert answer["type"] == "error"
    hub.assert_serves()


@pytest.mark.parametrize("message", [
    {"type": "register", "channel": "c" * 1025, "request_id": "1"},
    {"type": "register", "channel": "room", "is_provider": True, "event": "e" * 1025, "request_id": "1"},
    {"type": "add_subscription", "channel": "room", "sub_name": "s" * 1025, "request_id": "1"},
    {"type": "subscribe", "channel": "c" * 1025, "sub_name": "s", "request_id": "1"},
], ids=lambda message: message["type"] + " " + max(message, key=lambda key: len(str(message[key]))))
def test_names_longer_than_1024_bytes_are_refused(hub, message):
    with hub.client("client") as client:
        [answer] = client.ask(message, "1")
        assert "error" in answer, answer


def test_names_of_1024_bytes_are_taken(hub):
    with hub.client("client") as client:
        answers = client.ask({"type": "register", "channel": "c" * 1024, "is_provider": True, "event": "ä" * 512}, "1")
        assert answers[-1]["success"] is True
