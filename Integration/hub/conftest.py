"""Hubs for the tests of behaviour that only ours has."""

import contextlib

import pytest

from support.hub import Hub


@pytest.fixture
def start_hub(short_folder):
    """Starts hubs on Unix sockets of their own; all of them end with the test."""
    with contextlib.ExitStack() as stack:
        def start(*arguments, **options):
            options.setdefault("unix", short_folder / f"hub-{len(list(short_folder.iterdir()))}")
            return stack.enter_context(Hub(*arguments, **options))
        yield start


@pytest.fixture
def hub(start_hub):
    """A hub with the defaults."""
    return start_hub()
