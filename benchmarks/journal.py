"""The journal of a real server: bytes on disk per edit, and the way back after ``kill -9``."""

from __future__ import annotations

import asyncio
import time

from benchmarks.fanout import on_tandem, typing
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import PATIENCE_S, Typist, content, joined, text_of

RATE = 400.0
QUIET_S = 4.0
"""The server writes the file a second after the last edit, and folds what it has logged one to two seconds later."""

_WINDOW = 500
_SAVED = 10_000
"""No more than this many edits wait in the sockets."""

_COMPACTED_EDITS = 20_000
_COMPACTION_S = 8.0
"""A snapshot is made five seconds after opening."""


async def disk(*, quick: bool = False) -> dict[str, float]:
    """Bytes per edit of one person who types 400 characters a second, and when the journal was compacted after 20,000 more.

    All that the journal's folder grew by is counted: entries with authors and times, snapshot, the remembered version of the file.
    """
    edits = 2_000 if quick else 6_000
    async with running() as server:
        before = server.journal_bytes()
        async with on_tandem(server, "disk.txt", 1) as gathering:
            await typing(gathering, RATE, edits)
            busy = server.journal_bytes() - before
            await asyncio.sleep(QUIET_S)
            rest = server.journal_bytes() - before
            typist = gathering.typist
            frames = typist.make(_COMPACTED_EDITS)
            for number, frame in enumerate(frames):
                gathering.writer.send(frame)
                if number % _WINDOW == 0:
                    await asyncio.sleep(0)
            await gathering.writer.save()
        compacted = await _compacted(server, before)
    total = edits + _COMPACTED_EDITS
    return {
        "while_typing_bytes_per_edit": busy / edits,
        "at_rest_bytes_per_edit": rest / edits,
        "compacted_bytes_per_edit": compacted / total,
    }


async def _compacted(server: Jupyter, before: int) -> int:
    """Open the document again, which begins a snapshot soon after, and stop the server."""
    await server.stop()
    await server.start()
    peer = await joined(server.room(await server.session("disk.txt")))
    await asyncio.sleep(_COMPACTION_S)
    peer.leave()
    await server.stop()
    return server.journal_bytes() - before


async def reload(*, quick: bool = False) -> dict[str, float]:
    """Seconds from asking to the whole document of single-character edits, after kill -9 and a restart."""
    edits = 20_000 if quick else 100_000
    async with running() as server:
        url = server.room(await server.new_file("reload.txt", ""))
        writer = await joined(url)
        typist = Typist(1_000_000_000)
        for number, frame in enumerate(typist.make(edits)):
            writer.send(frame)
            if number % _WINDOW == 0:
                await asyncio.sleep(0)
            if number % _SAVED == 0:
                await writer.save()
        await writer.save()
        await server.kill()
        writer.leave()
        await server.start()
        url = server.room(await server.session("reload.txt"))
        started = time.perf_counter()
        reader = await asyncio.wait_for(joined(url), PATIENCE_S)
        elapsed = time.perf_counter() - started
        if text_of([content(reader)]) != typist.text():
            raise AssertionError("something was lost")
        reader.leave()
    return {"reload_s": elapsed, "edits": edits}
