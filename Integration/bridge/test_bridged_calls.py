"""Calls to providers on the other side: answers, errors, and calls that nobody can answer."""

import pytest

from support.programs import Refused
from support.waiting import until
from support.worlds import name


def test_answers(crossing):
    event = name("echo")
    provider = crossing.provider("plain").provide("plain", event)
    consumer = crossing.consumer("plain")
    data = {"none": None, "text": "ä☂𝄞", "float": 1.5, "whole float": 1.0, "big": 2**64 - 1, "low": -2**63,
            "list": [1, [2, {"three": 3}]], "yes": True}
    answer = consumer.until_answered("plain", event, data)
    assert answer == {"by": provider.name, "data": data}
    assert type(answer["data"]["whole float"]) is float


def test_many_at_once(crossing):
    event = name("echo")
    crossing.provider("plain").provide("plain", event)
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", event)
    answers = consumer.do("calls", channel="plain", event=event, count=200)
    assert [answer["data"] for answer in answers] == list(range(200))


def test_a_providers_error_travels(crossing):
    event = name("fail")
    crossing.provider("plain").provide("plain", event, "fail")
    consumer = crossing.consumer("plain")

    def error():
        text = consumer.error_of_call("plain", event, "now")
        return None if text.startswith("No provider") else text

    assert until(error) == "as asked: now"


def test_models_are_checked_at_the_provider(crossing):
    event = name("add")
    crossing.provider("plain").provide("plain", event, "add", models=True)
    consumer = crossing.consumer("plain")
    assert consumer.until_answered("plain", event, {"a": 2, "b": 3}) == {"sum": 5}
    assert "validation error for Numbers" in consumer.error_of_call("plain", event, {"a": "two", "b": 3})


def test_nobody(crossing):
    event = name("nobody")
    consumer = crossing.consumer("plain")
    with pytest.raises(Refused, match=f"^No provider for plain:{event}$"):
        consumer.call("plain", event)


def test_a_large_payload(crossing):
    event = name("echo")
    crossing.provider("plain").provide("plain", event)
    consumer = crossing.consumer("plain")
    consumer.until_answered("plain", event)
    text = "0123456789abcdef" * (1 << 16)
    assert consumer.call("plain", event, text)["data"] == text
