"""Hosts hubs of the installed comm-ipc release; runs in that release's environment.

One command a line on standard input, one answer a line on standard output, both JSON:
    {"start": PATH, "options": {…}} -> {"started": PATH}
    {"stop": PATH}                  -> {"stopped": PATH}
One process hosts many hubs, one after the other, because starting an interpreter takes longer than a whole session.
"""

import asyncio
import json
import os
import sys

from comm_ipc.server import CommIPCServer


async def start(path, options):
    server = CommIPCServer(socket_path=path, **options)
    task = asyncio.create_task(server.run())
    while not os.path.exists(path):
        await asyncio.sleep(0.001)
    return task


async def serve():
    loop = asyncio.get_running_loop()
    # The hub under comparison may leave exceptions of its own behind; they are its business, not the session's.
    loop.set_exception_handler(lambda loop, context: None)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    tasks = {}
    while line := await commands.readline():
        command = json.loads(line)
        if "start" in command:
            path = command["start"]
            tasks[path] = await start(path, command["options"])
            answer = {"started": path}
        else:
            path = command["stop"]
            tasks.pop(path).cancel()
            answer = {"stopped": path}
        print(json.dumps(answer), flush=True)


asyncio.run(serve())
