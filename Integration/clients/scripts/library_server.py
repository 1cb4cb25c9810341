"""What `stinger-client-example serve` does, as a program of comm-ipc."""

import asyncio

from world import World, report


async def main():
    world = World()
    client = await world.client("python-server")
    demo = await client.open("demo", password=world.settings.get("password"))

    async def add(call):
        total = {"sum": call.data["a"] + call.data["b"]}
        await demo.publish("sums", total)
        return total

    async def count(call):
        for number in range(call.data):
            yield number

    async def greet(message):
        report(greeted={"sender": message.sender_id, "data": message.data})
        await demo.broadcast("welcome", message.sender_id)

    await demo.add_subscription("sums")
    await demo.add_event("add", add)
    await demo.add_event("count", count)
    demo.on_receive(greet, "hello")
    report(ready=True)
    await asyncio.sleep(60)


asyncio.run(main())
