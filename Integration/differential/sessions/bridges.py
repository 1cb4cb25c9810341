"""Section 7: members of other hubs, announced by a bridge."""

from support.session import Close, Open, Starting, send, session
from .words import announce, answer, call, differs, error, forget, join, list_members, provide, remote

BRIDGED = (Open("b", mode="bridge"), Open("a"), send("a", join("1")), send("b", join("1")))
TWO = (*BRIDGED, Open("c", mode="bridge"), send("c", join("1")))

EVERY_CHANNEL = "Python forgets the second channel of a remote whose way it knows; here it is a member of both"
NAMELESS = "section 9: forget_remote without an id"
LOCAL = {"id": "a", "mode": "client", "is_local": True, "path": []}


def members(request_id, *entries):
    return {"type": "response", "request_id": request_id, "data": {"members": list(entries)}}


def remote_joined(client, channel, *path):
    return {"type": "metadata_update", "channel": channel, "stype": "membership", "action": "join", "owner": client,
            "mode": "client", "is_local": False, "path": list(path)}


def bridged(title, *steps, **options):
    return session(title, *steps, since="0.1.16", **options)


SESSIONS = [
    bridged("announce", *BRIDGED, send("b", announce(remote("far", "hub-2"))), send("a", list_members("2"))),
    bridged("announce several", *BRIDGED, send("b", announce(remote("far", "hub-2"), remote("near", "hub-3"))),
            send("b", announce(remote("other", "hub-3", "hub-2", mode="bridge"))), send("a", join("2"))),
    bridged("announce bare ids", *BRIDGED, send("b", announce("far")), send("a", list_members("2"))),
    bridged("announce with defaults", *BRIDGED, send("b", announce({"id": "far"})), send("a", list_members("2"))),
    bridged("announce nobody", *BRIDGED, send("b", announce()), send("a", list_members("2"))),
    bridged("announce what went through here", *BRIDGED, send("b", announce(remote("far", "hub-2", "hub-1"))),
            send("a", list_members("2"))),
    bridged("only bridges may announce", *BRIDGED, Open("x"), send("x", announce(remote("far", "hub-2"))),
            send("a", list_members("2")), send("b", announce(remote("far", "hub-2"))), send("x", forget("far")),
            send("a", list_members("3"))),
    bridged("announce on another channel", *BRIDGED, send("b", announce(remote("far", "hub-2"), channel="elsewhere")),
            send("a", list_members("2")), send("a", list_members("3", "elsewhere"))),
    bridged("announce without a channel", *BRIDGED, send("b", {"type": "announce_remote",
                                                               "clients": [remote("far", "hub-2")]}),
            send("a", list_members("2"))),
    bridged("a longer way does not replace a shorter", *TWO, send("b", announce(remote("far", "hub-2"))),
            send("c", announce(remote("far", "hub-3", "hub-2"))), send("a", list_members("2"))),
    bridged("an equal way does not replace the first", *TWO, send("b", announce(remote("far", "hub-2"))),
            send("c", announce(remote("far", "hub-3"))), send("a", list_members("2"))),
    bridged("a shorter way replaces a longer", *TWO, send("b", announce(remote("far", "hub-3", "hub-2"))),
            send("c", announce(remote("far", "hub-2"))), send("a", list_members("2"))),
    bridged("announce again", *BRIDGED, send("b", announce(remote("far", "hub-2"))),
            send("b", announce(remote("far", "hub-2"))), send("a", list_members("2"))),
    bridged("the same remote on two channels", *BRIDGED, send("a", join("2", "two")),
            send("b", announce(remote("far", "hub-2"))),
            send("b", announce(remote("far", "hub-2"), channel="two")).differing(
                differs(EVERY_CHANNEL, "a", [], [remote_joined("far", "two", "hub-2")])),
            send("a", list_members("3")),
            send("a", list_members("4", "two")).differing(
                differs(EVERY_CHANNEL, "a", [members("4", LOCAL)], [members("4", LOCAL, {
                    "id": "far", "mode": "client", "is_local": False, "path": ["hub-2"], "bridge_id": "b"})]))),
    bridged("forget", *BRIDGED, send("b", announce(remote("far", "hub-2"))), send("b", forget("far")),
            send("a", list_members("2")), send("b", announce(remote("far", "hub-3", "hub-2")))),
    bridged("forget everywhere", *BRIDGED, send("b", announce(remote("far", "hub-2"))),
            send("b", {"type": "forget_remote", "id": "far"}), send("a", list_members("2"))),
    bridged("forget whom nobody knows", *BRIDGED, send("b", forget("far")), send("a", list_members("2"))),
    bridged("forget nobody", *BRIDGED, send("b", {"type": "forget_remote"}).differing(
        differs(NAMELESS, "b", [], [error(Starting("malformed message: id must be a string"))])),
        send("a", list_members("2"))),
    bridged("another bridge's remote cannot be forgotten", *TWO, send("b", announce(remote("far", "hub-2"))),
            send("c", forget("far")), send("a", list_members("2"))),
    bridged("an answer to a remote client goes to its bridge", *BRIDGED, send("a", provide("x", "2")),
            send("b", announce(remote("far", "hub-2"))), send("b", call("x", "r1")), send("a", answer("r1", "far", 1))),
    bridged("the bridge itself leaves", *BRIDGED, Close("b"), send("a", list_members("2"))),
]
