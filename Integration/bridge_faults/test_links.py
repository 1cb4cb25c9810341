"""A link goes bad in every way that links do, while everything is in use: what waits ends at once, and all comes back."""

import time

import pytest

from scene import Scene, Traffic
from support import pythons
from support.unreliable import FROM_HUB, TO_HUB
from support.waiting import until

#: Seconds that a caller may wait for the bad news. Measured are milliseconds; a busy machine gets its time.
AT_ONCE = 1.0


def reset(network):
    return network.reset()


def cut_to_hub(network):
    return network.cut_after(1_001, TO_HUB)


def cut_from_hub(network):
    return network.cut_after(1_001, FROM_HUB)


def stall(network):
    """As a hub that is stopped, for longer than `dead_after`."""
    return network.hold()


def half_open(network):
    """As a firewall that has forgotten the connection."""
    return network.go_deaf()


def mend(network):
    network.hear_again()
    network.release()


BREAKS = pytest.mark.parametrize("break_it", [reset, cut_to_hub, cut_from_hub, stall, half_open],
                                 ids=lambda each: each.__name__)


@BREAKS
@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_broken_and_back(short_folder, stack, certificates, transport, break_it):
    scene = Scene(short_folder, stack, certificates if transport == "tls" else None).start()
    device, plant = workers = scene.workers()
    pending = [worker.call("room", f"{worker.far}.never") for worker in workers]
    streams = [worker.stream("room", f"{worker.far}.open") for worker in workers]
    for worker, other, stream in ((device, plant, streams[1]), (plant, device, streams[0])):
        until(lambda: worker.open_streams, what="a request for a stream")
        worker.open_streams[0].chunk("first")
        until(lambda: stream.parts, what="the first chunk")
    with Traffic(workers) as traffic:
        until(lambda: sum(call.is_done for call in traffic.calls) > 50, what="traffic")
        accepted = scene.network.accepted
        break_it(scene.network)
        # The device's side hears it from the bridge, which knows; the plant's when its hub knows.
        for call in (pending[0], streams[0]):
            call.wait(5)
            assert call.reason == "link_lost" and call.error.startswith("link_lost: "), call.parts[-1]
        scene.bridge.line("connection lost", "peer=plant")
        mend(scene.network)
        for call in (pending[1], streams[1]):
            call.wait(5)
            assert call.reason in ("provider_lost", "link_lost"), call.parts[-1]
        until(lambda: scene.network.accepted > accepted, what="a new connection")
        scene.bridge.wait_connected("plant")
        done = sum(call.is_done and not call.error for call in traffic.calls)
        until(lambda: sum(call.is_done and not call.error for call in traffic.calls) > done + 50, what="traffic again")
    scene.assert_crosses(workers)
    scene.assert_all_in_order()


def is_answered(worker, event):
    """Asks once; a call that has gone into a lost connection of a Python hub never ends, and is forgotten."""
    call = worker.call("room", event, 1)
    until(lambda: call.is_done or time.monotonic() - call.started > 0.5)
    if not call.is_done:
        del worker.calls[call.request_id]
        return False
    return not call.error


def hears_again(subscriber, owner, told):
    """Subscribes once more: until the hub has let go of the lost owner, subscriptions to it go with that."""
    heard = subscriber.heard_on("room", f"subscription.{owner.side}.news.data")
    if heard and heard[-1] > told:
        return True
    subscriber.listen()
    owner.tell()
    return False


@BREAKS
@pytest.mark.parametrize("release", pythons.RELEASES)
def test_broken_and_back_with_a_python_hub(short_folder, stack, python_hosts, release, break_it):
    """On such a hub a call whose provider goes waits for ever, subscribers go with the owner, and the first on a channel has to stay."""
    scene = Scene(short_folder, stack, python_host=python_hosts(release)).start()
    scene.program("plant", "plant-owner").join("room")
    device, plant = workers = scene.workers()
    for _ in range(2):
        pending = [device.call("room", "plant.never"), device.stream("room", "plant.open")]
        with Traffic([device]) as traffic:
            until(lambda: sum(call.is_done for call in traffic.calls) > 20, what="traffic")
            accepted = scene.network.accepted
            break_it(scene.network)
            assert [call.wait(5).reason for call in pending] == ["link_lost"] * 2
            mend(scene.network)
            until(lambda: scene.network.accepted > accepted, what="a new connection")
            scene.bridge.wait_connected("plant")
        # Its proxies are back when the hub has let go of the lost connection that held them.
        until(lambda: is_answered(plant, "device.double"), what="an answer")
        told = device.number_told
        until(lambda: hears_again(plant, device, told), what="a publication", pause=0.1)
        scene.assert_crosses(workers)
    scene.assert_all_in_order()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_dribbling(short_folder, stack, certificates, transport):
    """Each byte by itself: slow, and nothing else."""
    scene = Scene(short_folder, stack, certificates if transport == "tls" else None)
    scene.network.is_dribbling = True
    scene.start()
    workers = scene.workers()
    calls = [worker.call("room", f"{worker.far}.double", number) for number in range(20) for worker in workers]
    assert [call.wait().data for call in calls] == [number * 2 for number in range(20) for _ in workers]
    scene.assert_crosses(workers)
    scene.assert_all_in_order()
    assert not scene.bridge.lines("connection lost")


def test_a_short_stall_costs_nothing(scene):
    """Shorter than `dead_after`: what was held arrives, in order, and no call fails."""
    scene.start()
    workers = scene.workers()
    calls = [worker.call("room", f"{worker.far}.double", number) for worker in workers for number in range(20)]
    first = workers[0].tell()
    scene.network.hold()
    calls += [worker.call("room", f"{worker.far}.double", number) for worker in workers for number in range(20)]
    numbers = [workers[0].tell() for _ in range(50)]
    workers[0].answered("room", "device.double", 1)
    scene.network.release()
    assert [call.wait().data for call in calls] == [number * 2 for number in range(20)] * 4
    until(lambda: workers[1].hears(numbers[-1]) == (True, True), what="what was held")
    for event in ("device.shout", "subscription.device.news.data"):
        heard = [number for number in workers[1].heard_on("room", event) if number >= first]
        assert heard == list(range(first, numbers[-1] + 1))
    scene.assert_all_in_order()
    assert not scene.bridge.lines("connection lost")


def test_a_hub_that_hangs_up_at_once(scene):
    """It accepts, and hangs up: dialled again and again, and the log says each of the ways in which that shows once."""
    scene.network.refuse()
    scene.stack.enter_context(scene.bridge)
    until(lambda: scene.network.accepted >= 15, what="fifteen tries")
    lines = [line.split("not connected: ")[1] for line in scene.bridge.lines("not connected")]
    assert len(lines) == len(set(lines)) <= 2, scene.bridge.tail
    scene.network.refuse(False)
    scene.bridge.wait_connected("plant")
    scene.workers()


def ended_within(calls, moment):
    """Milliseconds from a moment to the last of the calls' ends."""
    return 1_000 * max(call.wait(5).ended - moment for call in calls)


def pending(caller, event):
    """A call that nothing came back for; None where the answer is that there is no provider yet."""
    call = caller.call("room", event)
    caller.answered("room", f"{caller.far}.double", 1)
    return None if call.is_done else call


@pytest.mark.parametrize("side", ["device", "plant"])
def test_a_lost_provider_shows_at_once(scene, measured, side):
    scene.start()
    workers = scene.workers()
    caller = next(worker for worker in workers if worker.side == side)
    times = []
    for round_number in range(5):
        provider = scene.program(caller.far, f"short-lived-{round_number}")
        provider.join("room").provide("room", f"brief-{round_number}")
        # The first call that gets there waits for its answer; those before it found no provider.
        call = until(lambda: pending(caller, f"brief-{round_number}"), what="a call that arrives")
        until(lambda: provider.served, what="the call")
        moment = time.monotonic()
        provider.connection.socket.shutdown(2)
        times.append(ended_within([call], moment))
        assert call.reason == "provider_lost", call.parts
    measured(f"a provider on the other side is lost: the caller at {side} has its error after", min(times), "ms at best")
    measured(f"a provider on the other side is lost: the caller at {side} has its error after", max(times), "ms at worst")
    assert max(times) < AT_ONCE * 1_000
    scene.assert_all_in_order()


def test_a_lost_link_shows_at_once(scene, measured):
    scene.start()
    device, plant = scene.workers()
    asked = 0
    for count in (1, 100):
        times = []
        for _ in range(5):
            calls = [device.call("room", "plant.never") for _ in range(count)]
            asked += count
            until(lambda: sum(event == "plant.never" for _, event, _ in plant.served) >= asked, what="the calls")
            moment = scene.network.reset()
            times.append(ended_within(calls, moment))
            assert {call.reason for call in calls} == {"link_lost"}
            scene.assert_crosses([device, plant])
        measured(f"the link is reset: {count} calls have all ended after", min(times), "ms at best")
        measured(f"the link is reset: {count} calls have all ended after", max(times), "ms at worst")
        assert max(times) < AT_ONCE * 1_000
    scene.assert_all_in_order()
