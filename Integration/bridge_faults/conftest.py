"""Fixtures of these tests."""

import pytest
from scene import Scene


@pytest.fixture
def scene(short_folder, stack):
    return Scene(short_folder, stack)
