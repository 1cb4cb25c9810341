"""The vectors that Tests/HubProtocolTests keeps are what comm-ipc makes, in each release."""

import subprocess
from pathlib import Path

import pytest

from support import pythons

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent.parent / "Tests" / "HubProtocolTests"


def made(release, kind):
    command = [pythons.interpreter(release), str(HERE / "vectors.py"), kind]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return answer.stdout.splitlines()


def kept(file, constant):
    """The lines of one raw text in a Swift file."""
    text = (KEPT / file).read_text().split(f'static let {constant} = #"""\n')[1].split('"""#')[0]
    return [line.strip() for line in text.rstrip(" ").splitlines()]


@pytest.mark.parametrize("release", pythons.RELEASES)
def test_texts(release):
    assert made(release, "texts") == kept("SignatureTextVectors.swift", "text")


@pytest.mark.parametrize("release, constant", list(zip(pythons.RELEASES, ["older", "newer"], strict=True)))
def test_frames(release, constant):
    assert made(release, "frames") == kept("SignatureFrameVectors.swift", constant)
