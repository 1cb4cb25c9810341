"""The worlds of these tests: pairs of hubs with a bridge between them, each started once and used by many tests."""

import pytest

from support.programs import Programs
from support.worlds import Crossing, World

#: Kinds of the near and the far hub.
PAIRS = [
    ("hosted", "hosted"),
    ("hosted", "stinger"),
    ("stinger", "stinger"),
    ("hosted", "0.1.5"),
    ("hosted", "0.1.16"),
    ("stinger", "0.1.16"),
    ("0.1.5", "0.1.5"),
    ("0.1.5", "0.1.16"),
    ("0.1.16", "0.1.16"),
]

#: From which end to which, and the releases of the provider and the consumer there. Each is met with each, and with itself, in the first pair.
WAYS = [("out", "0.1.5", "0.1.16"), ("in", "0.1.16", "0.1.5")]
MORE_WAYS = [("out", "0.1.16", "0.1.16"), ("in", "0.1.5", "0.1.5")]

#: What may cross in the shared worlds; the tests of each rule stand in test_rules.py.
CHANNELS = [
    "plain",
    {"name": "sensors", "as": "site4.sensors"},
    {"name": "motor.*", "as": "site4.motor.*"},
    "free.*",
    {"name": "outward", "direction": "out"},
    {"name": "inward", "direction": "in"},
    {"name": "picked", "events": ["start", "state.*"]},
]


def serves(kind, release):
    return kind != "0.1.5" or release == "0.1.5"


def crossings():
    for near, far in PAIRS:
        for way, provider, consumer in WAYS + (MORE_WAYS if (near, far) == PAIRS[0] else []):
            origin, beyond = (near, far) if way == "out" else (far, near)
            # What a hub does not serve is replaced by what it does.
            provider = provider if serves(origin, provider) else "0.1.5"
            consumer = consumer if serves(beyond, consumer) else "0.1.5"
            yield pytest.param((near, far, way, provider, consumer),
                               id=f"{origin}({provider})->{beyond}({consumer}) {way}")


def raw_crossings():
    for near, far in PAIRS:
        for way, (origin, beyond) in (("out", (near, far)), ("in", (far, near))):
            yield pytest.param((near, far, way, None, None), id=f"{origin}->{beyond} {way}")


@pytest.fixture(scope="session")
def all_programs():
    programs = Programs()
    yield programs
    programs.close()


@pytest.fixture
def programs(all_programs):
    yield all_programs
    all_programs.end_programs()


#: Channels with a password on both hubs, the same or not, and on one of them.
PASSWORDS = (
    {"vault-same": "open sesame", "vault-two": "near's own", "vault-near": "only near"},
    {"vault-same": "open sesame", "vault-two": "far's own"},
)
VAULTS = ["vault-same", "vault-two", "vault-near"]


@pytest.fixture(scope="session")
def worlds(all_programs, python_hosts):
    """The world of a pair of kinds; one at a time, as the tests come sorted by it."""
    running = []

    def world(pair):
        if not running or running[0][0] != pair:
            while running:
                running.pop()[1].__exit__(None, None, None)
            made = World(pair, CHANNELS + VAULTS, all_programs, python_hosts, passwords=PASSWORDS,
                         secrets=(None, "a secret of several words"), kept=("plain", *VAULTS))
            running.append((pair, made.__enter__()))
        return running[0][1]

    yield world
    while running:
        running.pop()[1].__exit__(None, None, None)


def pytest_collection_modifyitems(items):
    """Tests of one world come together, whatever their file."""
    order = {pair: number for number, pair in enumerate(PAIRS)}

    def place(item):
        parameters = getattr(item, "callspec", None)
        way = (parameters.params.get("crossing") or parameters.params.get("raw_crossing")) if parameters else None
        return order[way[:2]] if way else len(order)

    here = [item for item in items if "/bridge/" in str(item.path)]
    others = [item for item in items if "/bridge/" not in str(item.path)]
    items[:] = others + sorted(here, key=place)


def cross(worlds, near, far, way, provider, consumer):
    world = worlds((near, far))
    origin, beyond = (world.near, world.far) if way == "out" else (world.far, world.near)
    assert world.bridge.process.poll() is None, f"the bridge ended: {world.bridge.log.text[-3000:]}"
    yield Crossing(world, origin, beyond, provider, consumer)
    world.end_connections()


@pytest.fixture(params=crossings())
def crossing(request, worlds, programs):
    """From one hub to another, with programs of some releases."""
    yield from cross(worlds, *request.param)


@pytest.fixture(params=raw_crossings())
def raw_crossing(request, worlds, programs):
    """The same for tests with raw connections, where releases of programs make no difference."""
    yield from cross(worlds, *request.param)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What the bridges of a failed test logged."""
    report = yield
    if report.failed:
        for each in item.funcargs.values():
            for bridge in getattr(each, "bridges", []):
                report.sections.append((f"log of {bridge.file.stem}", bridge.log.text[-6000:]))
    return report
