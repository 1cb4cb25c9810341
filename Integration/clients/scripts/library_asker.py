"""What `stinger-client-example ask` does, as a program of comm-ipc, and what a program without signatures meets."""

import asyncio

from world import World, error_of, leave, report, run_scenarios


async def main():
    world = World()
    client = await world.client("python-asker")
    demo = await client.open("demo", password=world.settings.get("password"))
    news, welcomes = asyncio.Queue(), asyncio.Queue()

    async def add():
        return (await demo.event("add", {"a": 20, "b": 22})).data

    async def stream():
        return [chunk.data async for chunk in demo.stream("count", 3)]

    async def subscription():
        await demo.subscribe("sums", news.put)
        await demo.event("add", {"a": 1, "b": 0.5})
        return (await news.get()).data

    async def broadcast():
        demo.on_receive(welcomes.put, "welcome")
        await demo.broadcast("hello", "everybody")
        message = await welcomes.get()
        return [message.sender_id, message.data]

    async def explore():
        events = demo.explore()["events"]
        return sorted(events)

    async def wrong_shape():
        return await error_of(demo.event("add", {"a": "one"}))

    async def unsigned():
        chunks = client.stream("demo", "count", 2)
        return [await error_of(client.call("demo", "add", {"a": 1, "b": 2})), await error_of(anext(chunks))]

    protected = bool(world.settings.get("password"))
    # comm-ipc's clients drop what they are told of subscriptions on a protected channel: the hub does not sign it.
    await run_scenarios([add, stream, broadcast, explore, wrong_shape, unsigned if protected else subscription])
    report(done=True)
    leave()


asyncio.run(main())
