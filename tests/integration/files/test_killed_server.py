"""``kill -9`` at every step of a save; then another program edits the file; then the server is back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.core.content import normalise
from tests.integration.files.desk import NOTEBOOK, TEXT, Desk
from tests.integration.files.dying_server import CONTENT, CONTENTS, EDITED, SHORTENED, BarePlace

ROOT = Path(__file__).parents[3]
STEPS = [(step, moment) for step in ("intend", "write", "settle") for moment in ("before", "after")]


class Servers:
    """Starts servers that die."""

    async def start(self) -> None:
        script = str(Path(__file__).with_name("dying_server.py"))
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            script,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    async def die(self, folder: Path, step: str, moment: str) -> Path:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{folder} {step} {moment}\n".encode())
        status = int(await self.process.stdout.readline())
        assert os.WTERMSIG(status) == signal.SIGKILL
        return folder

    async def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


def made(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def in_step(desk: Desk, held: Any) -> bool:
    try:
        return bool(normalise(desk.kind, desk.on_disk()) == normalise(desk.kind, held))
    except ValueError:
        # Half a notebook.
        return False


async def return_and_read(folder: Path, name: str = "a.txt") -> Any:
    place = BarePlace(folder)
    kind = NOTEBOOK if name.endswith(".ipynb") else TEXT
    desk = Desk(place, kind, name)  # type: ignore[arg-type]
    await desk.open(folder / "store")
    await desk.holds(lambda held: in_step(desk, held))
    assert await desk.bridge.save_now() == "success"
    assert await desk.store.bases.unsettled() == []
    content = desk.content()
    await desk.close()
    await place.close()
    return content


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.spec("FILE-25", "FILE-26")
async def test_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    servers = Servers()
    await servers.start()
    for step, moment in STEPS:
        folder = await servers.die(made(tmp_path, f"{step}-{moment}"), step, moment)
        file = folder / "root" / "a.txt"
        assert file.read_text() in (CONTENT, EDITED)
        assert await return_and_read(folder) == EDITED

        folder = await servers.die(made(tmp_path, f"{step}-{moment}-edited"), step, moment)
        file = folder / "root" / "a.txt"
        file.write_text("disk\n" + file.read_text())
        assert await return_and_read(folder) == "disk\n" + EDITED
    await servers.stop()


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.spec("FILE-60")
async def test_what_was_deleted_in_the_first_second_stays_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    servers = Servers()
    await servers.start()
    folder = await servers.die(made(tmp_path, "same"), "open", "after")
    assert (folder / "root" / "a.txt").read_text() == CONTENT
    assert await return_and_read(folder) == SHORTENED

    folder = await servers.die(made(tmp_path, "changed"), "open", "after")
    (folder / "root" / "a.txt").write_text("disk\n" + CONTENT)
    assert await return_and_read(folder) == "disk\n" + SHORTENED
    await servers.stop()


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.spec("FILE-61")
async def test_a_write_in_place_that_was_cut_short_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    servers = Servers()
    await servers.start()
    for name, (former, edited) in CONTENTS.items():
        for moment in ("before", "after"):
            folder = await servers.die(made(tmp_path, f"{moment}-{name}"), name, moment)
            left = (folder / "root" / name).read_text()
            assert (left == "") == (moment == "before")
            assert left not in (former, edited)
            kind = NOTEBOOK if name.endswith(".ipynb") else TEXT
            assert normalise(kind, await return_and_read(folder, name)) == normalise(kind, edited)
            assert (folder / "root" / name).samefile(folder / "root" / f"other-{name}")
            assert not list((folder / "root").glob("*.invalid"))
    await servers.stop()


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.spec("FILE-26", "FILE-61")
async def test_what_is_taken_away_at_the_end_of_a_file_that_is_replaced_stays_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    servers = Servers()
    await servers.start()
    for number, kept in enumerate(("one\n\ntwo\n", "one\n", "")):
        folder = await servers.die(made(tmp_path, str(number)), "write", "before")
        (folder / "root" / "a.txt").write_text(kept)
        merged = await return_and_read(folder)
        assert "three" not in merged
        assert merged.startswith(kept)
        assert (folder / "root" / "a.txt").read_text() == merged
    await servers.stop()
