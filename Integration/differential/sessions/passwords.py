"""Section 3, protected channels."""

from support.session import Close, Open, Prove, Starting, send, session
from .words import (broadcast, call, differs, declare, done, failed, join, list_members, provide, publish, set_password,
                    subscribe, tell)

PROTECTED = (Open("o"), Open("a"), Open("b"), send("o", join("1")), send("o", set_password("pw", "2")))

STRANGER = "section 9: set_password by a stranger on a channel that has a password but no member"
EMPTY = "section 9: set_password with no or an empty password"

SESSIONS = [
    session("the owner sets a password", *PROTECTED),
    session("a stranger may not set one", Open("o"), Open("a"), send("o", join("1")),
            send("a", set_password("pw", "1")), send("a", join("2")), send("a", set_password("pw", "3")),
            send("a", {"type": "set_password", "channel": "room", "password": "pw"})),
    session("a provider can be the owner", Open("o"), Open("a"), send("o", provide("e", "1")), send("a", join("1")),
            send("a", set_password("pw", "2")), send("o", set_password("pw", "2"))),
    session("a password on a channel without members makes an owner", Open("o"), Open("a"),
            send("o", set_password("pw", "1")), send("a", set_password("other", "1")), send("a", join("2")),
            Prove("a", password="pw")),
    session("set_password without request id", Open("o"), Open("a"), send("o", join("1")),
            send("o", {"type": "set_password", "channel": "room", "password": "pw"}), send("a", join("1"))),
    session("the same password again changes nothing", *PROTECTED, send("a", join("1")), Prove("a", password="pw"),
            send("o", set_password("pw", "3")), send("o", broadcast("e", 1))),

    session("join with the right password", *PROTECTED, send("a", join("1")), Prove("a", password="pw"),
            send("o", broadcast("e", 1)), send("a", broadcast("e", 2))),
    session("provide with the right password", *PROTECTED,
            send("a", provide("e", "1", param_schema={"type": "object"})), Prove("a", password="pw"),
            send("o", call("e", "3"))),
    session("the owner proves as well", *PROTECTED, send("o", join("3")), Prove("o", password="pw"),
            send("o", provide("e", "4")), Prove("o", password="pw")),
    session("nested register on a protected channel", *PROTECTED, send("a", {"type": "register", "reg": join("1")}),
            Prove("a", password="pw")),
    session("the wrong password", *PROTECTED, send("a", join("1")), Prove("a", password="wp"),
            send("o", broadcast("e", 1))),
    session("a challenge serves once, right or wrong", *PROTECTED, send("a", join("1")), Prove("a", password="wp"),
            Prove("a", password="pw"), send("a", join("2")), Prove("a", password="pw"), Prove("a", password="pw")),
    session("several challenges at once", *PROTECTED, send("a", join("1"), provide("e", "2")),
            Prove("a", password="pw", challenge=1), Prove("a", password="pw", challenge=0)),
    session("a made-up challenge id", *PROTECTED, send("a", join("1")),
            Prove("a", password="pw", fields={"challenge_id": "made-up"}), Prove("a", password="pw")),
    session("a proof without a challenge id", *PROTECTED,
            send("a", join("1", proof="00"))),
    session("another client's challenge", *PROTECTED, send("b", join("1")),
            Prove("a", password="pw", challenge_of="b"), send("a", join("2")),
            Prove("a", password="pw", challenge_of="b"), Prove("b", password="pw")),
    session("an empty proof asks for a new challenge", *PROTECTED, send("a", join("1")),
            Prove("a", password="pw", fields={"proof": ""}), Prove("a", password="pw")),
    session("a proof in upper case", *PROTECTED, send("a", join("1")), Prove("a", password="pw", written=str.upper)),
    session("a proof that is cut", *PROTECTED, send("a", join("1")),
            Prove("a", password="pw", written=lambda proof: proof[:-1])),
    session("the registration first sent is carried out", *PROTECTED, send("a", provide("mine", "1")),
            Prove("a", password="pw", request_id="2", fields={"is_provider": False, "event": "other"})),
    session("a proof where there is no password is ignored", Open("a"),
            send("a", join("1", proof="00", challenge_id="x"))),
    session("a protected registration without request id", *PROTECTED,
            send("a", {"type": "register", "channel": "room"}), Prove("a", password="pw")),
    session("passwords beyond ASCII", Open("o"), Open("a"), send("o", join("1")),
            send("o", set_password("schlüssel☂", "2")), send("a", join("1")), Prove("a", password="schlüssel☂")),
    session("a provider without event, protected", *PROTECTED, send("a", provide(None, "1")),
            Prove("a", password="pw")),
    session("a conflict, protected", *PROTECTED, send("a", provide("e", "1")), Prove("a", password="pw"),
            send("b", provide("e", "1")), Prove("b", password="pw")),

    session("a changed password puts the others out", *PROTECTED, send("a", join("1")), Prove("a", password="pw"),
            send("b", provide("e", "1")), Prove("b", password="pw"), send("o", set_password("pw2", "3")),
            send("o", call("e", "4")), send("o", broadcast("n", 1)), send("a", join("2")), Prove("a", password="pw"),
            send("a", join("3")), Prove("a", password="pw2"), send("o", broadcast("n", 2))),
    session("the first password puts the others out too", Open("o"), Open("a"), Open("b"), send("o", join("1")),
            send("a", join("1")), send("b", provide("e", "1")), send("o", set_password("pw", "2")),
            send("o", broadcast("n", 1)), send("a", join("2")), Prove("a", password="pw")),
    session("a password goes with the last member", *PROTECTED, Close("o"), send("a", join("1"))),
    session("a password stays while somebody is a member", *PROTECTED, send("a", join("1")), Prove("a", password="pw"),
            Close("o"), send("b", join("1")), Prove("b", password="pw"), channel_policy="promote"),
    session("the promoted owner may change the password", *PROTECTED, send("a", join("1")), Prove("a", password="pw"),
            Close("o"), send("a", set_password("pw2", "2")), send("b", join("1")), Prove("b", password="pw2"),
            channel_policy="promote"),
    session("a password given at the start", Open("a"), Open("b"), send("a", join("1")), Prove("a", password="pw"),
            send("b", join("1")), Prove("b", password="wp"), send("b", join("2")), Prove("b", password="pw"),
            send("a", broadcast("e", 1)), system_passwords={"room": "pw"}),
    session("members of a protected channel, asked for by one", *PROTECTED, send("a", join("1")),
            Prove("a", password="pw"), send("a", list_members("2")), since="0.1.16"),
    session("subscriptions on a protected channel, among members", *PROTECTED, send("a", join("1")),
            Prove("a", password="pw"), send("o", declare("news", "3")), send("a", subscribe("news", "2")),
            send("o", publish("news", 1)), send("a", tell("nothing", 1))),

    # Deliberately different
    session("a stranger and a password given at the start", Open("a"), send("a", set_password("mine", "1")).differing(
        differs(STRANGER, "a", [done("1")],
                [failed("1", "Only the channel owner can set or change the password")])),
        system_passwords={"room": "pw"}),
    session("an empty password", Open("a"), send("a", join("1")), send("a", set_password("", "2")).differing(
        differs(EMPTY, "a", [done("2")], [failed("2", Starting("malformed message: password must be"))]))),
    session("no password", Open("a"), send("a", join("1")), send("a", set_password(None, "2")).differing(
        differs(EMPTY, "a", [done("2")], [failed("2", Starting("malformed message: password must be"))]))),
]
