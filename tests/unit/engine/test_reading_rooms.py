"""HOST-6: what another server holds is shown as long as somebody looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.reading_rooms import ReadingRooms
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, DocumentKind
from tests.unit.core.notebooks import markdown, notebook
from tests.unit.engine.door_bench import Estate, eventually, living
from tests.unit.engine.test_late_answer import Channel

NOTEBOOK = DocumentKind("json", "notebook")


async def shown(estate: Estate) -> tuple[ReadingRooms, LiveRoom]:
    house = await estate.tenancy.house()
    assert isinstance(house, ReadingRooms)
    address = Address(NOTEBOOK, await estate.files.identify("a.ipynb"))
    return house, await house.open(address)


@asynccontextmanager
async def second_server() -> AsyncIterator[Estate]:
    """One that may only look, because another holds the journal."""
    folder, disk = MemoryFiles(), MemoryDisk()
    folder.put("a.ipynb", json.dumps(notebook(markdown("a", "x"))))
    async with living(disk, folder, "one"), living(disk, folder, "two") as two:
        yield two


@pytest.mark.spec("HOST-6")
async def test_a_room_stays_for_those_who_come_back_and_then_goes() -> None:
    async with second_server() as two:
        house, live = await shown(two)
        first = Channel(live)
        live.leave(first.session)
        timer = house._shown[live.document_id].idle
        assert timer is not None
        back = Channel(live)
        await eventually(lambda: asyncio.get_running_loop().time() > timer.when() + 0.05)
        assert not live.closed
        live.leave(back.session)
        renewed = house._shown[live.document_id].idle
        assert renewed is not None
        gone = Channel(live)
        live.leave(gone.session)
        # Their time counts from when the last one left.
        assert renewed.cancelled()
        await eventually(lambda: live.closed)
        assert house.live(live.document_id) is None
        assert (await shown(two))[1] is not live
        for person in (first, back, gone):
            person.document.close()


@pytest.mark.spec("HOST-6")
async def test_a_room_that_nobody_enters_goes_and_one_that_comes_too_late_is_refused() -> None:
    async with second_server() as two:
        house, live = await shown(two)
        await eventually(lambda: live.closed)
        opening = asyncio.ensure_future(shown(two))
        await asyncio.sleep(0)
        await house.close()
        with pytest.raises(StoreUnavailable):
            await opening
        assert house._shown == {}
