"""Subscriptions: the first and the last subscriber travel to the owner, and what it publishes comes back, once."""

import json

import pytest

from support.waiting import until
from support.worlds import join, name


def data_event(news):
    return f"subscription.{news}.data"


def until_owned(crossing, news, seconds=10):
    def look():
        with crossing.beyond.raw() as newcomer:
            return join(newcomer, "plain")["subscriptions"].get(news)
    return until(look, seconds, f"subscription {news} on {crossing.beyond.name}")


def until_not_owned(crossing, news, seconds):
    def look():
        with crossing.beyond.raw() as newcomer:
            return news not in join(newcomer, "plain")["subscriptions"]
    until(look, seconds, f"the end of subscription {news} on {crossing.beyond.name}")


def until_noticed(owner, *moments):
    """Waits until the owner has been told exactly these moments of its one subscription."""
    until(lambda: [moment for _, moment in owner.notices()] == list(moments), what=f"{moments} at {owner.name}")


def owned(crossing):
    """(the owner, a reader, the subscription's name), known on both sides."""
    news = name("news")
    owner, reader = crossing.provider("plain"), crossing.consumer("plain")
    owner.add_subscription("plain", news, model=True)
    until_owned(crossing, news)
    return owner, reader, news


def test_the_schema_is_seen(crossing):
    news = name("news")
    crossing.provider("plain").add_subscription("plain", news, model=True)
    assert until_owned(crossing, news)["param_schema"]["title"] == "Sum"


def test_published_once_and_only_while_subscribed(crossing):
    owner, reader, news = owned(crossing)
    if crossing.beyond.is_ours:
        assert owner.notices() == []
    reader.subscribe("plain", news)
    until_noticed(owner, "first")
    for number in range(10):
        owner.publish("plain", news, {"sum": number})
    heard = reader.until_heard("plain", data_event(news), 10)
    assert [message[1] for message in heard] == [{"sum": number} for number in range(10)]
    reader.unsubscribe("plain", news)
    until_noticed(owner, "first", "last")
    last = name("last")
    owner.publish("plain", news, {"sum": 99})
    owner.broadcast("plain", last)
    reader.until_heard("plain", last)
    assert len(reader.heard("plain", data_event(news))) == 10
    # And once more from the start.
    reader.subscribe("plain", news)
    until_noticed(owner, "first", "last", "first")
    owner.publish("plain", news, {"sum": 100})
    assert reader.until_heard("plain", data_event(news), 11)[-1][1] == {"sum": 100}


def test_two_readers_are_one_to_the_owner(crossing):
    owner, first, news = owned(crossing)
    second = crossing.consumer("plain")
    first.subscribe("plain", news)
    second.subscribe("plain", news)
    until_noticed(owner, "first")
    owner.publish("plain", news, {"sum": 1})
    for reader in (first, second):
        assert [message[1] for message in reader.until_heard("plain", data_event(news))] == [{"sum": 1}]
    first.unsubscribe("plain", news)
    owner.publish("plain", news, {"sum": 2})
    assert [message[1] for message in second.until_heard("plain", data_event(news), 2)] == [{"sum": 1}, {"sum": 2}]
    assert [moment for _, moment in owner.notices()] == ["first"]
    second.close()
    until_noticed(owner, "first", "last")
    assert len(first.heard("plain", data_event(news))) == 1


def test_readers_on_both_sides(crossing):
    owner, there, news = owned(crossing)
    here = crossing.provider("plain")
    here.subscribe("plain", news)
    there.subscribe("plain", news)
    until_noticed(owner, "first")

    def both_hear():
        owner.publish("plain", news, {"sum": 1})
        return all(reader.heard("plain", data_event(news)) for reader in (here, there))

    until(both_hear)
    here.unsubscribe("plain", news)
    assert [moment for _, moment in owner.notices()] == ["first"]
    there.unsubscribe("plain", news)
    until_noticed(owner, "first", "last")


def test_the_reader_was_there_first(crossing):
    """Subscribed to what nobody owns yet: the owner hears of it as soon as it comes."""
    news = name("news")
    reader = crossing.consumer("plain")
    reader.subscribe("plain", news)
    owner = crossing.provider("plain")
    owner.add_subscription("plain", news)
    until_noticed(owner, "first")
    owner.publish("plain", news, {"sum": 1})
    assert [message[1] for message in reader.until_heard("plain", data_event(news))] == [{"sum": 1}]


def test_the_owner_goes_and_comes_back(crossing):
    owner, reader, news = owned(crossing)
    reader.subscribe("plain", news)
    until_noticed(owner, "first")
    owner.close()
    until_not_owned(crossing, news, crossing.departure_patience)
    # With its owner a subscription goes, and its readers' entries with it: they ask again.
    again = crossing.provider("plain")
    again.add_subscription("plain", news)
    until_owned(crossing, news)
    reader.subscribe("plain", news)
    until_noticed(again, "first")
    again.publish("plain", news, {"sum": 2})
    assert [message[1] for message in reader.until_heard("plain", data_event(news))] == [{"sum": 2}]


def test_taken_back_by_an_owner_that_stays(crossing):
    if not crossing.origin.is_ours and crossing.origin.tells_departures:
        pytest.skip("a hub of 0.1.16 does not tell that a subscription is taken back")
    owner, _, news = owned(crossing)
    owner.remove_subscription("plain", news)
    until_not_owned(crossing, news, crossing.departure_patience)


def test_only_the_owner_publishes(crossing):
    owner, reader, news = owned(crossing)
    stranger = crossing.provider("plain")
    reader.subscribe("plain", news)
    until_noticed(owner, "first")
    stranger.publish("plain", news, {"sum": 1})
    owner.publish("plain", news, {"sum": 2})
    assert [message[1] for message in reader.until_heard("plain", data_event(news))] == [{"sum": 2}]


def test_the_same_name_owned_on_both_sides(crossing):
    """Each side's readers hear their own owner, and only that."""
    news = name("news")
    there = crossing.consumer("plain")
    there.add_subscription("plain", news)
    here = crossing.provider("plain")
    try:
        here.add_subscription("plain", news)
    except Exception as error:
        assert not crossing.origin.is_ours and "already owned by another client" in str(error)
        return
    reader = crossing.consumer("plain")
    reader.subscribe("plain", news)
    until_noticed(there, "first")
    here.publish("plain", news, {"sum": 1})
    there.publish("plain", news, {"sum": 2})
    assert [message[1] for message in reader.until_heard("plain", data_event(news))] == [{"sum": 2}]


def test_notices_name_what_they_are_about(crossing):
    owner, sync = crossing.origin.joined("plain")
    news = name("news")
    owner.ask({"type": "add_subscription", "channel": "plain", "sub_name": news}, "add")
    until_owned(crossing, news)
    crossing.consumer("plain").subscribe("plain", news)
    heard = owner.receive_until(lambda message: message.get("event") == f"subscription.{news}.first")[-1]
    assert heard["data"] == {"sub_name": news} and heard["channel"] == "plain"
    assert news not in json.dumps(sync)
