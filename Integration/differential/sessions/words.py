"""Messages of a client, short to write, and the hub's answers, to state differences with."""

from support.hub import SERVER_ID
from support.session import NOW, Difference, Starting

ROOM = "room"


def join(request_id, channel=ROOM, **more):
    return {"type": "register", "channel": channel, "is_provider": False, "request_id": request_id, **more}


def provide(event, request_id, channel=ROOM, **more):
    return {"type": "register", "channel": channel, "is_provider": True, "event": event, "request_id": request_id,
            **more}


def call(event, request_id, data=None, channel=ROOM, **more):
    return {"type": "call", "channel": channel, "event": event, "data": data, "request_id": request_id, **more}


def answer(request_id, to, data=None, **more):
    return {"type": "response", "request_id": request_id, "target_id": to, "data": data, **more}


def chunk(request_id, to, data, final=False):
    return answer(request_id, to, data, is_stream=True, is_final=final)


def broadcast(event, data=None, channel=ROOM, **more):
    return {"type": "broadcast", "channel": channel, "event": event, "data": data, **more}


def tell(event, data=None, channel=ROOM, **more):
    return {"type": "send", "channel": channel, "event": event, "data": data, **more}


def set_password(password, request_id, channel=ROOM, **more):
    return {"type": "set_password", "channel": channel, "password": password, "request_id": request_id, **more}


def declare(name, request_id, channel=ROOM, **more):
    return {"type": "add_subscription", "channel": channel, "sub_name": name, "request_id": request_id, **more}


def withdraw(name, request_id, channel=ROOM):
    return {"type": "remove_subscription", "channel": channel, "sub_name": name, "request_id": request_id}


def subscribe(name, request_id, channel=ROOM):
    return {"type": "subscribe", "channel": channel, "sub_name": name, "request_id": request_id}


def unsubscribe(name, request_id, channel=ROOM):
    return {"type": "unsubscribe", "channel": channel, "sub_name": name, "request_id": request_id}


def publish(name, data, channel=ROOM, **more):
    return {"type": "publish", "channel": channel, "sub_name": name, "data": data, **more}


def list_members(request_id, channel=ROOM):
    return {"type": "list_members", "channel": channel, "request_id": request_id}


def announce(*clients, channel=ROOM):
    return {"type": "announce_remote", "channel": channel, "clients": list(clients)}


def remote(client_id, *path, mode="client"):
    return {"id": client_id, "mode": mode, "path": list(path)}


def forget(client_id, channel=ROOM):
    return {"type": "forget_remote", "channel": channel, "id": client_id}


# What a hub says.

def error(message):
    return {"type": "error", "message": message}


def failed(request_id, text):
    return {"type": "response", "request_id": request_id, "error": text}


def done(request_id):
    return {"type": "response", "request_id": request_id, "data": {"success": True}}


def registered(request_id, event=None, channel=ROOM, authenticated=False):
    """The second answer to every register."""
    return {"type": "response", "request_id": request_id, "channel": channel, "event": event,
            "data": {"channel": channel, "event": event, "authenticated": authenticated}}


def forwarded(message, sender, path=(SERVER_ID,)):
    """A message as a hub passes it on."""
    return {"timestamp": NOW, "origin_server_id": SERVER_ID, **message, "sender_id": sender, "path": list(path)}


def refused_call(reason, event, request_id, channel=ROOM):
    """Our hub's own answer to a call (docs/wire/comm-ipc.md, section 4)."""
    return {"type": "response", "request_id": request_id, "error": Starting(f"{reason}: "), "channel": channel,
            "event": event, "sender_id": "server", "server_id": SERVER_ID, "origin_server_id": SERVER_ID,
            "timestamp": NOW, "target_id": None, "is_stream": False, "is_final": False, "reason": reason,
            "at": SERVER_ID}


def no_provider(event, request_id, channel=ROOM):
    """The Python hub's own answer to a call that nobody provides."""
    return {"type": "response", "request_id": request_id, "error": f"No provider for {channel}:{event}",
            "channel": channel, "event": event, "sender_id": "server", "server_id": SERVER_ID,
            "origin_server_id": SERVER_ID, "timestamp": NOW, "target_id": None, "is_stream": False, "is_final": False}


def membership(client, action, channel=ROOM, mode="client"):
    return {"type": "metadata_update", "channel": channel, "name": client, "stype": "membership", "owner": client,
            "mode": mode, "action": action}


def logged(message, client, level="info"):
    """What a watcher of __comm_ipc_logs gets."""
    return {"type": "receive", "channel": "__comm_ipc_logs", "event": "server_log", "sender_id": "system",
            "server_id": SERVER_ID,
            "data": {"message": message, "level": level, "client_id": client, "server_id": SERVER_ID}}


def differs(why, connection, python, ours, releases=("0.1.5", "0.1.16")):
    return Difference(why, connection, python, ours, releases)
