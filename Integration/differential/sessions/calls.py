"""Section 4: calls, responses, streams, paths and stamps."""

from support.session import Close, Open, Starting, send, session
from .words import answer, call, chunk, differs, error, forwarded, join, no_provider, provide, refused_call, tell

PAIR = (Open("p"), Open("me"), send("p", provide("add", "1")))

ONE_ANSWER = "section 9: a response nobody asked this client for"
NO_REQUEST_ID = "section 9: a call without a request id, or with one already in flight"
LOOP = "section 9: a call or an answer that already passed this hub"

unasked = answer("never", "me", 1)
second = answer("1", "me", 2)
stranger = answer("1", "me", "false")
nameless = {"type": "call", "channel": "room", "event": "add", "data": 1}
again = call("add", "1", 2)

SESSIONS = [
    session("call and answer", *PAIR, send("me", call("add", "1", {"a": 1, "b": 2})), send("p", answer("1", "me", 3))),
    session("call answered with an error", *PAIR, send("me", call("add", "1", {})),
            send("p", {"type": "response", "request_id": "1", "target_id": "me", "error": "bad numbers"})),
    session("no provider", Open("me"), send("me", call("add", "1")), send("me", join("2")),
            send("me", call("add", "3"))),
    session("no provider in an unknown channel", Open("me"), send("me", call("add", "1", channel="nowhere"))),
    session("no provider any more", *PAIR, send("me", call("add", "1")), send("p", answer("1", "me")), Close("p"),
            send("me", call("add", "2"))),
    session("calls of nothing in particular", Open("me"), send("me", {"type": "call", "request_id": "1"}).differing(
        differs("an absent name is empty here, not Python's None", "me", [no_provider(None, "1", None)],
                [{**no_provider("", "1", ""), "error": "No provider for :", "reason": "no_provider", "at": "hub-1"}]))),
    session("provider calls itself", *PAIR, send("p", call("add", "2", 5)), send("p", answer("2", "p", 6))),
    session("a caller need not join", *PAIR, send("me", call("add", "1")), send("p", answer("1", "me"))),
    session("many calls at once, answered out of order", *PAIR,
            send("me", *[call("add", str(number), number) for number in range(10)]),
            send("p", *[answer(str(number), "me", -number) for number in (3, 1, 4, 0, 5, 9, 2, 6, 8, 7)])),
    session("two callers may use one request id", *PAIR, Open("you"), send("me", call("add", "1", "mine")),
            send("you", call("add", "1", "yours")), send("p", answer("1", "you", "yours")),
            send("p", answer("1", "me", "mine"))),
    session("request ids that are no text", *PAIR, send("me", call("add", 7, 1)), send("p", answer(7, "me", 2))),
    session("a request id can be used again when answered", *PAIR, send("me", call("add", "1", 1)),
            send("p", answer("1", "me", 1)), send("me", call("add", "1", 2)), send("p", answer("1", "me", 2))),
    session("the answer to one who went", *PAIR, send("me", call("add", "1")), Close("me"),
            send("p", answer("1", "me")), send("p", join("2"))),
    session("an answer without target", *PAIR, send("me", call("add", "1")),
            send("p", {"type": "response", "request_id": "1", "data": 1}), send("p", answer("1", None, 1))),

    session("a stream of chunks", Open("p"), Open("me"), send("p", provide("ticks", "1", is_stream=True)),
            send("me", call("ticks", "1", {"n": 3}, is_stream=True, is_final=False)),
            *[send("p", chunk("1", "me", number)) for number in range(3)],
            send("p", chunk("1", "me", None, final=True))),
    session("a stream in one write", Open("p"), Open("me"), send("p", provide("ticks", "1", is_stream=True)),
            send("me", call("ticks", "1", is_stream=True, is_final=False)),
            send("p", *[chunk("1", "me", number) for number in range(100)], chunk("1", "me", None, final=True))),
    session("a stream that fails", Open("p"), Open("me"), send("p", provide("ticks", "1", is_stream=True)),
            send("me", call("ticks", "1", is_stream=True)), send("p", chunk("1", "me", 0)),
            send("p", {"type": "response", "request_id": "1", "target_id": "me", "error": "dry"})),
    session("two streams side by side", Open("p"), Open("me"), send("p", provide("ticks", "1", is_stream=True)),
            send("me", call("ticks", "1"), call("ticks", "2")),
            send("p", chunk("1", "me", "a"), chunk("2", "me", "b"), chunk("1", "me", "c", final=True),
                 chunk("2", "me", "d", final=True))),
    session("calls of 0.1.5: is_stream and is_final false", *PAIR,
            send("me", call("add", "1", is_stream=False, is_final=False, sub_name=None, target_id=None, signature="00",
                            server_id="hub-1", metadata={"k": [1]})), send("p", answer("1", "me", is_final=False))),

    # Stamps and paths
    session("stamps are added where absent", *PAIR, send("me", call("add", "1"))),
    session("stamps are kept where present", *PAIR,
            send("me", call("add", "1", timestamp=1234567890, origin_server_id="far-away"))),
    session("stamps are kept where nil", *PAIR, send("me", call("add", "1", timestamp=None, origin_server_id=None))),
    session("a stamp of another type is kept", *PAIR,
            send("me", call("add", "1", timestamp=12.75, origin_server_id=["odd"]))),
    session("a forged sender is replaced", *PAIR, send("me", call("add", "1", sender_id="p")),
            send("p", answer("1", "me", sender_id="server"))),
    session("the own id in a path ends a broadcast and a send", *PAIR, Open("w"), send("w", join("1")),
            send("me", {"type": "broadcast", "channel": "room", "event": "e", "data": 1, "path": ["hub-1"]}),
            send("me", tell("add", 1, path=["hub-0", "hub-1", "hub-2"]))),
    session("the own id in an answer's path", *PAIR, send("me", call("add", "1")),
            send("p", answer("1", "me", path=["hub-1"])).differing(
                differs("every call ends, that of a dropped answer too", "me", [],
                        [refused_call("loop", "add", "1")]))),
    session("the own id in a call's path", *PAIR,
            send("me", call("add", "1", path=["hub-1"])).differing(
                differs(LOOP, "me", [], [refused_call("loop", "add", "1")])),
            send("me", call("add", "2", path=["x", "hub-1", "y"])).differing(
                differs(LOOP, "me", [], [refused_call("loop", "add", "2")]))),
    session("foreign ids in a path stay, ours is appended", *PAIR,
            send("me", call("add", "1", path=["hub-7", "hub-10", "hub-"])), send("p", answer("1", "me", path=["far"])),
            send("me", call("add", "2", path=[])), send("me", tell("add", 1, path=["hub-11"]))),

    # Deliberately different
    session("a call without a request id", *PAIR, send("me", nameless).differing(
        differs(NO_REQUEST_ID, "p", [forwarded(nameless, "me")], []),
        differs(NO_REQUEST_ID, "me", [], [error(Starting(""))]))),
    session("a request id in flight", *PAIR, send("me", call("add", "1", 1)), send("me", again).differing(
        differs(NO_REQUEST_ID, "p", [forwarded(again, "me")], []),
        differs(NO_REQUEST_ID, "me", [], [error(Starting(""))]))),
    session("an answer that nobody asked for", *PAIR, send("p", unasked).differing(
        differs(ONE_ANSWER, "me", [forwarded(unasked, "p")], []))),
    session("a second answer", *PAIR, send("me", call("add", "1")), send("p", answer("1", "me", 1)),
            send("p", second).differing(differs(ONE_ANSWER, "me", [forwarded(second, "p")], []))),
    session("a stranger's answer", *PAIR, Open("x"), send("me", call("add", "1")), send("x", stranger).differing(
        differs(ONE_ANSWER, "me", [forwarded(stranger, "x")], [])), send("p", answer("1", "me", "true"))),
    session("the provider goes while a call waits", *PAIR, send("me", call("add", "1")), Close("p").differing(
        differs("section 9: a call's provider goes", "me", [], [refused_call("provider_lost", "add", "1")])),
        send("me")),
]
