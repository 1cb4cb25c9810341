"""What the scripts share. They run in the environment of one comm-ipc release, as real programs would."""

import asyncio
import json
import os
import ssl
import sys

from comm_ipc import CommIPC

#: Seconds that one scenario may take.
PATIENCE = 10


class World:
    """Where the hub is, and the clients made so far. Comes as JSON in the first argument."""

    def __init__(self):
        self.settings = json.loads(sys.argv[1])
        self.clients = []

    @property
    def tls(self):
        files = self.settings.get("certificates")
        if not files:
            return None
        context = ssl.create_default_context(cafile=f"{files}/ca.pem")
        context.load_cert_chain(f"{files}/client.pem", f"{files}/client.key")
        return context

    def make(self, client_id, **options):
        client = CommIPC(client_id=client_id, socket_path=self.settings.get("unix", ""), ssl_context=self.tls,
                         connection_secret=self.settings.get("secret"), **options)
        self.clients.append(client)
        return client

    async def client(self, client_id, **options):
        client = self.make(client_id, **options)
        if "port" in self.settings:
            await client.connect("127.0.0.1", self.settings["port"])
        else:
            await client.connect()
        return client


def report(**entry):
    """One line of JSON for the test."""
    print(json.dumps(entry), flush=True)


async def until(condition):
    """Asks an async condition again until it answers with something true."""
    async with asyncio.timeout(PATIENCE):
        while not (answer := await condition()):
            await asyncio.sleep(0.01)
        return answer


async def error_of(awaitable):
    """The text of what it raises, in one line."""
    try:
        return {"no error but": repr(await awaitable)}
    except Exception as error:
        return str(error).splitlines()[0]


async def run_scenarios(scenarios):
    """Each by itself: one that fails or hangs does not keep the others from being told."""
    for scenario in scenarios:
        name = scenario.__name__
        try:
            report(scenario=name, result=await asyncio.wait_for(scenario(), PATIENCE))
        except Exception as error:
            report(scenario=name, error=f"{type(error).__name__}: {error}")


async def line_from_test():
    """The next line on standard input; empty at its end."""
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def leave():
    """Ends the process as it stands: close() of comm-ipc is a scenario of its own, and may hang on old Pythons."""
    sys.stdout.flush()
    os._exit(0)
