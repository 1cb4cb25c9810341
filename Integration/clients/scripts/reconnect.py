"""A provider and a caller that live through the death of their hub. The test says on standard input when it is back."""

import asyncio
import sys

from world import World, leave, line_from_test, report, until


async def main():
    world = World()
    provider, caller = await world.client("provider"), await world.client("caller")

    async def double(call):
        return call.data * 2

    received = []

    async def on_news(message):
        received.append(message.data)

    plain = await provider.open("plain")
    await plain.add_event("double", double)
    vault = await provider.open("vault", "open sesame")
    await vault.add_event("double", double)
    caller_plain = await caller.open("plain")
    caller_vault = await caller.open("vault", "open sesame")
    caller_plain.on_receive(on_news, "news")
    report(before=[(await caller_plain.event("double", 1)).data, (await caller_vault.event("double", 2)).data])

    await line_from_test()

    async def answered(channel, number):
        """The answer, or None as long as the hub, the provider or the caller is not back."""
        try:
            return (await asyncio.wait_for(channel.event("double", number), 1)).data
        except Exception:
            return None

    after = [await until(lambda: answered(caller_plain, 3)), await until(lambda: answered(caller_vault, 4))]

    async def heard():
        await plain.broadcast("news", "back")
        return received

    report(after=after, broadcast=(await until(heard))[0])
    sys.stdout.flush()
    leave()


asyncio.run(main())
