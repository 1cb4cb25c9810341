"""Groups: a call goes to members on its own side first, and to the other side when there are none."""

import pytest

from support.programs import Refused, Unanswered
from support.waiting import until
from support.worlds import name


def answerers(consumer, event, count=6):
    return {consumer.call("plain", event, number)["by"] for number in range(count)}


def until_answerers(crossing, consumer, event, expected, seconds=10):
    """Waits until calls are answered by these programs and nobody else."""
    def ask():
        # A Python hub loses a call that meets a provider on its way out; then it is asked again.
        calls = [consumer.start("call", channel="plain", event=event, data=number) for number in range(6)]
        try:
            return {call.result(1)["by"] for call in calls} == expected
        except Refused as error:
            assert str(error).startswith(("No provider", "provider_lost")), error
        except Unanswered:
            assert not crossing.is_ours
    until(ask, seconds, f"{event} answered by {expected}")


def needs_group_flags(crossing):
    if crossing.origin.kind == "0.1.5":
        pytest.skip("a hub of 0.1.5 does not tell that an event is a group's, so nobody can join it on the other side")


def test_far_members_share_the_calls(crossing):
    event = name("team")
    members = [crossing.provider("plain").provide("plain", event, group=True) for _ in range(2)]
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", event)
    # Each is slow to answer while the other is asked.
    asked = [consumer.start("call", channel="plain", event=event, data=number) for number in range(20)]
    answers = [each.result() for each in asked]
    assert [answer["data"] for answer in answers] == list(range(20))
    assert {answer["by"] for answer in answers} <= {member.name for member in members}


def test_local_members_first(crossing):
    needs_group_flags(crossing)
    event = name("team")
    far = crossing.provider("plain").provide("plain", event, group=True)
    consumer = crossing.consumer("plain")
    until_answerers(crossing, consumer, event, {far.name})
    local = crossing.consumer("plain").provide("plain", event, group=True)
    until_answerers(crossing, consumer, event, {local.name})
    # And the far side keeps to its own.
    assert answerers(crossing.provider("plain"), event) == {far.name}
    local.close()
    until_answerers(crossing, consumer, event, {far.name}, crossing.departure_patience)


def test_local_members_that_were_there_first(crossing):
    event = name("team")
    local = crossing.consumer("plain").provide("plain", event, group=True)
    consumer = crossing.consumer("plain")
    assert answerers(consumer, event) == {local.name}
    far = crossing.provider("plain")
    try:
        far.provide("plain", event, group=True)
    except Exception as error:
        # The proxy of the other side's member is no group's where its hub does not tell of groups.
        assert crossing.beyond.kind == "0.1.5" and "group mode is incompatible" in str(error)
        return
    until_answerers(crossing, crossing.provider("plain"), event, {far.name})
    assert answerers(consumer, event) == {local.name}
    local.close()
    until_answerers(crossing, consumer, event, {far.name}, crossing.departure_patience)


def test_a_far_member_goes(crossing):
    event = name("team")
    first, second = (crossing.provider("plain").provide("plain", event, group=True) for _ in range(2))
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", event)
    first.close()
    until_answerers(crossing, consumer, event, {second.name}, crossing.departure_patience)
    second.close()
    crossing.beyond.until_not_provided("plain", event, crossing.departure_patience)
