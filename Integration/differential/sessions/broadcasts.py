"""Section 4: broadcast and send."""

from support.session import Close, Open, send, session
from .words import broadcast, call, join, provide, tell

THREE = (Open("a"), Open("b"), Open("c"), send("a", join("1")), send("b", join("1")), send("c", join("1")))

SESSIONS = [
    session("broadcast", *THREE, send("a", broadcast("news", {"n": 1}))),
    session("broadcasts keep their order", *THREE, send("a", *[broadcast("news", number) for number in range(50)])),
    session("broadcast by one who did not join", *THREE, Open("x"), send("x", broadcast("news", 1))),
    session("a mere provider gets no broadcasts", *THREE, Open("p"), send("p", provide("e", "1")),
            send("a", broadcast("news", 1)), send("p", broadcast("news", 2))),
    session("broadcast to nobody", Open("a"), send("a", broadcast("news", 1)), send("a", join("1")),
            send("a", broadcast("news", 2))),
    session("broadcast reaches its channel only", *THREE, Open("d"), send("d", join("1", "elsewhere")),
            send("a", broadcast("news", 1)), send("d", broadcast("news", 2, channel="elsewhere"))),
    session("a broadcast's further fields pass", *THREE,
            send("a", broadcast("news", 1, request_id="7", target_id="b", signature="ab", metadata={"x": 1},
                                is_final=True, sub_name=None))),
    session("a broadcast without event and data", *THREE, send("a", {"type": "broadcast", "channel": "room"})),
    session("who joined twice gets one copy", *THREE, send("b", join("2")), send("a", broadcast("news", 1))),
    session("who went gets none", *THREE, Close("c"), send("a", broadcast("news", 1))),
    session("two senders", *THREE, send("a", broadcast("news", 1)), send("b", broadcast("news", 2)),
            send("c", broadcast("news", 3))),

    session("send reaches the provider", *THREE, send("b", provide("e", "2")), send("a", tell("e", {"x": 1}))),
    session("send to nobody", *THREE, send("a", tell("e", 1)), send("a", tell("e", 1, channel="nowhere"))),
    session("send to oneself", *THREE, send("a", provide("e", "2")), send("a", tell("e", 1))),
    session("send with a request id is not answered", *THREE, send("b", provide("e", "2")),
            send("a", tell("e", 1, request_id="9"))),
    session("send does not count as a call", Open("p"), Open("q"), Open("me"),
            send("p", provide("e", "1", is_group=True)), send("q", provide("e", "1", is_group=True)),
            send("me", *[tell("e", number) for number in range(3)]),
            send("me", call("e", "1"))),
]
