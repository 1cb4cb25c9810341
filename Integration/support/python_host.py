"""Drives support/python_hub.py: a Python hub for the length of a `with`."""

import contextlib
import json
import select
import subprocess
from pathlib import Path

from . import pythons
from .hub import SERVER_ID
from .waiting import PATIENCE


class PythonHost:
    """The process that hosts the Python hubs of one comm-ipc release."""

    def __init__(self, release):
        self.release = release
        # A fixed hash seed: 0.1.16 keeps remote members in a set, whose order would otherwise change from run to run.
        self.process = subprocess.Popen(
            [pythons.interpreter(release), str(Path(__file__).with_name("python_hub.py"))],
            env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def _ask(self, command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert readable, f"the Python host of {self.release} does not answer {command}"
        line = self.process.stdout.readline()
        assert line, f"the Python host of {self.release} ended at {command}"
        return json.loads(line)

    def start_hub(self, path, server_id=SERVER_ID, **options):
        """A hub that lives as long as this process."""
        self._ask({"start": str(path), "options": {"server_id": server_id, **options}})

    @contextlib.contextmanager
    def hub(self, path, server_id=SERVER_ID, **options):
        """A hub with CommIPCServer's own option names."""
        self.start_hub(path, server_id, **options)
        try:
            yield path
        finally:
            self._ask({"stop": str(path)})

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.process.stdout.close()
