"""Uses everything that provider.py offers, one scenario after the other."""

import asyncio
import hashlib
import tempfile
from pathlib import Path

from world import World, error_of, leave, run_scenarios, until


async def main():
    world = World()
    client = await world.client("consumer")
    plain = await client.open("plain")

    async def calls():
        answers = [(await plain.event("add", {"a": number, "b": 1})).data["sum"] for number in range(3)]
        at_once = await asyncio.gather(*[client.call("plain", "add", {"a": number, "b": 0}) for number in range(50)])
        return [answers, [answer.data["sum"] for answer in at_once] == list(range(50))]

    async def data():
        sent = {"none": None, "text": "ä☂𝄞", "float": 1.5, "whole float": 1.0, "big": 2**64 - 1, "low": -2**63,
                "list": [1, [2, {"three": 3}]], "yes": True}
        received = (await plain.event("echo", {**sent, "bytes": b"\x00\xff"})).data
        return [received.pop("bytes") == b"\x00\xff", received == sent, type(received["whole float"]).__name__]

    async def large():
        return len((await plain.event("echo", "x" * 3_000_000)).data)

    async def errors():
        return [await error_of(plain.event("fail", {})), await error_of(plain.event("nothing", {})),
                await error_of(plain.event("add", {"a": "one", "b": 2}))]

    async def models():
        other = await world.client("consumer-of-models", return_type="model")
        channel = await other.open("plain")
        return type((await channel.event("add", {"a": 2, "b": 3})).data).__name__

    async def streams():
        first = [chunk.data["number"] async for chunk in plain.stream("count", {"to": 5})]
        many = [chunk.data["number"] async for chunk in client.stream("plain", "count", {"to": 300})]
        return [first, many == list(range(300))]

    async def streams_side_by_side():
        async def numbers(to):
            return [chunk.data["number"] async for chunk in plain.stream("count", {"to": to})]
        return [len(part) for part in await asyncio.gather(numbers(10), numbers(20), numbers(30))]

    async def abandoned_stream():
        stream = plain.stream("endless", {})
        taken = [(await anext(stream)).data["more"] for _ in range(3)]
        await stream.aclose()
        return [taken, (await plain.event("add", {"a": 1, "b": 1})).data["sum"]]

    async def group():
        answers = await asyncio.gather(plain.group("team").get("work", {}), plain.group("team").get("work", {}))
        return sorted(answer.data for answer in answers)

    async def subscription():
        received = []

        async def on_news(message):
            received.append([message.data, message.sender_id, message.server_id])

        await plain.subscribe("news", on_news)
        for number in range(3):
            await plain.event("publish", {"sum": number})
        await until(lambda: there(received, 3))
        await plain.unsubscribe("news")
        await plain.event("publish", {"sum": 99})
        notices = (await until_heard("notices", 2))
        return [received, notices]

    async def there(collected, count):
        return len(collected) >= count

    async def until_heard(kind, count):
        async def enough():
            heard = (await plain.event("heard", {})).data[kind]
            return heard if len(heard) >= count else None
        return await until(enough)

    async def broadcast():
        received = []

        async def on_answer(message):
            received.append([message.sender_id, message.data])

        plain.on_receive(on_answer, "answer")
        await plain.broadcast("shout", {"loud": True})
        heard = await until_heard("broadcasts", 1)
        await plain.event("shout back", {"louder": True})
        await until(lambda: there(received, 1))
        return [heard, received]

    async def send():
        await plain.send("nudge", {"now": 1})
        return await until_heard("nudges", 1)

    async def explore():
        events = plain.explore()["events"]
        schema = plain.get_schema("add")
        return [{name: events[name]["is_stream"] for name in ("add", "count", "team.work")},
                events["add"]["parameters"]["title"], events["add"]["owner"], schema["param_schema"]["required"],
                schema["return_schema"]["title"]]

    async def members():
        members = (await plain.list_members()).data["members"]
        return [[member["id"], member["mode"], member["is_local"]] for member in members
                if member["id"] != "consumer-of-models"]

    async def files():
        content = hashlib.shake_256(b"a file").digest(300_001)
        with tempfile.TemporaryDirectory() as folder:
            source, copy = Path(folder, "source"), Path(folder, "copy")
            source.write_bytes(content)
            await plain.upload_file(str(source), "upload")
            await plain.download_file("download", str(copy))
            return copy.read_bytes() == content

    async def no_password():
        outsider = await world.client("outsider")
        return [await error_of(outsider.open("vault")), await error_of(outsider.open("vault", "open barley"))]

    async def password():
        vault = await client.open("vault", "open sesame")
        received = []

        async def on_answer(message):
            received.append([message.sender_id, message.data])

        vault.on_receive(on_answer, "answer")
        # Signed with floats, text and order that a hub must not touch, or the provider would refuse it.
        gold = (await vault.event("treasure", {"z": 1.0, "a": "ä☂𝄞", "n": None})).data
        await vault.broadcast("shout", {"b": 2.50, "a": [1e16]})
        heard = await until(lambda: data_of(vault.event("heard", {})))
        await vault.event("shout back", {"x": -0.0})
        await until(lambda: there(received, 1))
        return [gold, heard, received]

    async def data_of(awaitable):
        return (await awaitable).data

    async def unsigned():
        refused = await error_of(client.call("vault", "treasure", 1))
        before = (await client.channels["vault"].event("heard", {})).data
        await client.send_msg({"type": "broadcast", "channel": "vault", "event": "shout", "data": "unsigned"})
        return [refused, (await client.channels["vault"].event("heard", {})).data == before]

    async def close():
        last = await world.client("last")
        await asyncio.wait_for(last.close(), 5)
        return "closed"

    scenarios = [calls, data, large, errors, models, streams, streams_side_by_side, abandoned_stream, group,
                 subscription, broadcast, send, explore, no_password, password, unsigned, close]
    if hasattr(plain, "list_members"):
        scenarios += [members, files]
    await run_scenarios(scenarios)
    leave()


asyncio.run(main())
