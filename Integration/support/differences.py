"""Differences between the hubs that hold everywhere. Those of one session stand beside its steps.

Each is a function that turns what a Python hub said into what ours must say, for one message; docs/wire/comm-ipc.md,
section 9, gives the reasons.
"""

from .hub import SERVER_ID


def no_provider_names_reason_and_place(message, release):
    """Section 4: hub-made answers to a call carry `reason` and `at` beside the Python hub's fields."""
    if message["type"] == "response" and str(message.get("error", "")).startswith("No provider for "):
        return {**message, "reason": "no_provider", "at": SERVER_ID}
    return message


def old_hub_does_not_tell_streams_and_groups(message, release, told=None):
    """Section 9, last row: 0.1.5 leaves is_stream and is_group out of its notices; ours puts them in.

    What they are follows from the registration, which the old hub's notice does not show: `told` is our notice,
    and only these two keys are taken from it.
    """
    if release != "0.1.5":
        return message
    if message["type"] == "metadata_update" and message["stype"] == "event":
        return {**message, **flags(told)}
    if message["type"] == "channel_sync":
        ours = told.get("events", {}) if told else {}
        return {**message, "events": {name: {**event, **flags(ours.get(name))}
                                      for name, event in message["events"].items()}}
    return message


def flags(told):
    told = told or {}
    return {key: told.get(key) for key in ("is_stream", "is_group") if isinstance(told.get(key), bool)}


def expected_of_ours(message, release, told):
    """A Python hub's message as our hub should send it; `told` is what ours sent in that place, if a map."""
    if not isinstance(message, dict):
        return message
    message = no_provider_names_reason_and_place(message, release)
    return old_hub_does_not_tell_streams_and_groups(message, release, told if isinstance(told, dict) else None)
