"""Outputs that are put away while others are looked at."""

from __future__ import annotations

import threading

import pytest

from jupyter_tandem.engine.outputs.writing import PENDING, Writing
from jupyter_tandem.errors import StoreUnavailable


@pytest.mark.spec("BIG-4")
def test_everything_is_put_once_when_the_block_is_left() -> None:
    kept: list[str] = []
    with Writing(lambda name, _: kept.append(name)) as keep:
        for number in range(3 * PENDING):
            keep(str(number), b"")
            keep("0", b"")
    assert sorted(kept) == sorted(str(number) for number in range(3 * PENDING))


@pytest.mark.spec("BIG-16")
@pytest.mark.parametrize("count", [1, PENDING, 3 * PENDING])
def test_what_cannot_be_put_is_told(count: int) -> None:
    def put(name: str, data: bytes) -> None:
        raise StoreUnavailable("The disk is full.")

    def work() -> None:
        with Writing(put) as keep:
            for number in range(count):
                keep(str(number), b"")

    with pytest.raises(StoreUnavailable):
        work()


def test_a_bounded_number_waits_for_the_disk() -> None:
    disk = threading.Event()
    asked: list[str] = []

    def put(name: str, data: bytes) -> None:
        disk.wait(60)

    def work() -> None:
        with Writing(put) as keep:
            for number in range(3 * PENDING):
                keep(str(number), b"")
                asked.append(str(number))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(0.2)
    waiting = len(asked)
    disk.set()
    worker.join(60)
    assert waiting <= PENDING
    assert len(asked) == 3 * PENDING
