"""Runs a script of clients/scripts in a release's environment and reads its JSON lines."""

import json
import os
import subprocess
from pathlib import Path

from . import pythons
from .hub import Output
from .waiting import until

SCRIPTS = Path(__file__).resolve().parent.parent / "clients" / "scripts"

#: Seconds for a script as a whole: an interpreter's start and every scenario in it.
SCRIPT_PATIENCE = 60


class Script:
    """A running script; inside `with`. Standard input stays open, for the scripts that wait for it."""

    def __init__(self, release, name, settings):
        self.process = subprocess.Popen(
            [pythons.interpreter(release), "-X", "faulthandler", str(SCRIPTS / f"{name}.py"), json.dumps(settings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.name = name
        self.stdout = Output(self.process.stdout)
        self.stderr = Output(self.process.stderr)

    def entries(self):
        return [json.loads(line) for line in list(self.stdout.lines) if line.startswith("{")]

    def entry(self, key):
        """The first entry with this key, once it has been written."""
        def look():
            found = next((entry for entry in self.entries() if key in entry), None)
            assert found or self.process.poll() is None, f"{self.name} ended without {key}: {self.stderr.text[-3000:]}"
            return found
        return until(look, SCRIPT_PATIENCE, f"{key!r} from {self.name}; so far {self.stdout.lines}")

    def write_line(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        """Every entry, after its end."""
        assert self.process.wait(SCRIPT_PATIENCE) == 0, f"{self.name} failed: {self.stderr.text[-3000:]}"
        self.stdout.finish()
        return self.entries()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
