"""comm-ipc's own bridge joins our hub to a Python hub, and two of ours."""

from support.hub import Hub
from support.scripts import Script


def crossing(near, far):
    with Script("0.1.16", "bridge", {"unix": str(near), "other": str(far)}) as script:
        return script.finish()[0]


def expected(near_id):
    return {"early": ["early", 1], "late": ["late", 1], "back": ["late", 1], "error": "far failed",
            "stream": [1, 2, 3], "broadcast": ["over there"], "members": [["near", False, [near_id]]]}


def test_from_ours_to_pythons(short_folder, python_hosts):
    with Hub(unix=short_folder / "ours"), python_hosts("0.1.16").hub(short_folder / "python", server_id="hub-2"):
        assert crossing(short_folder / "ours", short_folder / "python") == expected("hub-1")


def test_from_pythons_to_ours(short_folder, python_hosts):
    with Hub(unix=short_folder / "ours"), python_hosts("0.1.16").hub(short_folder / "python", server_id="hub-2"):
        assert crossing(short_folder / "python", short_folder / "ours") == expected("hub-2")


def test_between_two_of_ours(short_folder):
    with Hub(unix=short_folder / "one", server_id="hub-1"), Hub(unix=short_folder / "two", server_id="hub-2"):
        assert crossing(short_folder / "one", short_folder / "two") == expected("hub-1")
