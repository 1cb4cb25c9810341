"""What a process writes, as it comes."""

import threading

from .waiting import PATIENCE


class Output:
    """A pipe's lines, read as they come so that the hub never waits for us."""

    def __init__(self, pipe):
        self.lines = []
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe):
        with pipe:
            for line in pipe:
                self.lines.append(line.rstrip("\n"))

    def finish(self):
        self._thread.join(PATIENCE)
        return self.lines

    @property
    def text(self):
        return "\n".join(self.lines)
