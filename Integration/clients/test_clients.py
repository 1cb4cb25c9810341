"""comm-ipc's own clients on our hub: a provider of one release and a consumer of the same or the other.

For each combination the two scripts run once; each scenario's outcome is then a test of its own.
"""

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from support import pythons
from support.addresses import hub_on, settings_for
from support.scripts import Script

TRANSPORTS = ["unix", "tcp", "tls"]
SECRETS = ["", "secret"]

#: (provider's release, consumer's release, transport, secret)
COMBINATIONS = [
    *[(release, release, transport, secret)
      for release in pythons.RELEASES for transport in TRANSPORTS for secret in SECRETS],
    *[(provider, consumer, transport, secret)
      for provider, consumer in (("0.1.5", "0.1.16"), ("0.1.16", "0.1.5"))
      for transport, secret in (("unix", ""), ("tls", "secret"))],
]

#: What each scenario of scripts/consumer.py must tell.
EXPECTED = {
    "calls": [[1, 2, 3], True],
    "data": [True, True, "float"],
    "large": 3_000_000,
    "errors": ["as asked", "No provider for plain:nothing", "1 validation error for Numbers"],
    "models": "Sum",
    "streams": [[0, 1, 2, 3, 4], True],
    "streams_side_by_side": [10, 20, 30],
    "abandoned_stream": [[True, True, True], 2],
    "group": ["worker-1", "worker-2"],
    "subscription": [[[{"sum": number}, "provider", "hub-1"] for number in range(3)],
                     [["first", {"sub_name": "news"}], ["last", {"sub_name": "news"}]]],
    "broadcast": [[["consumer", {"loud": True}]], [["provider", {"louder": True}]]],
    "send": [{"now": 1}],
    "explore": [{"add": False, "count": True, "team.work": False}, "Numbers", "provider", ["a", "b"], "Sum"],
    "no_password": ["Channel vault requires authentication, but no password was provided.", "Invalid channel password"],
    "password": [{"gold": {"z": 1.0, "a": "ä☂𝄞", "n": None}}, [{"b": 2.5, "a": [1e16]}],
                 [["provider", {"x": -0.0}]]],
    "unsigned": ["Invalid signature for channel vault", True],
    "close": "closed",
}

#: Scenarios of methods that only a consumer of 0.1.16 has.
EXPECTED_NEW = {
    "members": [[name, "client", True] for name in ("provider", "files", "worker-1", "worker-2", "consumer")],
    "files": True,
}


def scenarios_of(consumer):
    return {**EXPECTED, **(EXPECTED_NEW if consumer == "0.1.16" else {})}


@pytest.fixture(scope="module")
def outcomes(certificates):
    """{scenario: its entry} of a combination, played at first use."""
    played = {}

    def outcome(provider, consumer, transport, secret):
        key = (provider, consumer, transport, secret)
        if key not in played:
            played[key] = play(*key)
        return played[key]

    def play(provider, consumer, transport, secret):
        folder = Path(tempfile.mkdtemp(prefix="hub-", dir="/tmp"))
        try:
            with hub_on(transport, secret, folder, certificates) as hub:
                settings = settings_for(hub, transport, secret, certificates)
                with Script(provider, "provider", settings) as providing:
                    providing.entry("ready")
                    with Script(consumer, "consumer", settings) as consuming:
                        return {entry["scenario"]: entry for entry in consuming.finish()}
        except AssertionError as failure:
            return {"failure": str(failure)}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return outcome


CASES = [
    pytest.param(combination, scenario,
                 id="-".join([f"{combination[0]} serves {combination[1]}", *filter(None, combination[2:]), scenario]),
                 marks=[pythons.needs_sound_close] if scenario == "close" else [])
    for combination in COMBINATIONS for scenario in scenarios_of(combination[1])
]


@pytest.mark.parametrize("combination, scenario", CASES)
def test_scenario(combination, scenario, outcomes):
    outcome = outcomes(*combination)
    entry = outcome.get(scenario, outcome.get("failure", f"{scenario} was not told"))
    expected = {"scenario": scenario, "result": scenarios_of(combination[1])[scenario]}
    assert json.dumps(entry, sort_keys=True) == json.dumps(expected, sort_keys=True)
