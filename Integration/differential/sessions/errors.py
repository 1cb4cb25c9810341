"""Section 8, error policies: who hears of whose mistake."""

from support.session import CLOSED, Open, Prove, send, session
from .words import call, differs, failed, join, logged, no_provider, provide, set_password

WATCHERS = (Open("w-errors"), Open("w-logs"), Open("w-system"), send("w-errors", join("1", "__comm_ipc_errors")),
            send("w-logs", join("1", "__comm_ipc_logs")), send("w-system", join("1", "__comm_ipc_system")))

#: The log of a protected channel reaches its members only, and w-logs is none.
PROTECT = send("a", set_password("pw", "2")).differing(
    differs("section 9: logs about a protected channel reach members only", "w-logs",
            [logged("Channel room password set/changed", "a")], []))

RAISE = "section 9: the culprit gets its answer before the connection ends"


def mistakes(policy):
    """Each mistake that a hub reports, by one client, under one policy."""
    return [
        session(f"{policy}: no provider", *WATCHERS, Open("a"), send("a", call("x", "1")), error_policy=policy),
        session(f"{policy}: provider conflict", *WATCHERS, Open("a"), Open("b"), send("a", provide("x", "1")),
                send("b", provide("x", "1")), error_policy=policy),
        session(f"{policy}: a provider without event", *WATCHERS, Open("a"), send("a", provide(None, "1")),
                error_policy=policy),
        session(f"{policy}: a stranger's password", *WATCHERS, Open("a"), Open("b"), send("a", join("1")),
                send("b", set_password("pw", "1")), send("b", {"type": "set_password", "channel": "room",
                                                               "password": "pw"}), error_policy=policy),
        session(f"{policy}: the wrong password", *WATCHERS, Open("a"), Open("b"), send("a", join("1")),
                PROTECT, send("b", join("1")), Prove("b", password="wp"), error_policy=policy),
        session(f"{policy}: a made-up challenge", *WATCHERS, Open("a"), Open("b"), send("a", join("1")),
                PROTECT, send("b", join("1", proof="00", challenge_id="made-up")),
                error_policy=policy),
    ]


SESSIONS = [
    *mistakes("ignore"),
    *mistakes("broadcast"),
    session("broadcast: the culprit watches itself", Open("errors"), send("errors", join("1", "__comm_ipc_errors")),
            send("errors", call("x", "2")), error_policy="broadcast"),
    session("ignore is the default", *WATCHERS, Open("a"), send("a", call("x", "1"))),

    session("raise: no provider", *WATCHERS, Open("a"), send("a", call("x", "1")).differing(
        differs(RAISE, "a", [CLOSED], [{**no_provider("x", "1"), "reason": "no_provider", "at": "hub-1"}, CLOSED])),
        error_policy="raise"),
    session("raise: provider conflict", Open("a"), Open("b"), send("a", provide("x", "1")),
            send("b", provide("x", "1")).differing(
                differs(RAISE, "b", [CLOSED],
                        [{**failed("1", "Provider already exists for room:x and group mode is incompatible"),
                          "channel": "room", "event": "x"}, CLOSED])),
            error_policy="raise"),
    session("raise: a provider without event is no reason", Open("a"), send("a", provide(None, "1")),
            error_policy="raise"),
    session("raise: a stranger's password", Open("a"), Open("b"), send("a", join("1")),
            send("b", set_password("pw", "1")).differing(
                differs(RAISE, "b", [CLOSED],
                        [failed("1", "Only the channel owner can set or change the password"), CLOSED])),
            error_policy="raise"),
    session("raise: the wrong password", Open("a"), Open("b"), send("a", join("1")), send("a", set_password("pw", "2")),
            send("b", join("1")), Prove("b", password="wp").differing(
                differs(RAISE, "b", [CLOSED], [failed("1", "Invalid channel password"), CLOSED])),
            error_policy="raise"),
]
