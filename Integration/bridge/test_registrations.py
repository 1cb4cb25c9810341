"""Providers of one side, seen and gone on the other."""

import pytest

from support.waiting import until
from support.worlds import name


def test_schemas_are_seen(crossing):
    event = name("add")
    crossing.provider("plain").provide("plain", event, "add", models=True)
    crossing.beyond.until_provided("plain", event)
    seen = crossing.consumer("plain").explore("plain")["events"][event]
    assert seen["parameters"]["title"] == "Numbers" and seen["parameters"]["required"] == ["a", "b"]
    assert seen["returns"]["title"] == "Sum"
    assert seen["owner"].startswith("stinger-bridge/crossing/")


def test_a_program_that_is_there_hears_of_it(crossing):
    event = name("add")
    consumer = crossing.consumer("plain")
    crossing.provider("plain").provide("plain", event, "add", models=True)
    seen = until(lambda: consumer.explore("plain")["events"].get(event))
    assert seen["returns"]["title"] == "Sum"


def test_flags_are_seen(crossing):
    """Streams and groups as such; a hub of 0.1.5 tells neither."""
    stream, group, plain = name("stream"), name("group"), name("plain")
    provider = crossing.provider("plain")
    provider.provide("plain", stream, "count").provide("plain", group, group=True).provide("plain", plain)
    flags = {event: [crossing.beyond.until_provided("plain", event).get(flag) for flag in ("is_stream", "is_group")]
             for event in (stream, group, plain)}
    if crossing.beyond.kind == "0.1.5":
        expected = {stream: [None, None], group: [None, None], plain: [None, None]}
    elif crossing.origin.kind == "0.1.5":
        expected = {stream: [False, False], group: [False, False], plain: [False, False]}
    else:
        expected = {stream: [True, False], group: [False, True], plain: [False, False]}
    assert flags == expected


def test_gone_with_its_program_and_back_again(crossing):
    event = name("echo")
    provider = crossing.provider("plain").provide("plain", event)
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", event)
    provider.close()
    crossing.beyond.until_not_provided("plain", event, crossing.departure_patience)
    assert consumer.error_of_call("plain", event) == f"No provider for plain:{event}"
    again = crossing.provider("plain").provide("plain", event)
    assert consumer.until_answered("plain", event, 1)["by"] == again.name


def test_one_program_goes_and_another_stays(crossing):
    """On Python hubs a registration ends with its connection only: those of the others must outlive that."""
    gone, kept = name("gone"), name("kept")
    leaving = crossing.provider("plain").provide("plain", gone)
    staying = crossing.provider("plain").provide("plain", kept)
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", gone)
    consumer.until_answered("plain", kept)
    leaving.close()
    crossing.beyond.until_not_provided("plain", gone, crossing.departure_patience)
    assert consumer.error_of_call("plain", gone) == f"No provider for plain:{gone}"
    assert consumer.call("plain", kept, 1) == {"by": staying.name, "data": 1}


def test_the_owner_of_a_channel_goes(crossing):
    """It takes everybody off the channel with it, the bridge among them; who comes back is found again."""
    channel, event = f"free.{name('owned')}", name("echo")
    owner = crossing.provider(channel).provide(channel, event)
    consumer = crossing.consumer(channel)
    consumer.until_answered(channel, event)
    owner.close()
    crossing.beyond.until_not_provided(channel, event, crossing.departure_patience)
    assert consumer.error_of_call(channel, event) == f"No provider for {channel}:{event}"
    again = crossing.provider(channel).provide(channel, event)
    assert consumer.until_answered(channel, event, 1)["by"] == again.name


def test_the_same_name_on_both_sides(crossing):
    """Each side calls its own, and neither registration is refused because of the other."""
    event = name("echo")
    here = crossing.provider("plain").provide("plain", event)
    crossing.consumer("plain").until_answered("plain", event)
    if not crossing.beyond.is_ours:
        pytest.skip("a Python hub lets nobody have an event that somebody provides already")
    there = crossing.consumer("plain").provide("plain", event)
    assert there.call("plain", event)["by"] == there.name
    assert here.call("plain", event)["by"] == here.name
    # With the local one gone the far one is there again.
    consumer = crossing.consumer("plain")
    there.close()
    assert consumer.until_answered("plain", event)["by"] == here.name


def test_the_same_name_at_once_on_both_sides(crossing):
    """Registered before either could cross, or nearly: each side still calls its own."""
    event = name("echo")
    here, there = crossing.provider("plain"), crossing.consumer("plain")
    registering = [program.start("provide", channel="plain", event=event) for program in (here, there)]
    outcomes = [error_of(each) for each in registering]
    if outcomes == [None, None]:
        for program in (here, there):
            assert program.call("plain", event)["by"] == program.name
    else:
        # The proxy was there first, on a hub where the first is the only one.
        assert outcomes.count(None) == 1 and not (crossing.origin.is_ours and crossing.beyond.is_ours)


def error_of(pending):
    try:
        pending.result()
    except Exception as error:
        assert str(error).startswith("Provider already exists for plain:"), error
        return str(error)


def test_many_at_once(crossing):
    """200 events of 4 programs, and all of them gone with those."""
    events = [name("many") for _ in range(200)]
    providers = [crossing.provider("plain") for _ in range(4)]
    registering = [providers[number % 4].start("provide", channel="plain", event=event)
                   for number, event in enumerate(events)]
    for each in registering:
        each.result()

    def seen():
        return set(crossing.beyond.events("plain")) & set(events)

    until(lambda: len(seen()) == 200, what="200 events")
    for provider in providers:
        provider.close()
    until(lambda: not seen(), crossing.departure_patience, "the end of 200 events")
