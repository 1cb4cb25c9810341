"""The same session played to a Python hub and to ours: every connection must hear the same after every step."""

import pytest

from sessions import SESSIONS
from support.differences import expected_of_ours
from support.hub import SERVER_ID, Hub
from support.pythons import RELEASES
from support.session import Player, hub_arguments, matches, shown


def cases():
    for each in SESSIONS:
        for release in RELEASES[RELEASES.index(each.since):]:
            yield pytest.param(each, release, id=f"{each.title}-{release}")


def play_python(hosts, session, release, path):
    with hosts(release).hub(path, **session.options):
        return Player(path, release).play(session)


def play_ours(session, release, path):
    arguments, environment = hub_arguments(session.options)
    with Hub(*arguments, unix=path, environment=environment):
        return Player(path, release).play(session)


@pytest.mark.parametrize("session, release", list(cases()))
def test_same_session_same_transcript(session, release, python_hosts, short_folder):
    theirs = play_python(python_hosts, session, release, short_folder / "python")
    ours = play_ours(session, release, short_folder / "ours")

    faults = []
    for number, step in enumerate(session.steps):
        stated = {each.connection: each for each in step.differences if release in each.releases}
        for name in sorted(theirs[number].keys() | ours[number].keys() | stated.keys()):
            python_heard, ours_heard = theirs[number].get(name, []), ours[number].get(name, [])
            difference = stated.get(name)
            where = f"step {number}, {type(step).__name__} {step.name}, what {name!r} heard"
            if difference:
                if not matches(difference.python, python_heard):
                    faults.append(comparison(f"{where}: Python is not as stated ({difference.why})",
                                             difference.python, python_heard))
                expected = difference.ours
            else:
                told = ours_heard + [None] * len(python_heard)
                expected = [expected_of_ours(message, release, told[place])
                            for place, message in enumerate(python_heard)]
            if not matches(expected, ours_heard):
                faults.append(comparison(where + (f" ({difference.why})" if difference else ""), expected, ours_heard))
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def comparison(where, expected, actual):
    """Only the messages that differ, one a line; the rest are counted."""
    lines = [where]
    for place in range(max(len(expected), len(actual))):
        left = expected[place] if place < len(expected) else None
        right = actual[place] if place < len(actual) else None
        if left is None or right is None or not matches(left, right):
            lines.append(f"    expected: {'(nothing)' if left is None else shown(left)}")
            lines.append(f"    got:      {'(nothing)' if right is None else shown(right)}")
    return "\n".join(lines)


def test_titles_are_unique():
    titles = [each.title for each in SESSIONS]
    assert len(set(titles)) == len(titles)
    assert SERVER_ID == "hub-1", "the sessions write this id into paths"
