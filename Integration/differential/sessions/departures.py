"""What a client leaves behind: owner policies, memberships, subscriptions."""

from support.session import Close, Open, send, session
from .words import answer, broadcast, call, declare, join, list_members, provide, publish, set_password, subscribe

THREE = (Open("o"), Open("a"), Open("b"), send("o", join("1")), send("a", join("1")), send("b", join("1")))

SESSIONS = [
    session("terminate: everyone is put out", *THREE, Close("o"), send("a", broadcast("e", 1))),
    session("terminate is the word for it", *THREE, Close("o"), send("a", broadcast("e", 1)),
            channel_policy="terminate"),
    session("terminate: providers are put out too", *THREE, send("a", provide("x", "2")), Open("p"),
            send("p", provide("y", "1")), Close("o"), send("b", call("x", "2"), call("y", "3"))),
    session("terminate: whoever comes next owns the channel", *THREE, Close("o"), send("b", join("2")),
            send("a", join("2")), send("a", set_password("pw", "3")), send("b", set_password("pw", "3"))),
    session("terminate: a member that goes ends nothing", *THREE, Close("a"), send("b", broadcast("e", 1)),
            send("o", broadcast("e", 2))),
    session("terminate: an owner of two channels", Open("o"), Open("a"), send("o", join("1", "one"), join("2", "two")),
            send("a", join("1", "one"), join("2", "two"), join("3", "three")), Close("o"),
            send("a", broadcast("e", 1, "three"))),
    session("terminate: an owner that only provides", Open("o"), Open("a"), send("o", provide("x", "1")),
            send("a", join("1")), Close("o"), send("a", call("x", "2"))),
    session("promote: the next member owns the channel", *THREE, Close("o"), send("b", broadcast("e", 1)),
            send("b", set_password("pw", "2")), send("a", set_password("pw", "2")), channel_policy="promote"),
    session("promote: the rest stay", *THREE, send("a", provide("x", "2")), Close("o"), send("b", call("x", "2")),
            send("a", answer("2", "b")), send("b", broadcast("e", 1)), channel_policy="promote"),
    session("promote: a mere provider can be promoted", Open("o"), Open("p"), Open("a"), send("o", join("1")),
            send("p", provide("x", "1")), send("a", join("1")), Close("o"), send("a", set_password("pw", "2")),
            send("p", set_password("pw", "2")), channel_policy="promote"),
    session("the last one takes the channel along", Open("o"), Open("a"), send("o", join("1")), Close("o"),
            send("a", join("1")), send("a", set_password("pw", "2"))),
    session("an owner that comes back is the last in line", *THREE, Close("o"), send("a"), Open("o"),
            send("o", join("1")), send("o", set_password("pw", "2")), send("a", set_password("pw", "2")),
            channel_policy="promote"),

    session("leaving is told to the joined ones", *THREE, Open("p"), send("p", provide("x", "1")), Close("b"),
            send("a"), Close("p"), send("a")),
    session("leaving is told once a channel", Open("o"), Open("a"), send("o", join("1", "one"), join("2", "two")),
            send("a", join("1", "one"), join("2", "two"), provide("x", "3", "two")), Close("a"), send("o")),
    session("members after one has gone", *THREE, Close("a"), send("o", list_members("2")), since="0.1.16"),
    session("members after the owner has gone", *THREE, Close("o"), send("a", list_members("2")), since="0.1.16"),

    session("who is put out may still answer", *THREE, send("a", provide("x", "2")), send("b", call("x", "2")),
            Close("o"), send("a", answer("2", "b"))),
    session("subscriptions outlive a termination", *THREE, send("a", declare("news", "2")),
            send("b", subscribe("news", "2")), Close("o"), send("a", publish("news", 1)), send("a", join("3"))),
]
