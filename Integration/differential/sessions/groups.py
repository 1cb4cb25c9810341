"""Groups: who may join one, and who is asked."""

from support.session import Answer, Close, Open, send, session
from .words import answer, call, chunk, join, provide, tell


def group(event, request_id, **more):
    return provide(event, request_id, is_group=True, **more)


THREE = (Open("a"), Open("b"), Open("c"), Open("me"),
         send("a", group("work", "1")), send("b", group("work", "1")), send("c", group("work", "1")))


def calls(first, last, event="work"):
    """Calls by "me", one step each, with request ids first…last."""
    return tuple(send("me", call(event, str(number))) for number in range(first, last + 1))


SESSIONS = [
    session("least active, unanswered: each in turn", *THREE, *calls(1, 7)),
    session("least active, answered at once: always the first", *THREE,
            *[step for number in range(1, 4)
              for step in (send("me", call("work", str(number))), send("a", answer(str(number), "me", number)))]),
    session("least active: counts fall with answers", *THREE, *calls(1, 6),
            send("b", answer("2", "me")), *calls(7, 7), send("c", answer("3", "me")), send("c", answer("6", "me")),
            *calls(8, 10)),
    session("least active: an error is an answer", *THREE, *calls(1, 3),
            send("b", {"type": "response", "request_id": "2", "target_id": "me", "error": "no"}), *calls(4, 5)),
    session("least active counts a client over all its events", *THREE, send("a", group("other", "2")),
            send("b", group("other", "2")), *calls(1, 1), send("me", call("other", "o1")), *calls(2, 2),
            send("me", call("other", "o2"))),
    session("least active: a lone provider's calls count as well", *THREE, send("a", provide("own", "2")),
            send("me", call("own", "o1")), *calls(1, 2)),
    session("least active: a stream that ends with its first answer", *THREE, *calls(1, 3),
            send("b", chunk("2", "me", None, final=True)), *calls(4, 5)),
    session("least active: a member that goes leaves no gap", *THREE, *calls(1, 1), Close("b"), send("me"),
            *calls(2, 5)),
    session("least active: a member that comes back starts at nought", *THREE, *calls(1, 3),
            Answer("me", request_id="3"), Close("c"), send("me"), Open("c"), send("c", group("work", "1")),
            *calls(4, 6)),
    session("least active is the word for it", *THREE, *calls(1, 4), lb_policy="least-active"),
    session("least active under load", *THREE,
            *[step for number in range(1, 40)
              for step in (send("me", call("work", str(number))),
                           # Two calls come for each answer, and the answers overtake each other.
                           *([Answer("me", request_id=str(number // 2 ^ 1))] if number % 2 and number > 3 else []))]),
    session("round robin", *THREE, *calls(1, 7), lb_policy="round-robin"),
    session("round robin does not mind answers", *THREE, *calls(1, 1), send("a", answer("1", "me")), *calls(2, 4),
            lb_policy="round-robin"),
    session("round robin, per event", *THREE, send("a", group("other", "2")), send("b", group("other", "2")),
            *calls(1, 2), send("me", call("other", "o1")), *calls(3, 3), send("me", call("other", "o2")), *calls(4, 4),
            lb_policy="round-robin"),
    session("round robin shares its turn with send", *THREE, *calls(1, 1), send("me", tell("work", 1)), *calls(2, 2),
            lb_policy="round-robin"),
    session("round robin when a member goes", *THREE, *calls(1, 2), Close("c"), send("me"), *calls(3, 5),
            lb_policy="round-robin"),
    session("round robin when a member comes", *THREE, *calls(1, 2), Open("d"), send("d", group("work", "1")),
            *calls(3, 7), lb_policy="round-robin"),
    session("round robin under load", *THREE, send("me", *[call("work", str(number)) for number in range(50)]),
            lb_policy="round-robin"),
    session("send goes to the least active and does not count", *THREE, send("me", tell("work", 1)),
            send("me", tell("work", 2)), *calls(1, 1), send("me", tell("work", 3))),

    session("a group is announced as one", Open("w"), send("w", join("1")), *THREE, Open("late"),
            send("late", join("1"))),
    session("a group member goes: the event stays", *THREE, Close("a"), send("me", join("1")), *calls(1, 4),
            channel_policy="promote"),
    session("one that is no group cannot join a group", Open("a"), Open("b"), send("a", group("x", "1")),
            send("b", provide("x", "1"))),
    session("a group cannot join one that is none", Open("a"), Open("b"), send("a", provide("x", "1")),
            send("b", group("x", "1"))),
    session("a member that registers again is still one member", *THREE, send("a", group("work", "2")), *calls(1, 4)),
    session("a member that says it is no group closes the group", *THREE, send("a", provide("work", "2")), Open("d"),
            send("d", group("work", "1")), *calls(1, 4)),
    session("a lone provider may turn into a group", Open("a"), Open("b"), Open("me"), send("a", provide("work", "1")),
            send("a", group("work", "2")), send("b", group("work", "1")), *calls(1, 2)),
    session("group names are only names", Open("a"), Open("b"), Open("me"), send("a", group("team.work", "1")),
            send("b", group("team.work", "1")), *calls(1, 2, event="team.work")),
]
