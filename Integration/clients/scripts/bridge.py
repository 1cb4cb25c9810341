"""comm-ipc's own bridge between two hubs, with a client on each side. Sockets come as `unix` and `other`."""

import asyncio

from comm_ipc import CommIPC, CommIPCBridge
from world import World, error_of, leave, report, until


async def main():
    world = World()
    near_path, far_path = world.settings["unix"], world.settings["other"]
    near, far = CommIPC("near", socket_path=near_path), CommIPC("far", socket_path=far_path)
    await near.connect()
    await far.connect()
    near_plain, far_plain = await near.open("plain"), await far.open("plain")

    async def early(call):
        return ["early", call.data]

    async def late(call):
        return ["late", call.data]

    async def count(call):
        for number in range(3):
            yield number + 1

    async def fail(call):
        raise ValueError("far failed")

    await near_plain.add_event("early", early)
    await near_plain.add_event("fail", fail)
    bridge = CommIPCBridge("bridge", socket_path1=near_path, socket_path2=far_path, allowed_channels=["plain"])
    await bridge.connect({}, {})
    await near_plain.add_event("late", late)
    await near_plain.add_event("count", count)
    await far_plain.add_event("back", late)

    heard = []

    async def on_shout(message):
        heard.append(message.data)

    far_plain.on_receive(on_shout, "shout")

    async def answer(channel, event):
        """None until the bridge has its proxy there."""
        try:
            return (await asyncio.wait_for(channel.event(event, 1), 2)).data
        except Exception:
            return None

    async def chunks():
        try:
            return [chunk.data async for chunk in far_plain.stream("count", {})]
        except Exception:
            return None

    result = {"early": await until(lambda: answer(far_plain, "early")),
              "late": await until(lambda: answer(far_plain, "late")),
              "back": await until(lambda: answer(near_plain, "back")),
              "error": await error_of(far_plain.event("fail", {})),
              "stream": await until(chunks)}
    await near_plain.broadcast("shout", "over there")

    async def arrived():
        return heard

    result["broadcast"] = await until(arrived)

    async def remote_members():
        members = (await far_plain.list_members()).data["members"]
        return [[member["id"], member["is_local"], member["path"]] for member in members if not member["is_local"]]

    result["members"] = await until(remote_members)
    report(**result)
    leave()


asyncio.run(main())
