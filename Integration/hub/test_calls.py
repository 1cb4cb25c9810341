"""Every call ends, exactly once, and only by the provider that was asked."""

import pytest

from support.connection import Closed


def call(event, request_id, **more):
    return {"type": "call", "channel": "room", "event": event, "data": None, "request_id": request_id, **more}


def answer(request_id, target, **more):
    return {"type": "response", "request_id": request_id, "target_id": target, **more}


def provide(client, event, **more):
    registration = {"type": "register", "channel": "room", "is_provider": True, "event": event, **more}
    answers = client.ask(registration, "provide")
    assert answers[-1].get("success"), answers
    client.receive()  # the second answer to a registration


def pair(hub):
    provider, caller = hub.client("provider"), hub.client("caller")
    provide(provider, "work")
    return provider, caller


def assert_ended(message, reason, request_id="1"):
    assert (message["type"], message["request_id"], message["reason"]) == ("response", request_id, reason)
    assert message["error"].startswith(f"{reason}: ") and message["error"].endswith(f" (at {message['at']})")
    assert (message["at"], message["server_id"], message["sender_id"]) == ("hub-1", "hub-1", "server")


def test_provider_that_goes_ends_its_calls_at_once(hub):
    provider, caller = pair(hub)
    caller.send(call("work", "1"), call("work", "2"))
    provider.receive()
    provider.receive()
    provider.close()
    lost = sorted([caller.receive(2), caller.receive(2)], key=lambda message: message["request_id"])
    assert_ended(lost[0], "provider_lost", "1")
    assert_ended(lost[1], "provider_lost", "2")
    assert caller.quiet() == []


def test_provider_that_is_put_off_ends_its_calls_at_once(hub):
    """The hub's own decision to end a connection counts, not the peer's reaction to it."""
    provider, caller = pair(hub)
    caller.send(call("work", "1"))
    provider.receive()
    provider.send(b"\xc1")
    assert_ended(caller.receive(0.7), "provider_lost")
    assert provider.until_closed()[-1]["type"] == "error"


def test_provider_that_goes_ends_its_streams(hub):
    provider, caller = pair(hub)
    caller.send(call("work", "1", is_stream=True))
    provider.receive()
    provider.send(answer("1", "caller", data=1, is_stream=True, is_final=False))
    assert caller.receive()["data"] == 1
    provider.close()
    assert_ended(caller.receive(2), "provider_lost")


def test_answered_calls_are_not_lost_with_their_provider(hub):
    provider, caller = pair(hub)
    caller.send(call("work", "1"))
    provider.receive()
    provider.send(answer("1", "caller", data=1))
    assert caller.receive()["data"] == 1
    provider.close()
    assert caller.quiet() == []


def test_call_timeout_ends_a_call(start_hub):
    hub = start_hub("--call-timeout", "0.5")
    _provider, caller = pair(hub)
    caller.send(call("work", "1"))
    assert_ended(caller.receive(5), "deadline")


def test_call_timeout_ends_a_stream_that_stalls(start_hub):
    hub = start_hub("--call-timeout", "0.5")
    provider, caller = pair(hub)
    caller.send(call("work", "1", is_stream=True))
    provider.receive()
    provider.send(answer("1", "caller", data=1, is_stream=True, is_final=False))
    assert caller.receive()["data"] == 1
    assert_ended(caller.receive(5), "deadline")


def test_an_answer_after_the_deadline_is_dropped(start_hub):
    hub = start_hub("--call-timeout", "0.5")
    provider, caller = pair(hub)
    caller.send(call("work", "1"))
    assert_ended(caller.receive(5), "deadline")
    provider.send(answer("1", "caller", data=1))
    provider.quiet()
    assert caller.quiet() == []


def test_call_timeout_spares_answered_calls(start_hub):
    hub = start_hub("--call-timeout", "0.5")
    provider, caller = pair(hub)
    caller.send(call("work", "1"), call("work", "2"))
    provider.receive()
    provider.receive()
    provider.send(answer("1", "caller", data="in time"))
    assert caller.receive()["data"] == "in time"
    assert_ended(caller.receive(5), "deadline", "2")
    assert caller.quiet() == []


def test_another_member_of_the_group_cannot_answer(hub):
    first, second, caller = hub.client("first"), hub.client("second"), hub.client("caller")
    provide(first, "work", is_group=True)
    provide(second, "work", is_group=True)
    caller.send(call("work", "1"))
    assert first.receive()["request_id"] == "1"
    second.send(answer("1", "caller", data="stolen"))
    second.quiet()
    first.send(answer("1", "caller", data="right"))
    assert caller.receive()["data"] == "right"
    assert caller.quiet() == []


def test_an_answer_cannot_be_sent_to_somebody_else(hub):
    provider, caller = pair(hub)
    victim = hub.client("victim")
    caller.send(call("work", "1"))
    provider.receive()
    provider.send(answer("1", "victim", data="not asked for"))
    provider.quiet()
    assert victim.quiet() == []


def test_a_long_stream_is_one_call_of_its_provider(hub):
    first, second, caller = hub.client("first"), hub.client("second"), hub.client("caller")
    provide(first, "work", is_group=True)
    provide(second, "work", is_group=True)
    caller.send(call("work", "1", is_stream=True))
    first.receive()
    for number in range(3):
        first.send(answer("1", "caller", data=number, is_stream=True, is_final=False))
        assert caller.receive()["data"] == number
    caller.send(call("work", "2"))
    assert second.receive()["request_id"] == "2"
    first.send(answer("1", "caller", data=None, is_stream=True, is_final=True))
    assert caller.receive()["is_final"] is True
    caller.send(call("work", "3"))
    assert first.receive()["request_id"] == "3"


def test_a_caller_that_goes_frees_its_provider(hub):
    first, second, other = hub.client("first"), hub.client("second"), hub.client("other")
    provide(first, "work", is_group=True)
    provide(second, "work", is_group=True)
    leaver = hub.client("leaver")
    leaver.send(call("work", "1"))
    assert first.receive()["sender_id"] == "leaver"
    leaver.close()
    other.quiet()
    other.send(call("work", "2"))
    assert first.receive()["request_id"] == "2"


def test_a_caller_may_come_back_with_the_same_request_id(hub):
    provider, caller = pair(hub)
    caller.send(call("work", "1"))
    assert provider.receive()["request_id"] == "1"
    caller.close()
    provider.quiet()
    with hub.client("caller") as again:
        again.send(call("work", "1", data="again"))
        assert provider.receive()["data"] == "again"
        provider.send(answer("1", "caller", data="the new one's"))
        assert again.receive()["data"] == "the new one's"


@pytest.mark.parametrize("request_id", ["", 0, 1.5, b"bytes", True, "x" * 1025, [1]])
def test_odd_request_ids_are_answered_or_refused(hub, request_id):
    provider, caller = pair(hub)
    caller.send(call("work", request_id))
    came = caller.quiet()
    if came:
        assert "error" in came[0] or came[0]["type"] == "error"
    else:
        assert provider.receive()["request_id"] == request_id
        provider.send(answer(request_id, "caller", data="answered"))
        assert caller.receive()["data"] == "answered"


def test_raise_answers_before_it_ends_the_connection(start_hub):
    hub = start_hub("--error-policy", "raise")
    caller = hub.client("caller")
    caller.send(call("nothing", "1"))
    messages = caller.until_closed()
    assert messages[0]["error"] == "No provider for room:nothing"
    with pytest.raises(Closed):
        caller.receive()
