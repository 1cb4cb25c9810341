"""Fixtures that every folder uses."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import pythons
from support.python_host import PythonHost

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def short_folder():
    """A temporary folder with a short name: a Unix socket's path holds 107 bytes, and pytest's own folders are long."""
    folder = Path(tempfile.mkdtemp(prefix="hub-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack():
    """What is entered here ends with the test."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def python_hosts():
    """{release: PythonHost}, started at first use."""
    hosts = {}

    def host(release):
        if release not in hosts:
            hosts[release] = PythonHost(release)
        return hosts[release]

    yield host
    for each in hosts.values():
        each.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A folder with ca.pem, hub.pem, hub.key, client.pem and client.key, made by the project's own script."""
    folder = tmp_path_factory.mktemp("certificates")
    maker = REPOSITORY / "certs" / "make-certs"
    made = subprocess.run([str(maker), str(folder)], capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def pytest_report_header():
    versions = {release: "%d.%d" % pythons.version(release) for release in pythons.RELEASES}
    return f"comm-ipc runs on Python {versions}"


@pytest.fixture
def measured(record_property, request):
    """Notes a figure: it is shown at the end of the run, and kept in a JUnit report."""
    def note(what, value, unit):
        record_property(what, f"{value:.3f} {unit}")
        request.config.stash.setdefault(FIGURES, []).append(f"{what}: {value:.3f} {unit}")
    return note


FIGURES = pytest.StashKey()


def pytest_terminal_summary(terminalreporter, config):
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("measured")
        for figure in figures:
            terminalreporter.line(figure)
