"""Section 2 in the places that a comparison with the Python hub cannot show."""

import pytest


def test_ping_is_answered_before_identify(hub):
    with hub.connect() as connection:
        assert connection.drain() == []
        assert connection.identify("client")["type"] == "identified"


def test_ping_is_answered_before_the_proof(start_hub):
    hub = start_hub("--secret-env", "S", environment={"S": "open sesame"})
    with hub.connect() as connection:
        assert connection.identify("client")["type"] == "conn_challenge"
        assert connection.drain() == []


@pytest.mark.parametrize("message", [{"type": "register", "channel": "room"}, {"type": "conn_proof", "proof": "00"},
                                     {"type": "nonsense"}, {"no": "type"}], ids=repr)
def test_the_first_frame_must_be_identify(hub, message):
    with hub.connect() as connection:
        connection.send(message)
        assert [answer["type"] for answer in connection.until_closed()] == ["error"]


def test_a_second_proof_means_nothing(start_hub):
    hub = start_hub("--secret-env", "S", environment={"S": "open sesame"})
    with hub.client("client", secret="open sesame") as client:
        client.send({"type": "conn_proof", "proof": "00"})
        assert client.quiet() == []


def test_challenges_differ(start_hub):
    hub = start_hub("--secret-env", "S", environment={"S": "open sesame"})
    challenges = set()
    for number in range(20):
        with hub.connect() as connection:
            challenges.add(connection.identify(f"client-{number}")["challenge"])
    assert len(challenges) == 20


def test_an_id_is_free_at_once_when_its_client_has_gone(hub):
    with hub.client("watcher") as watcher:
        for _ in range(50):
            hub.client("same").close()
            watcher.drain()


def test_an_id_is_free_at_once_when_its_client_was_put_off(hub):
    """Its program comes back under the same id, and must not find itself in its own way."""
    with hub.client("same") as put_off:
        put_off.send(b"\xc1")
        put_off.until_closed()
        with hub.client("same") as again:
            assert again.drain() == []


def test_who_waits_for_the_proof_does_not_hold_an_id(start_hub):
    """Otherwise anybody could keep a client out without knowing the secret."""
    hub = start_hub("--secret-env", "S", environment={"S": "open sesame"})
    with hub.connect() as squatter:
        assert squatter.identify("wanted")["type"] == "conn_challenge"
        with hub.client("wanted", secret="open sesame") as rightful:
            assert rightful.drain() == []


def test_who_finishes_sending_still_gets_the_answers(hub):
    """A one-shot client may end its direction at once; what it asked before that is answered."""
    with hub.connect() as connection:
        connection.send({"type": "identify", "client_id": "client"},
                        {"type": "call", "channel": "room", "event": "x", "request_id": "1"})
        connection.finish_sending()
        assert [answer["type"] for answer in connection.until_closed()] == ["identified", "response"]


def test_messages_right_behind_identify_are_heard(hub):
    with hub.connect() as connection:
        connection.send({"type": "identify", "client_id": "client"},
                        {"type": "register", "channel": "room", "request_id": "1"})
        assert [connection.receive()["type"] for _ in range(3)] == ["identified", "channel_sync", "response"]
