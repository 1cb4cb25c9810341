"""Fixtures of these tests."""

import contextlib

import pytest
from scene import Scene


@pytest.fixture
def stack():
    """What is entered here ends with the test."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def scene(short_folder, stack):
    return Scene(short_folder, stack)


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
