"""Hosts programs written with the installed comm-ipc release; runs in that release's environment.

One command a line on standard input, one answer a line on standard output, both JSON. A command is {"id": NUMBER, "do": NAME, …}; its
answer has the same id and "result" or "error". Commands run side by side: an answer may overtake another. One process hosts many
programs, because starting an interpreter takes longer than a whole test. Each program is one client with a connection of its own.
"""

import asyncio
import json
import sys

from comm_ipc import CommIPC
from pydantic import BaseModel


class Numbers(BaseModel):
    a: int
    b: int


class Sum(BaseModel):
    sum: int


class Program:
    """One client, and what it has been told."""

    def __init__(self, client):
        self.client = client
        self.heard = {}
        self.asked = {}
        self.notices = []
        self.streaming = True

    def channel(self, name):
        return self.client.channels[name]

    def record(self, channel):
        """From now on keeps what the channel tells."""
        kept = self.heard.setdefault(channel, [])

        async def on_receive(message):
            kept.append([message.event, message.data, message.sender_id, message.path])

        self.channel(channel).on_receive(on_receive)

    # What its providers do

    def handler(self, kind, channel, event):
        name = self.client.client_id
        asked = self.asked.setdefault(f"{channel}:{event}", [])

        async def echo(call):
            asked.append(call.data)
            return {"by": name, "data": call.data}

        async def add(call):
            return {"sum": call.data["a"] + call.data["b"]}

        async def fail(call):
            raise ValueError(f"as asked: {call.data}")

        async def silent(call):
            asked.append(call.data)
            await asyncio.Event().wait()

        async def count(call):
            for number in range(call.data["to"]):
                yield {"number": number, "padding": "x" * call.data.get("padding", 0)}

        async def endless(call):
            asked.append(call.data)
            number = 0
            while self.streaming:
                yield {"number": number}
                number += 1
                await asyncio.sleep(0.005)

        async def break_off(call):
            yield {"number": 0}
            raise ValueError("broke off")

        return {"echo": echo, "add": add, "fail": fail, "silent": silent, "count": count, "endless": endless,
                "break_off": break_off}[kind]


class Host:
    def __init__(self):
        self.programs = {}

    def __getitem__(self, name):
        return self.programs[name]

    # Connections

    async def connect(self, program, path, secret=None, **options):
        client = CommIPC(client_id=program, socket_path=path, connection_secret=secret, auto_reconnect=False, **options)
        await client.connect()
        self.programs[program] = Program(client)

    async def close(self, program):
        """As a program that ends: the socket closes, without more ado."""
        ended = self.programs.pop(program, None)
        if ended is None:
            return
        ended.streaming = False
        ended.client._is_closing = True

        async def refuse(*_, **__):
            raise ConnectionResetError("the program has ended")

        # A handler that is still at work would connect anew, to send its answer.
        ended.client.send_msg = ended.client.connect = refuse
        if ended.client.writer:
            ended.client.writer.close()

    async def open(self, program, channel, password=None):
        await self[program].client.open(channel, password)
        if channel not in self[program].heard:
            self[program].record(channel)

    async def set_password(self, program, channel, password):
        await self[program].client.set_password(channel, password)

    # Providing

    async def provide(self, program, channel, event, kind="echo", group=False, models=False):
        handler = self[program].handler(kind, channel, event)
        types = {"parameters": Numbers, "returns": Sum} if models else {}
        opened = self[program].channel(channel)
        if group:
            await opened.group.provide(event, handler, **types)
        else:
            await opened.add_event(event, handler, **types)

    async def asked(self, program, channel, event):
        return self[program].asked[f"{channel}:{event}"]

    # Asking

    async def call(self, program, channel, event, data=None, raw=False):
        """`raw`: by CommIPC.call, which never signs."""
        if raw:
            return (await self[program].client.call(channel, event, data)).data
        return (await self[program].channel(channel).event(event, data)).data

    async def calls(self, program, channel, event, count):
        """Many at once: the answers in the order of the questions."""
        answers = await asyncio.gather(*[self[program].client.call(channel, event, n) for n in range(count)])
        return [answer.data for answer in answers]

    async def stream(self, program, channel, event, data=None, take=None, raw=False):
        """All chunks' numbers, or the first `take` and then no more. Where an error ends it: the numbers, then its text."""
        source = self[program].client.stream(channel, event, data) if raw else self[program].channel(channel).stream(event, data)
        numbers = []
        try:
            async for chunk in source:
                numbers.append(chunk.data["number"])
                if take is not None and len(numbers) >= take:
                    break
        except Exception as error:
            numbers.append(str(error))
        finally:
            await source.aclose()
        return numbers

    async def broadcast(self, program, channel, event, data=None):
        await self[program].channel(channel).broadcast(event, data)

    async def send(self, program, channel, event, data=None):
        await self[program].channel(channel).send(event, data)

    async def heard(self, program, channel):
        return self[program].heard.get(channel, [])

    # Subscriptions

    async def add_subscription(self, program, channel, name, model=False):
        opened = self[program].channel(channel)
        for moment in ("first", "last"):
            async def on_notice(message, moment=moment):
                self[program].notices.append([name, moment])
            opened.on_receive(on_notice, f"subscription.{name}.{moment}")
        await opened.add_subscription(name, Sum if model else None)

    async def remove_subscription(self, program, channel, name):
        await self[program].channel(channel).remove_subscription(name)

    async def notices(self, program):
        return self[program].notices

    async def subscribe(self, program, channel, name):
        async def on_data(message):
            pass  # Kept by what record() listens with.
        await self[program].channel(channel).subscribe(name, on_data)

    async def unsubscribe(self, program, channel, name):
        await self[program].channel(channel).unsubscribe(name)

    async def publish(self, program, channel, name, data=None):
        await self[program].channel(channel).publish(name, data)

    # Looking around

    async def explore(self, program, channel):
        return self[program].channel(channel).explore()

    async def schema(self, program, channel, event):
        return self[program].channel(channel).get_schema(event)

    async def members(self, program, channel):
        return (await self[program].channel(channel).list_members()).data["members"]


def text_of(error):
    return str(error) if type(error) in (Exception, ConnectionResetError, ValueError) else f"{type(error).__name__}: {error}"


async def serve():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    commands = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    host = Host()
    running = set()

    async def carry_out(command):
        number, name = command.pop("id"), command.pop("do")
        try:
            answer = {"id": number, "result": await getattr(host, name)(**command)}
        except Exception as error:
            answer = {"id": number, "error": text_of(error)}
        print(json.dumps(answer), flush=True)

    while line := await commands.readline():
        task = asyncio.create_task(carry_out(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(serve())
