"""Deadlines. Every wait in these tests is for a condition, and ends."""

import os
import time

#: Seconds that anything on loopback may take before a test calls it lost. Generous: it is only ever spent in failure.
PATIENCE = float(os.environ.get("INTEGRATION_PATIENCE", 10))


class Deadline:
    """A moment on the monotonic clock that several waits share."""

    def __init__(self, seconds=PATIENCE):
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    @property
    def left(self):
        """Seconds left, never below 0."""
        return max(0.0, self.end - time.monotonic())

    @property
    def passed(self):
        return time.monotonic() >= self.end


def until(condition, seconds=PATIENCE, what="the condition", pause=0.01):
    """Asks `condition` until it answers with something true, and returns that."""
    deadline = Deadline(seconds)
    while True:
        answer = condition()
        if answer:
            return answer
        if deadline.passed:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(pause)
