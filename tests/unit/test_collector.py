"""The garbage collector pauses for as long as somebody wants it to, and not much longer."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from jupyter_tandem.collector import Pauses, paused


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_pauses_until_the_last_has_ended() -> None:
    first, second = paused(), paused()
    with first:
        assert not gc.isenabled()
        with second:
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_when_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), paused():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_threads_that_overlap() -> None:
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with paused():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=work)
    with paused():
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join(10)
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    with paused():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_a_pause_that_is_too_long_ends() -> None:
    pauses = Pauses(longest_s=0.05)
    with pauses.one(), pauses.one():
        assert not gc.isenabled()
        until(gc.isenabled)
    assert gc.isenabled()


def test_one_that_begins_while_the_last_one_is_still_watched_over_has_all_of_its_time() -> None:
    pauses = Pauses(longest_s=1.0)
    with pauses.one():
        assert not gc.isenabled()
    # What is waited for is time itself, here and below.
    time.sleep(0.5)
    with pauses.one():
        time.sleep(0.7)
        assert not gc.isenabled()
        until(gc.isenabled)


def test_nobody_watches_where_there_is_nothing_to_watch() -> None:
    pauses = Pauses(longest_s=0.05)
    for _ in range(2):
        with pauses.one():
            watchdog = pauses._watchdog
        assert watchdog is not None
        watchdog.join(10)
        assert pauses._watchdog is None


def test_it_waits_until_what_was_made_is_gone() -> None:
    pauses = Pauses(linger_s=60.0)
    with pauses.one():
        made = [[number] for number in range(50_000)]
    # Several looks of the watchdog, at which nothing is to happen.
    time.sleep(0.3)
    assert not gc.isenabled()
    with pauses.one():
        pass
    assert not gc.isenabled()
    made.clear()
    until(gc.isenabled)


def test_it_does_not_wait_for_what_is_kept() -> None:
    pauses = Pauses(linger_s=0.2)
    with pauses.one():
        made = [[number] for number in range(50_000)]
    assert not gc.isenabled()
    until(gc.isenabled)
    assert made


def test_waiting_does_not_make_a_pause_longer_than_any() -> None:
    pauses = Pauses(longest_s=0.5)
    begun = time.monotonic()
    with pauses.one():
        made = [[number] for number in range(50_000)]
    until(gc.isenabled)
    assert time.monotonic() - begun < 5
    assert made


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("It did not happen within 10 s.")


def test_what_is_there_when_a_server_begins_is_spared_once() -> None:
    # In a process of its own: it concerns all of it, for good.
    program = (
        "import gc\n"
        "from jupyter_tandem.collector import spare_all_so_far\n"
        "spare_all_so_far()\n"
        "spared = gc.get_freeze_count()\n"
        "more = [[n] for n in range(1000)]\n"
        "spare_all_so_far()\n"
        "assert spared > 1000 and gc.get_freeze_count() <= spared\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
