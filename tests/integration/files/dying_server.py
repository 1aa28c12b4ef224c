"""Servers that die in the middle of a save.

For every line ``FOLDER STEP before|after`` on standard input one begins; how it ended (as ``waitpid`` says
it) is written to standard output. With the step ``open`` it dies after the first edit, before any save; with the
name of a file while it writes that in place: of what is written there is nothing, or half of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server_fileid.manager import ArbitraryFileIdManager

from jupyter_tandem.adapters.server.contents import ContentsFiles
from tests.integration.files.desk import NOTEBOOK, TEXT, Desk
from tests.unit.core.notebooks import code, notebook

CONTENT = "one\n\ntwo\n\nthree\n"
EDITED = CONTENT + "\nlive\n"
CONTENTS = {
    "a.txt": (CONTENT, EDITED),
    "a.ipynb": (notebook(code("a", "x = 1")), notebook(code("a", "x = 2"), code("b", "y = 3"))),
}
SHORTENED = "one\n\nthree!\n"


class BarePlace:
    """Files without a web server."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir(exist_ok=True)
        self.contents = AsyncLargeFileManager(root_dir=str(self.root))
        self.ids = ArbitraryFileIdManager(root_dir=str(self.root), db_path=str(folder / "ids.db"))
        self.files = ContentsFiles(self.contents, self.ids)

    async def close(self) -> None:
        await self.files.close()
        self.ids.con.close()
        del self.ids.con


async def main(folder: Path, step: str, moment: str) -> None:
    place = BarePlace(folder)
    (place.root / "a.txt").write_text(CONTENT)
    desk = Desk(place, TEXT, "a.txt")  # type: ignore[arg-type]
    await desk.open(folder / "store")
    if step == "open":
        desk.edit(SHORTENED)
        await desk.live.durable(desk.live.sequence)
        os.kill(os.getpid(), signal.SIGKILL)
    # Everything about the first content is remembered from here on.
    await desk.bridge.save_now()
    target: Any = place.files if step == "write" else desk.store.bases
    carry_out = getattr(target, step)

    async def die(*args: Any, **options: Any) -> None:
        if moment == "after":
            await carry_out(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(target, step, die)
    desk.edit(EDITED)
    await desk.bridge.save_now()


async def cut(folder: Path, name: str, moment: str) -> None:
    """Die within the write of a file that has two names."""
    place = BarePlace(folder)
    former, edited = CONTENTS[name]
    kind = NOTEBOOK if name.endswith(".ipynb") else TEXT
    (place.root / name).write_text(json.dumps(former) if kind is NOTEBOOK else str(former))
    os.link(place.root / name, place.root / f"other-{name}")
    desk = Desk(place, kind, name)  # type: ignore[arg-type]
    await desk.open(folder / "store")
    await desk.bridge.save_now()
    writing: Any = place.files._place._writing  # type: ignore[attr-defined]
    usual = writing._own_way

    @contextlib.contextmanager
    def dying(*args: Any, **options: Any) -> Iterator[Any]:
        with usual(*args, **options) as file:
            yield Dying(file, moment)

    writing._own_way = dying
    desk.edit(edited)
    await desk.bridge.save_now()


class Dying:
    """A file that the process does not survive."""

    def __init__(self, file: Any, moment: str) -> None:
        self.file = file
        self.moment = moment

    def write(self, data: Any) -> None:
        if self.moment == "after":
            self.file.write(data[: len(data) // 2])
            self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def begin(folder: str, step: str, moment: str) -> None:
    """Fork, which is faster than importing everything again."""
    child = os.fork()
    if child == 0:
        if step in CONTENTS:
            asyncio.run(cut(Path(folder), step, moment))
        asyncio.run(main(Path(folder), step, moment))
        os._exit(0)
    sys.stdout.write(f"{os.waitpid(child, 0)[1]}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for line in sys.stdin:
        begin(*line.split())
