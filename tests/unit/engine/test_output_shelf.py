"""BIG-16: outputs are kept one by one, and each document's by themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.outputs import OutputStore
from jupyter_tandem.types import DocumentId
from tests.unit.engine.door_bench import eventually

pytestmark = pytest.mark.spec("BIG-16")

A, B = DocumentId("a"), DocumentId("b")
LARGE, SMALL = b"x" * 1000, b"y"


class Disk:
    """What is on it; with little room, and slow with some."""

    def __init__(self) -> None:
        self.free_bytes = 100
        self.kept: list[tuple[DocumentId, str]] = []
        self.slow: dict[str, threading.Event] = {}
        self.writing = 0
        self.most = 0

    def put(self, document_id: DocumentId, name: str, data: bytes) -> None:
        self.writing += 1
        self.most = max(self.most, self.writing)
        if name in self.slow:
            self.slow[name].wait(60)
        self.writing -= 1
        if len(data) > self.free_bytes:
            raise StoreUnavailable("The disk is full.")
        self.kept.append((document_id, name))


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def shelf(disk: Disk) -> Iterator[OutputShelf]:
    worker = Worker()
    yield OutputShelf(cast("OutputStore", disk), worker)
    worker.close()


async def test_what_fits_is_kept_whatever_comes_before_it(shelf: OutputShelf, disk: Disk) -> None:
    for name, data in (("1", SMALL), ("2", LARGE), ("3", SMALL)):
        shelf.keep(A, name, data)
    shelf.keep(B, "4", SMALL)
    with pytest.raises(StoreUnavailable):
        await shelf.settle(A)
    assert disk.kept == [(A, "1"), (A, "3")]
    assert set(shelf.unsettled) == {A, B}
    await shelf.settle(B)
    assert set(shelf.unsettled) == {A}
    assert shelf.fails, "what was not kept still is not"
    disk.free_bytes = 1000
    await shelf.settle(A)
    assert not shelf.fails
    assert not shelf.unsettled
    assert disk.kept == [(A, "1"), (A, "3"), (B, "4"), (A, "2")]


async def test_one_is_written_at_a_time_and_every_document_has_its_turn(
    shelf: OutputShelf, disk: Disk
) -> None:
    disk.slow["1"] = threading.Event()
    for name in ("1", "2", "3"):
        shelf.keep(A, name, SMALL)
    first = asyncio.ensure_future(shelf.settle(A))
    await eventually(lambda: disk.writing == 1)
    shelf.keep(B, "4", SMALL)
    second = asyncio.ensure_future(shelf.settle(B))
    shelf.keep(A, "5", SMALL)
    await asyncio.sleep(0)
    disk.slow["1"].set()
    await asyncio.gather(first, second)
    assert disk.kept == [(A, "1"), (B, "4"), (A, "2"), (A, "3")]
    assert disk.most == 1
    assert set(shelf.unsettled) == {A}, "it came later"
