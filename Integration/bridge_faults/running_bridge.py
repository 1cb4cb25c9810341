"""A bridge whose log is looked at closely, and whose file is text as people write it."""

import os
import re
import signal
import subprocess
import textwrap
from pathlib import Path

from support import bridge_process
from support.output import Output
from support.waiting import PATIENCE, until


class Bridge(bridge_process.Bridge):
    """One stinger-bridge; it is running inside `with`."""

    def __init__(self, folder, text, environment=None, name="bridge"):
        super().__init__(folder, None, name, environment)
        self.configure(text)

    def configure(self, text):
        """What runs does not know of it before SIGHUP or a start."""
        self.file.write_text(textwrap.dedent(text))

    def launch(self):
        """Starts the process and waits for nothing."""
        self.process = subprocess.Popen([bridge_process.binary(), "--config", str(self.file)], env=self.environment, text=True,
                                        errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.stdout = Output(self.process.stdout)
        self.log = Output(self.process.stderr)
        return self

    def start(self):
        self.launch()
        try:
            until(lambda: self.is_ready or self.process.poll() is not None, what="the line that says ready", pause=0.002)
            assert self.process.poll() is None, f"the bridge ended at once: {self.log.finish()}"
        except BaseException:
            self.kill()
            raise
        return self

    def port(self, hub, transport="tcp"):
        """The real port of a hosted hub's listener."""
        start = f"listening {hub} {transport}:"
        return int(next(line for line in self.stdout.lines if line.startswith(start)).rsplit(":", 1)[1])

    def lines(self, *words):
        """The lines of the log that have all of these words in them."""
        return [line for line in list(self.log.lines) if all(word in line for word in words)]

    def line(self, *words, seconds=PATIENCE):
        """The first of them, once it is there."""
        def look():
            found = self.lines(*words)
            assert found or self.process.poll() is None, f"the bridge ended with {self.process.returncode}: {self.tail}"
            return found
        return until(look, seconds, f"a line with {words}; there is {self.tail}")[0]

    @property
    def tail(self):
        return "\n" + "\n".join(list(self.log.lines)[-30:])

    def is_connected(self, *peers):
        """Whether the last word on each of these peers is that it is connected."""
        for peer in peers:
            told = [line for line in list(self.log.lines) if re.search(rf"peer={re.escape(peer)}( |$)", line)]
            told = [line for line in told if re.search(r"Z \w+ (connected|connection lost|not connected)", line)]
            if not told or not re.search(r"Z \w+ connected ", told[-1]):
                return False
        return True

    def wait_connected(self, *peers, seconds=PATIENCE):
        until(lambda: self.is_connected(*peers), seconds, f"connections to {peers}; the log is {self.tail}")

    def assert_alive(self):
        assert self.process.poll() is None, f"the bridge ended with {self.process.returncode}: {self.tail}"

    def reload(self, text=None):
        """SIGHUP, after a new text if there is one."""
        if text is not None:
            self.configure(text)
        self.process.send_signal(signal.SIGHUP)

    def terminate(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, seconds=2 * PATIENCE):
        status = self.process.wait(seconds)
        self.stdout.finish()
        self.log.finish()
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            status = self.process.returncode if self.process.poll() is not None else self.terminate()
            if kind is None:
                assert status in (0, -signal.SIGKILL), f"the bridge ended with {status}: {self.tail}"
        finally:
            self.kill()


def run_to_end(*arguments, environment=None, folder=None):
    """For command lines that must end by themselves: the finished process, with its output."""
    return subprocess.run([bridge_process.binary(), *map(str, arguments)], env={**os.environ, **(environment or {})}, cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
