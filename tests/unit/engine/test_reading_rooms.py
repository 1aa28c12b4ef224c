"""HOST-6: what another server holds is shown as long as somebody looks."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

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


@pytest.mark.spec("HOST-6")
async def test_a_room_stays_for_those_who_come_back_and_then_goes() -> None:
    folder = MemoryFiles()
    folder.put("a.ipynb", json.dumps(notebook(markdown("a", "x"))))
    disk = MemoryDisk()
    async with living(disk, folder, "one"), living(disk, folder, "two") as two:
        house, live = await shown(two)
        first = Channel(live)
        live.leave(first.session)
        back = Channel(live)
        await asyncio.sleep(0.7)
        assert not live.closed
        # Not when the first one's time is over: since this one has left.
        live.leave(back.session)
        await asyncio.sleep(0.3)
        assert not live.closed
        await eventually(lambda: live.closed)
        assert house.live(live.document_id) is None
        first.document.close()
        with closing(back.document):
            assert (await shown(two))[1] is not live


@pytest.mark.spec("HOST-6")
async def test_a_room_that_nobody_enters_goes_and_one_that_comes_too_late_is_refused() -> None:
    folder = MemoryFiles()
    folder.put("a.ipynb", json.dumps(notebook(markdown("a", "x"))))
    disk = MemoryDisk()
    async with living(disk, folder, "one"), living(disk, folder, "two") as two:
        house, live = await shown(two)
        await eventually(lambda: live.closed)
        opening = asyncio.ensure_future(shown(two))
        await asyncio.sleep(0)
        await house.close()
        with pytest.raises(StoreUnavailable):
            await opening
        assert house._shown == {}
