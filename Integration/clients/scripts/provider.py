"""Provides one of everything on the channels "plain" and "vault" until standard input ends."""

import asyncio

from pydantic import BaseModel
from world import World, leave, line_from_test, report


class Numbers(BaseModel):
    a: int
    b: int


class Sum(BaseModel):
    sum: int


async def provide_plain(client):
    plain = await client.open("plain")
    heard, nudges, notices = [], [], []

    async def add(call):
        return {"sum": call.data["a"] + call.data["b"]}

    async def echo(call):
        return call.data

    async def fail(call):
        raise ValueError("as asked")

    async def count(call):
        for number in range(call.data["to"]):
            yield {"number": number}

    async def endless(call):
        while True:
            yield {"more": True}
            await asyncio.sleep(0.01)

    async def nudge(message):
        nudges.append(message.data)

    async def tell_heard(call):
        return {"broadcasts": heard, "nudges": nudges, "notices": notices}

    async def shout_back(call):
        await plain.broadcast("answer", call.data)

    async def publish(call):
        await plain.publish("news", call.data)

    async def on_shout(message):
        heard.append([message.sender_id, message.data])

    async def on_first(message):
        notices.append(["first", message.data])

    async def on_last(message):
        notices.append(["last", message.data])

    await plain.add_event("add", add, parameters=Numbers, returns=Sum)
    for name, handler in {"echo": echo, "fail": fail, "count": count, "endless": endless, "nudge": nudge,
                          "heard": tell_heard, "shout back": shout_back, "publish": publish}.items():
        await plain.add_event(name, handler)
    plain.on_receive(on_shout, "shout")
    plain.on_receive(on_first, "subscription.news.first")
    plain.on_receive(on_last, "subscription.news.last")
    await plain.add_subscription("news", Sum)


async def provide_files(world, plain):
    """The two ends of upload_file and download_file, which 0.1.16 has and which are ordinary calls and streams.

    Its providers cannot stream bytes: they turn each chunk into JSON on the way. So this one writes its own messages.
    """
    received = []

    async def upload(call):
        received.append(call.data["chunk"])

    await plain.add_event("upload", upload)
    client = await world.client("files")

    async def download(message):
        if message.get("type") != "call":
            return
        answer = {"type": "response", "request_id": message["request_id"], "target_id": message["sender_id"],
                  "is_stream": True}
        content = b"".join(received)
        for start in range(0, len(content), 50_000):
            await client.send_msg({**answer, "data": {"chunk": content[start:start + 50_000]}, "is_final": False})
        await client.send_msg({**answer, "data": None, "is_final": True})

    client.on_msg = download
    await client.send_msg({"type": "register", "channel": "plain", "is_provider": True, "event": "download",
                           "is_stream": True, "request_id": "download"})


async def provide_group(world):
    """Two members that answer only when both are at work: calls that were not spread would wait for ever."""
    at_work = asyncio.Barrier(2)
    for name in ("worker-1", "worker-2"):
        client = await world.client(name)
        channel = await client.open("plain")

        async def work(call, name=name):
            await at_work.wait()
            return name

        await channel.group("team").provide("work", work)


async def provide_vault(client):
    vault = await client.open("vault")
    await client.set_password("vault", "open sesame")
    heard = []

    async def treasure(call):
        return {"gold": call.data}

    async def tell_heard(call):
        return heard

    async def shout_back(call):
        await vault.broadcast("answer", call.data)

    async def on_shout(message):
        heard.append(message.data)

    await vault.add_event("treasure", treasure)
    await vault.add_event("heard", tell_heard)
    await vault.add_event("shout back", shout_back)
    # Before its listeners a protected channel drops what is not signed.
    vault.on_receive(on_shout, "shout")


async def main():
    world = World()
    client = await world.client("provider")
    await provide_plain(client)
    await provide_files(world, client.channels["plain"])
    await provide_group(world)
    await provide_vault(client)
    report(ready=True)
    while await line_from_test():
        pass
    leave()


asyncio.run(main())
