"""The bridge under test, as a process with a configuration of its own."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from .output import Output
from .waiting import PATIENCE, until


def binary():
    path = os.environ.get("STINGER_BRIDGE")
    if not path:
        pytest.exit("STINGER_BRIDGE is not set: start the tests with Integration/run", returncode=4)
    return path


class Bridge:
    """One stinger-bridge; it is running inside `with`. `configuration` is its file's content; JSON is YAML."""

    def __init__(self, folder, configuration, name="bridge", environment=None):
        self.file = Path(folder) / f"{name}.yaml"
        self.configuration = configuration
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def write(self):
        self.file.write_text(json.dumps(self.configuration, indent=1))

    def start(self):
        self.write()
        self.process = subprocess.Popen([binary(), "--config", str(self.file)], env=self.environment, text=True,
                                        errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.stdout = Output(self.process.stdout)
        self.log = Output(self.process.stderr)
        try:
            until(lambda: self.is_ready or self.process.poll() is not None, what="the bridge's ready line", pause=0.002)
            assert self.process.poll() is None, f"the bridge ended at once: {self.log.finish()}"
        except BaseException:
            self.kill()
            raise
        return self

    @property
    def is_ready(self):
        return any(line.startswith("ready ") for line in self.stdout.lines)

    def logged(self, *words):
        """The log lines that hold all of these words."""
        return [line for line in list(self.log.lines) if all(word in line for word in words)]

    def until_logged(self, *words, count=1, seconds=PATIENCE):
        return until(lambda: len(self.logged(*words)) >= count and self.logged(*words), seconds,
                     f"{count} log lines with {words} in\n{self.log.text[-3000:]}\n:")

    def until_joined(self, count=None, seconds=PATIENCE):
        """Waits until every bridge has both its links up."""
        count = count or 2 * len(self.configuration["bridges"])
        self.until_logged("connected", "peer", count=count, seconds=seconds)
        return self

    def reload(self, configuration):
        """Gives it another configuration; returns once that has taken effect."""
        before = len(self.logged("configuration reloaded"))
        self.configuration = configuration
        self.write()
        self.process.send_signal(signal.SIGHUP)
        self.until_logged("configuration reloaded", count=before + 1)

    @property
    def resident_bytes(self):
        """The memory it has now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the bridge is gone")

    def terminate(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
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
        try:
            self.terminate()
        finally:
            self.kill()
