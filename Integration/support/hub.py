"""The hub under test, as a process."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from .connection import Connection
from .output import Output
from .waiting import PATIENCE, until

SERVER_ID = "hub-1"


def binary():
    path = os.environ.get("STINGER_HUB")
    if not path:
        pytest.exit("STINGER_HUB is not set: start the tests with Integration/run", returncode=4)
    return path


class Hub:
    """One stinger-hub; it is running inside `with`. Listeners are given as on its command line."""

    def __init__(self, *arguments, unix=None, tcp=False, tls=False, server_id=SERVER_ID, environment=None):
        self.arguments = ["--server-id", server_id, *map(str, arguments)]
        self.unix_path = Path(unix) if unix else None
        if unix:
            self.arguments += ["--unix", str(unix)]
        if tcp:
            self.arguments += ["--tcp", "127.0.0.1:0" if tcp is True else f"127.0.0.1:{tcp}"]
        if tls:
            self.arguments += ["--tls", "127.0.0.1:0" if tls is True else f"127.0.0.1:{tls}"]
        self.listeners = sum(argument in ("--unix", "--tcp", "--tls") for argument in self.arguments)
        self.connections = []
        self.environment = {**os.environ, **(environment or {})}
        self.server_id = server_id
        self.process = None

    def start(self):
        self.process = subprocess.Popen([binary(), *self.arguments], env=self.environment, text=True, errors="replace",
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.stdout = Output(self.process.stdout)
        self.log = Output(self.process.stderr)
        try:
            until(lambda: len(self.ready) == self.listeners or self.process.poll() is not None,
                  what=f"a ready line for each listener of {self.arguments}", pause=0.002)
            assert self.process.poll() is None, f"the hub ended at once: {self.log.finish()}"
        except BaseException:
            self.kill()
            raise
        return self

    @property
    def ready(self):
        return [line for line in self.stdout.lines if line.startswith("ready ")]

    def port(self, transport):
        """The real port of the one listener of that transport ("tcp" or "tls")."""
        [line] = [line for line in self.ready if line.startswith(f"ready {transport}:")]
        return int(line.rsplit(":", 1)[1])

    def terminate(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        status = self.process.wait(PATIENCE)
        self.stdout.finish()
        self.log.finish()
        return status

    def kill(self):
        """SIGKILL: no goodbye to anybody."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()
        try:
            self.terminate()
        finally:
            self.kill()

    # Connections

    def connect(self):
        """A raw connection to the Unix listener, else the TCP one; it is closed with the hub at the latest."""
        connection = Connection.unix(self.unix_path) if self.unix_path else Connection.tcp(self.port("tcp"))
        self.connections.append(connection)
        return connection

    def client(self, client_id, mode="client", secret=None):
        """A raw connection that has identified itself."""
        connection = self.connect()
        answer = connection.identify(client_id, mode, secret)
        assert answer["type"] == "identified", f"{client_id} was not let in: {answer}"
        return connection

    def assert_serves(self):
        """The hub still takes a new client and answers it."""
        assert self.process.poll() is None, f"the hub ended with {self.process.returncode}: {self.log.text[-2000:]}"
        with self.client(f"probe-{time.monotonic_ns()}") as probe:
            assert probe.drain() == []


def run_to_end(*arguments, environment=None):
    """For command lines that must end by themselves: the finished process, with its output."""
    return subprocess.run([binary(), *map(str, arguments)], env={**os.environ, **(environment or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)


def bound_port():
    """A listening socket on a free port, for tests that want a port to be in use."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener
