"""FILE-60: a document whose file is here goes on with a history that another server has."""

from __future__ import annotations

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.document import seed
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import LineageId
from tests.unit.engine.door_bench import eventually
from tests.unit.engine.test_rooms import TEXT, address_of, house


@pytest.mark.spec("FILE-60", "FILE-26")
async def test_what_only_the_other_history_has_was_not_deleted_by_another_program() -> None:
    files, disk = MemoryFiles(), MemoryDisk()
    files.put("a.txt", "start\n")
    async with house(disk, files, idle_s=60.0) as server:
        address = await address_of(files)
        await server.rooms.open(address)
        state = seed(TEXT, "start\nheld there\n", 7)
        await server.rooms.replant(address, LineageId("theirs"), state)
        live = await server.rooms.open(address)
        kept = disk.documents[address.document_id]
        await eventually(lambda: kept.bases.common is not None)
        assert live.room.document.content() == "start\nheld there\n"
    assert files.get("a.txt") == b"start\nheld there\n"
