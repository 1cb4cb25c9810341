"""The interpreters that `run` prepared: one for each comm-ipc release."""

import os
import subprocess
import sys

import pytest

RELEASES = ["0.1.5", "0.1.16"]


def interpreter(release):
    """The Python that has this comm-ipc release installed."""
    variable = "COMM_IPC_PYTHON_" + release.replace(".", "_")
    if variable not in os.environ:
        pytest.exit(f"{variable} is not set: start the tests with Integration/run", returncode=4)
    return os.environ[variable]


def version(release):
    answer = subprocess.run([interpreter(release), "-c", "import sys; print(*sys.version_info[:2])"],
                            capture_output=True, text=True, timeout=20, check=True)
    return tuple(int(part) for part in answer.stdout.split())


#: On Python 3.11 and older, asyncio.wait_for can swallow the cancellation that comm-ipc's client close() relies on; it
#: then hangs until its idle timeout, with any hub. The scripts bound it; what cannot be bounded is skipped.
needs_sound_close = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="comm-ipc's close() hangs on Python older than 3.12")
