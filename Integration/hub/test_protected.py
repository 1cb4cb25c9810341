"""A channel with a password is reached by members only."""

import pytest

from support.connection import channel_proof

PASSWORD = "open sesame"


def enter(client, channel="vault", **registration):
    """Joins, or provides, with the password's proof."""
    register = {"type": "register", "channel": channel, **registration}
    client.send({**register, "request_id": "enter"})
    challenge = client.receive_until(lambda message: message["type"] == "auth_challenge")[-1]
    answers = client.ask({**register, "challenge_id": challenge["challenge_id"],
                          "proof": channel_proof(PASSWORD, challenge["challenge"])}, "enter")
    client.quiet()
    assert "error" not in answers[-1], answers


@pytest.fixture
def vault(start_hub):
    """A hub with a protected channel: an owner, who provides "open" and the subscription "news", and a stranger."""
    hub = start_hub("--channel-password-env", "vault=VAULT", environment={"VAULT": PASSWORD})
    hub.owner, hub.stranger = hub.client("owner"), hub.client("stranger")
    enter(hub.owner)
    enter(hub.owner, is_provider=True, event="open")
    hub.owner.send({"type": "add_subscription", "channel": "vault", "sub_name": "news", "request_id": "s"})
    hub.owner.quiet()
    return hub


def denied(messages):
    """Whether one message refuses, with the word for it."""
    assert len(messages) == 1, messages
    text = messages[0].get("error") or messages[0].get("message")
    return text.startswith("denied: ")


def test_a_stranger_cannot_call(vault):
    vault.stranger.send({"type": "call", "channel": "vault", "event": "open", "data": 1, "request_id": "1"})
    [answer] = vault.stranger.quiet()
    assert (answer["reason"], answer["request_id"], answer["at"]) == ("denied", "1", "hub-1")
    assert vault.owner.quiet() == []


def test_a_stranger_does_not_learn_what_is_provided(vault):
    vault.stranger.send({"type": "call", "channel": "vault", "event": "nothing", "data": 1, "request_id": "1"})
    [answer] = vault.stranger.quiet()
    assert answer["reason"] == "denied"


@pytest.mark.parametrize("message", [
    {"type": "send", "channel": "vault", "event": "open", "data": 1},
    {"type": "broadcast", "channel": "vault", "event": "shout", "data": 1},
    {"type": "publish", "channel": "vault", "sub_name": "news", "data": 1},
], ids=lambda message: message["type"])
def test_a_stranger_cannot_tell(vault, message):
    vault.stranger.send(message)
    assert denied(vault.stranger.quiet())
    assert vault.owner.quiet() == []


@pytest.mark.parametrize("message", [
    {"type": "subscribe", "channel": "vault", "sub_name": "news"},
    {"type": "add_subscription", "channel": "vault", "sub_name": "own"},
    {"type": "list_members", "channel": "vault"},
], ids=lambda message: message["type"])
def test_a_stranger_cannot_ask(vault, message):
    answers = vault.stranger.ask(message, "1")
    assert denied(answers)
    assert vault.owner.quiet() == []


@pytest.mark.parametrize("kind", ["unsubscribe", "remove_subscription"])
def test_a_stranger_cannot_take_anything_away(vault, kind):
    """What these answer to a stranger is the same whether there is such a subscription or not."""
    answers = [vault.stranger.ask({"type": kind, "channel": "vault", "sub_name": name}, "1")
               for name in ("news", "none")]
    assert answers[0] == answers[1]
    with vault.client("guest") as guest:
        enter(guest)
        guest.ask({"type": "subscribe", "channel": "vault", "sub_name": "news"}, "2")
        vault.owner.send({"type": "publish", "channel": "vault", "sub_name": "news", "data": 1})
        assert guest.receive_until(lambda message: message["type"] == "receive")[-1]["data"] == 1


def test_a_stranger_cannot_set_the_password(vault):
    [answer] = vault.stranger.ask({"type": "set_password", "channel": "vault", "password": "mine"}, "1")
    assert answer["error"] == "Only the channel owner can set or change the password"


def test_a_stranger_does_not_hear_of_registrations(vault):
    vault.stranger.send({"type": "register", "channel": "__comm_ipc_system", "request_id": "w"})
    vault.stranger.quiet()
    with vault.client("guest") as guest:
        enter(guest)
    heard = vault.stranger.quiet()
    assert "vault" not in str(heard)


def test_a_member_may_do_all_that(vault):
    with vault.client("guest") as guest:
        enter(guest)
        vault.owner.quiet()
        guest.send({"type": "call", "channel": "vault", "event": "open", "data": 1, "request_id": "1"},
                   {"type": "send", "channel": "vault", "event": "open", "data": 2},
                   {"type": "broadcast", "channel": "vault", "event": "shout", "data": 3})
        assert [message["data"] for message in vault.owner.quiet()] == [1, 2, 3]


def test_a_mere_provider_is_a_member(vault):
    with vault.client("guest") as guest:
        enter(guest, is_provider=True, event="second")
        vault.owner.quiet()
        guest.send({"type": "call", "channel": "vault", "event": "open", "data": 1, "request_id": "1"})
        assert vault.owner.quiet()[0]["data"] == 1


def test_a_failed_proof_makes_no_member(vault):
    vault.stranger.send({"type": "register", "channel": "vault", "request_id": "1"})
    challenge = vault.stranger.receive()
    [answer] = vault.stranger.ask({"type": "register", "channel": "vault", "challenge_id": challenge["challenge_id"],
                                   "proof": channel_proof("open barley", challenge["challenge"])}, "1")
    assert answer["error"] == "Invalid channel password"
    vault.stranger.send({"type": "broadcast", "channel": "vault", "event": "shout", "data": 1})
    assert denied(vault.stranger.quiet())


@pytest.fixture
def put_out(vault):
    """A guest that was a member, provider, subscriber and owner of a subscription until the password was changed."""
    guest = vault.client("guest")
    enter(guest)
    enter(guest, is_provider=True, event="guest's")
    guest.send({"type": "add_subscription", "channel": "vault", "sub_name": "guest's", "request_id": "a"},
               {"type": "subscribe", "channel": "vault", "sub_name": "news", "request_id": "b"})
    guest.quiet()
    vault.owner.quiet()
    vault.owner.send({"type": "set_password", "channel": "vault", "password": "open barley", "request_id": "new"})
    vault.owner.quiet()
    assert guest.quiet() == [{"type": "error", "message": "Channel password changed, please reconnect"}]
    return guest


def test_who_is_put_out_provides_nothing(vault, put_out):
    vault.owner.send({"type": "call", "channel": "vault", "event": "guest's", "data": 1, "request_id": "1"})
    assert vault.owner.quiet()[0]["reason"] == "no_provider"
    assert put_out.quiet() == []


def test_who_is_put_out_is_no_member(vault, put_out):
    answers = vault.owner.ask({"type": "list_members", "channel": "vault"}, "1")
    assert [member["id"] for member in answers[-1]["data"]["members"]] == ["owner"]
    put_out.send({"type": "broadcast", "channel": "vault", "event": "shout", "data": 1})
    assert denied(put_out.quiet())


def test_who_is_put_out_subscribes_to_nothing(vault, put_out):
    vault.owner.send({"type": "publish", "channel": "vault", "sub_name": "news", "data": 1})
    vault.owner.quiet()
    assert put_out.quiet() == []


def test_who_is_put_out_owns_no_subscription(vault, put_out):
    [answer] = vault.owner.ask({"type": "add_subscription", "channel": "vault", "sub_name": "guest's"}, "1")
    assert answer["data"] == {"success": True}


def test_calls_waiting_for_who_is_put_out_still_end(vault):
    guest = vault.client("guest")
    enter(guest, is_provider=True, event="guest's")
    vault.owner.quiet()
    vault.owner.send({"type": "call", "channel": "vault", "event": "guest's", "data": 1, "request_id": "1"})
    guest.receive()
    vault.owner.send({"type": "set_password", "channel": "vault", "password": "new", "request_id": "2"})
    vault.owner.quiet()
    guest.close()
    lost = vault.owner.receive_until(lambda message: message.get("request_id") == "1", 2)[-1]
    assert lost["reason"] == "provider_lost"
