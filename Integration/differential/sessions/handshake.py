"""Section 2: identify, the secret, ping."""

from support.session import (CLOSED, Close, Connect, FinishSending, Hear, Open, ProveSecret, SendBytes, Starting,
                             WaitForEnd, send, session)
from .words import differs, error, join

SECRET = "open sesame"
PONG = {"type": "pong"}


def identified(client_id):
    return {"type": "identified", "client_id": client_id, "server_id": "hub-1"}


FIRST_FRAME = "section 9: a first frame that is not identify"
PING = "section 2: ping is answered at any time; a Python hub swallows the first frame, whatever it is"
NAMES = "section 9: ids that would pass for the hub's own are refused"


def refused_id(title, client_id):
    """Python lets this id in, ours does not."""
    return session(
        title,
        Connect("a"),
        send("a", {"type": "identify", "client_id": client_id, "mode": "client"}),
        FinishSending("a"),
        WaitForEnd("a").differing(
            differs(NAMES, "a", [identified(client_id), CLOSED], [error(Starting("")), CLOSED])),
    )


SESSIONS = [
    session("identify", Open("a")),
    session("identify with unknown keys", Connect("a"),
            send("a", {"type": "identify", "client_id": "a", "mode": "client", "colour": [1, {"deep": None}]}),
            Hear("a")),
    session("an id of 1,024 bytes", Open("a", id="i" * 1024)),
    session("an id beyond ASCII", Open("a", id="käfer-☂-𝄞")),
    session("id in use", Open("a"), Connect("b"), send("b", {"type": "identify", "client_id": "a", "mode": "client"}),
            WaitForEnd("b"), send("a", join("1"))),
    session("an id is free again once its client has gone", Open("a"), Open("watch"), Close("a"), send("watch"),
            Open("a")),
    session("identify twice", Open("a"), send("a", {"type": "identify", "client_id": "b", "mode": "client"}),
            send("a", join("1"))),
    session("unknown message types are nothing", Open("a"), send("a", {"type": "sing"}, {"type": ""}),
            send("a", join("1"))),

    refused_id("the id server", "server"),
    refused_id("the id system", "system"),
    refused_id("an empty id", ""),
    refused_id("an id of 1,025 bytes", "i" * 1025),

    session("the right secret", Open("a", secret=SECRET), send("a", join("1")), connection_secret=SECRET),
    session("the wrong secret", Connect("a"), send("a", {"type": "identify", "client_id": "a", "mode": "client"}),
            Hear("a"), ProveSecret("a", secret="open barley"), WaitForEnd("a"), connection_secret=SECRET),
    session("an id in use behind a secret", Open("a", secret=SECRET), Connect("b"),
            send("b", {"type": "identify", "client_id": "a", "mode": "client"}), WaitForEnd("b"),
            connection_secret=SECRET),
    session("a failed proof leaves the id free", Connect("a"),
            send("a", {"type": "identify", "client_id": "x", "mode": "client"}), Hear("a"),
            ProveSecret("a", secret="open barley"), WaitForEnd("a"), Open("b", id="x", secret=SECRET),
            connection_secret=SECRET),
    session("another message where the proof is due", Connect("a"),
            send("a", {"type": "identify", "client_id": "a", "mode": "client"}), Hear("a"), send("a", join("1")),
            WaitForEnd("a").differing(differs("every close has a reason that the peer is told", "a", [CLOSED],
                                              [error("Not authenticated"), CLOSED])),
            connection_secret=SECRET),
    session("a proof message without a proof", Connect("a"),
            send("a", {"type": "identify", "client_id": "a", "mode": "client"}), Hear("a"),
            send("a", {"type": "conn_proof"}),
            WaitForEnd("a").differing(differs("every close has a reason that the peer is told", "a", [CLOSED],
                                              [error("Authentication failed"), CLOSED])),
            connection_secret=SECRET),

    session("first frame is not identify", Connect("a"), send("a", join("1")), FinishSending("a"),
            WaitForEnd("a").differing(
                differs(FIRST_FRAME, "a", [CLOSED], [error("Not authenticated"), CLOSED]))),
    session("ping ahead of identify", Connect("a"), send("a", {"type": "ping"}),
            send("a", {"type": "identify", "client_id": "a", "mode": "client"}, {"type": "ping"}), FinishSending("a"),
            WaitForEnd("a").differing(
                differs(PING, "a", [PONG, CLOSED], [PONG, identified("a"), PONG, CLOSED]))),
    session("ping in place of the proof", Connect("a"),
            send("a", {"type": "identify", "client_id": "a", "mode": "client"}), Hear("a"), send("a", {"type": "ping"}),
            FinishSending("a"), WaitForEnd("a").differing(differs(PING, "a", [CLOSED], [PONG, CLOSED])),
            connection_secret=SECRET),
    session("first frame is a ping, behind a secret", Connect("a"), send("a", {"type": "ping"}, join("1")),
            WaitForEnd("a").differing(
                differs(PING, "a", [error("Not authenticated"), CLOSED],
                        [PONG, error("Not authenticated"), CLOSED])),
            connection_secret=SECRET),
    session("nothing but ping before the proof of the secret", Connect("a"), send("a", {"type": "hello"}, join("1")),
            WaitForEnd("a"), connection_secret=SECRET),

    session("idle for longer than the idle timeout", Open("a"), WaitForEnd("a"), idle_timeout=1),
    session("a message left unfinished for longer than the data timeout", Open("a"),
            SendBytes("a", data=b"\x00\x00\x00\x10half"), WaitForEnd("a"), data_timeout=1),
    session("a mode that nobody knows", Connect("a"),
            send("a", {"type": "identify", "client_id": "a", "mode": "observer"}), FinishSending("a"),
            WaitForEnd("a").differing(
                differs("section 2: a mode is client or bridge", "a", [identified("a"), CLOSED],
                        [error('identify: mode must be "client" or "bridge"'), CLOSED]))),
]
