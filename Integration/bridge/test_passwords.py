"""Channels with passwords: the same on both hubs, one each, or on one hub only.

The bridge proves them, checks signatures that come in and signs anew what goes out, because each hub names another sender. That comes out
right is what comm-ipc's clients say: they refuse or drop what does not verify.
"""

import pytest

from support.waiting import until
from support.worlds import join, name

#: Signed with floats, text, order and widths that must not change, or the signature would not verify.
DELICATE = {"z": 1.0, "a": "ä☂𝄞\x7f", "n": None, "f": [1e16, 1e-07, -0.0, 0.1, 2**64 - 1, -2**63], "": {"b": 1, "a": 2}}


@pytest.fixture(params=["vault-two", "vault-near"])
def vault(request):
    """Each hub with a password of its own, or one of them: which one, is the crossing's direction."""
    return request.param


def is_protected(end, vault):
    return vault in end.passwords


def test_calls(crossing, vault):
    event = name("treasure")
    provider = crossing.provider(vault).provide(vault, event)
    consumer = crossing.consumer(vault)
    assert consumer.until_answered(vault, event, DELICATE) == {"by": provider.name, "data": DELICATE}


def test_the_same_password_on_both(crossing):
    event = name("treasure")
    provider = crossing.provider("vault-same").provide("vault-same", event)
    consumer = crossing.consumer("vault-same")
    assert consumer.until_answered("vault-same", event, DELICATE) == {"by": provider.name, "data": DELICATE}
    provider.broadcast("vault-same", event, DELICATE)
    assert [message[1] for message in consumer.until_heard("vault-same", event)] == [DELICATE]


def test_errors_of_providers(crossing, vault):
    event = name("fail")
    crossing.provider(vault).provide(vault, event, "fail")
    crossing.beyond.until_provided(vault, event)
    assert crossing.consumer(vault).error_of_call(vault, event, "now") == "as asked: now"


def test_streams(crossing, vault):
    """Read with CommIPC.stream: on channel objects comm-ipc's clients want chunks signed, which its providers do not."""
    event = name("count")
    crossing.provider(vault).provide(vault, event, "count")
    crossing.beyond.until_provided(vault, event)
    consumer = crossing.consumer(vault)
    if is_protected(crossing.beyond, vault):
        # CommIPC.stream does not sign its call, and the bridge lets nobody call without.
        last = consumer.stream(vault, event, {"to": 3}, raw=True)[-1]
        assert last.startswith("denied: Invalid signature"), last
        chunks = consumer.stream(vault, event, {"to": 3})
        assert chunks == [f"Invalid signature for channel {vault}"], chunks
    else:
        assert consumer.stream(vault, event, {"to": 3}) == [0, 1, 2]


def test_broadcasts(crossing, vault):
    event = name("shout")
    speaker, listener = crossing.provider(vault), crossing.consumer(vault)
    speaker.broadcast(vault, event, DELICATE)
    assert [message[1] for message in listener.until_heard(vault, event)] == [DELICATE]


def test_sends(crossing, vault):
    event = name("nudge")
    provider = crossing.provider(vault).provide(vault, event)
    crossing.beyond.until_provided(vault, event)
    crossing.consumer(vault).send(vault, event, DELICATE)
    assert [message[1] for message in provider.until_heard(vault, event)] == [DELICATE]


def test_unsigned_calls(crossing, vault):
    event = name("treasure")
    provider = crossing.provider(vault).provide(vault, event)
    crossing.beyond.until_provided(vault, event)
    consumer = crossing.consumer(vault)
    if is_protected(crossing.beyond, vault):
        assert f"Invalid signature for channel {vault}" in consumer.error_of_call(vault, event, 1, raw=True)
        assert provider.asked(vault, event) == []
    else:
        # The caller's hub asks for no signature; the bridge knows the password for it.
        assert consumer.call(vault, event, 1, raw=True)["data"] == 1


def signature_of_another(end, vault):
    """A broadcast with a signature that does not verify, from a member that has proved the password."""
    return {"type": "broadcast", "channel": vault, "data": "forged", "timestamp": 1_700_000_000, "is_final": True,
            "origin_server_id": end.name, "is_stream": False, "signature": "0" * 64}


def test_what_does_not_verify_is_dropped(crossing, vault):
    if not is_protected(crossing.origin, vault):
        pytest.skip("nothing is verified that comes from a hub where the channel has no password")
    event, last = name("forged"), name("last")
    forger, _ = crossing.origin.joined(vault)
    speaker = crossing.provider(vault)
    watcher, _ = crossing.beyond.joined(vault)
    for message in (signature_of_another(crossing.origin, vault),
                    {key: value for key, value in signature_of_another(crossing.origin, vault).items()
                     if key != "signature"}):
        forger.send({**message, "event": event})
    forger.drain()
    speaker.broadcast(vault, last, "genuine")
    heard = watcher.receive_until(lambda message: message.get("event") == last)
    assert [message for message in heard if message.get("event") == event] == []


def test_what_verifies_does_so_for_the_receivers_hub(crossing, vault):
    """What goes out carries a signature exactly where the channel has a password."""
    event = name("shout")
    watcher, _ = crossing.beyond.joined(vault)
    crossing.provider(vault).broadcast(vault, event, DELICATE)
    heard = watcher.receive_until(lambda message: message.get("event") == event)[-1]
    assert bool(heard.get("signature")) == is_protected(crossing.beyond, vault)
    assert heard["sender_id"].startswith("stinger-bridge/crossing/")


def test_publications_where_there_is_no_password(crossing, vault):
    """Subscribers on a protected channel get nothing in comm-ipc, on one hub as across two: publications are not signed."""
    if is_protected(crossing.beyond, vault) or is_protected(crossing.origin, vault):
        news = name("news")
        owner = crossing.provider(vault)
        owner.add_subscription(vault, news)
        until(lambda: news in join(crossing.beyond.raw(), vault, crossing.beyond.passwords.get(vault))["subscriptions"])
        if is_protected(crossing.beyond, vault):
            return
        reader = crossing.consumer(vault)
        reader.subscribe(vault, news)

        def arrives():
            owner.publish(vault, news, {"sum": 1})
            return reader.heard(vault, f"subscription.{news}.data")

        until(arrives)


def test_outsiders_stay_outside(crossing, vault):
    if not is_protected(crossing.beyond, vault):
        pytest.skip("nobody is outside where there is no password")
    event = name("treasure")
    provider = crossing.provider(vault).provide(vault, event)
    crossing.beyond.until_provided(vault, event)
    outsider = crossing.beyond.program(crossing.consumer_release)
    with pytest.raises(Exception, match="Invalid channel password"):
        outsider.open(vault, password="open barley")
    refused = crossing.beyond.raw().ask({"type": "call", "channel": vault, "event": event, "data": 1}, "call")[-1]
    assert "denied" in refused["error"], refused
    assert provider.asked(vault, event) == []
