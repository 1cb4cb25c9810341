"""Fixtures of these tests: the built client, and brokers with a bridge between them."""

import subprocess
from pathlib import Path

import pytest

from broker_process import find
from broker_scene import BrokerScene

SOURCE = Path(__file__).resolve().parent / "client" / "client.c"


@pytest.fixture(scope="session")
def client_program(tmp_path_factory):
    """client/client.c, built. Without mosquitto, its library or a C compiler nothing here can be tested."""
    missing = [name for name in ("mosquitto", "mosquitto_passwd", "gcc") if not find(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (scripts/setup-debian installs what the tests need)")
    program = tmp_path_factory.mktemp("client") / "mqtt-client"
    made = subprocess.run(["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE, "-lmosquitto"],
                          capture_output=True, text=True, timeout=60)
    if made.returncode and "mosquitto.h: No such file" in made.stderr:
        pytest.skip("not installed: libmosquitto-dev (scripts/setup-debian installs what the tests need)")
    assert made.returncode == 0, made.stderr
    return program


@pytest.fixture
def broker_scene(short_folder, stack, client_program):
    return BrokerScene(short_folder, stack, client_program)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What the bridges of a failed test logged."""
    report = yield
    if report.failed:
        for each in item.funcargs.values():
            for bridge in getattr(each, "running_bridges", []):
                report.sections.append((f"log of {bridge.file.stem}", bridge.log.text[-6000:]))
    return report
