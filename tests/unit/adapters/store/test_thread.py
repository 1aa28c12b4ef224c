"""A thread that works for the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from jupyter_tandem.adapters.store.thread import WorkThread


@pytest.fixture
def thread() -> Iterator[WorkThread]:
    working = WorkThread("tandem-test")
    yield working
    working.end()


async def test_work_is_done_in_order_on_the_thread(thread: WorkThread) -> None:
    done: list[int] = []
    futures = [thread.submit(partial(done.append, number)) for number in range(20)]
    names = await thread.submit(lambda: threading.current_thread().name)
    assert done == list(range(20))
    assert all(future.done() for future in futures)
    assert names == "tandem-test"


async def test_what_work_raises_is_raised_where_it_is_awaited(thread: WorkThread) -> None:
    def fail() -> None:
        raise OSError("no disk")

    with pytest.raises(OSError, match="no disk"):
        await thread.submit(fail)
    assert await thread.submit(lambda: 1) == 1


async def test_work_that_nobody_awaits_any_more_is_done(thread: WorkThread) -> None:
    gate = threading.Event()
    done = threading.Event()
    thread.submit(gate.wait)
    future = thread.submit(done.set)
    future.cancel()
    gate.set()
    assert await thread.submit(done.is_set)


def test_a_loop_that_is_gone_is_not_told(thread: WorkThread) -> None:
    gate = threading.Event()

    async def leave() -> None:
        thread.submit(gate.wait)

    asyncio.run(leave())
    gate.set()

    async def come() -> bool:
        return await thread.submit(lambda: True)

    assert asyncio.run(come())


async def test_the_thread_ends_when_all_is_done() -> None:
    thread = WorkThread("tandem-ending")
    thread.end()
    own = await thread.submit(threading.current_thread)
    thread.end()
    await asyncio.to_thread(own.join, 10)
    assert not own.is_alive()
