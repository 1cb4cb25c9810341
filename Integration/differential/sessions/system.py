"""Section 8: what watchers of the system channels see."""

from support.session import Close, Open, Prove, send, session
from .words import declare, differs, join, logged, provide, set_password, subscribe, withdraw


def watching(channel):
    return (Open("watch"), send("watch", join("1", channel)))


SESSIONS = [
    session("watch registrations", *watching("__comm_ipc_system"), Open("a"), send("a", join("1")),
            send("a", provide("x", "2")), send("a", provide("s", "3", is_stream=True)),
            send("a", provide("g", "4", is_group=True)), send("a", join("5", event="odd", is_stream=True))),
    session("watch a protected registration as a member", Open("watch"), Open("o"), send("o", join("1")),
            send("o", set_password("pw", "2")), send("watch", join("1")), Prove("watch", password="pw"),
            send("watch", join("2", "__comm_ipc_system")), Open("a"), send("a", join("1")),
            Prove("a", password="pw")),
    session("watch failed registrations", *watching("__comm_ipc_system"), Open("a"), Open("b"),
            send("a", provide("x", "1")), send("b", provide("x", "1")), send("b", provide(None, "2"))),
    session("registrations before the watcher are not told", Open("a"), send("a", join("1")),
            *watching("__comm_ipc_system")),
    session("watch the log", *watching("__comm_ipc_logs"), Open("a"), send("a", join("1")), Close("a"), send("watch")),
    session("watch the log: subscriptions", *watching("__comm_ipc_logs"), Open("a"), Open("b"),
            send("a", declare("news", "1")), send("b", subscribe("news", "1")), send("a", withdraw("news", "2")),
            send("a", declare("more", "3")), Close("a"), send("watch")),
    session("watch the log: passwords, as a stranger", *watching("__comm_ipc_logs"), Open("a"), send("a", join("1")),
            send("a", set_password("pw", "2"), set_password("pw", "3"), set_password("pw2", "4")).differing(
                differs("section 9: logs about a protected channel reach members only", "watch",
                        [logged("Channel room password set/changed", "a")] * 2, []))),
    session("watch the log: passwords, as the owner", Open("a"), send("a", join("1", "__comm_ipc_logs")),
            send("a", join("2")), send("a", set_password("pw", "3")),
            send("a", set_password("pw", "4")), send("a", set_password("pw2", "5"))),
    session("watch the log behind a secret", Open("watch", secret="s"), send("watch", join("1", "__comm_ipc_logs")),
            Open("a", secret="s"), send("a", declare("news", "1")), connection_secret="s"),
    session("watch without errors", *watching("__comm_ipc_errors"), Open("a"), send("a", join("1")),
            error_policy="broadcast"),
    session("two watchers", *watching("__comm_ipc_system"), Open("second"),
            send("second", join("1", "__comm_ipc_system")), Open("a"), send("a", provide("x", "1")), Close("second"),
            send("a", provide("y", "2"))),
]
