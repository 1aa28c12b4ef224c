"""FILE-42, FILE-43: cells that are in the file already are copied, and nobody can tell from what is on disk."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import os
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.utils import ensure_async

from jupyter_tandem.adapters.server import contents_local, contents_twin
from jupyter_tandem.adapters.server.contents_local import LocalContents
from jupyter_tandem.adapters.server.copied_cells import CellCopies
from jupyter_tandem.core.content import normalise
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.ports.files import FileStamp, Patch
from tests.integration.files import desk
from tests.integration.files.desk import NOTEBOOK, Desk, at_desk
from tests.integration.files.real_server import AsyncManager, SyncManager
from tests.property.core.contents import any_text, cells, mapping, value
from tests.unit.core.notebooks import code, markdown, notebook, stream

MANAGERS = [FileContentsManager, AsyncLargeFileManager]


class Place:
    """A folder, saved to by :class:`LocalContents` and, for comparison, by a contents manager alone."""

    def __init__(self, root: Path, manager: type[FileContentsManager]) -> None:
        self.root = root
        self.manager = manager(root_dir=str(root))
        self.told: list[tuple[str, str]] = []
        self.local = LocalContents(self.manager)
        self.manager.emit = lambda data: self.told.append((data["action"], data["path"]))  # type: ignore[method-assign]

    async def begin(self, content: Any) -> FileStamp:
        (self.root / "a.ipynb").write_text("{}")
        stamp = await self.local.stamp("a.ipynb")
        return await self.local.save("a.ipynb", NOTEBOOK, copy.deepcopy(content), stamp)

    async def patch(self, patch: Patch, stamp: FileStamp) -> FileStamp | None:
        return await self.local.patch("a.ipynb", NOTEBOOK, patch, stamp)

    def bytes_of(self, name: str = "a.ipynb") -> bytes:
        return (self.root / name).read_bytes()

    async def check(self, content: Any) -> None:
        """The file, and what is told of it and trusted, are those of the manager alone."""
        await asyncio.sleep(0)
        told, self.told = self.told, []
        found = nbformat.read(self.root / "a.ipynb", nbformat.NO_CONVERT)
        trusted = self.manager.notary.check_signature(found)
        made = nbformat.from_dict(copy.deepcopy(content))
        assert trusted == self.manager.notary.check_cells(made)
        model = {"type": "notebook", "content": copy.deepcopy(content)}
        await ensure_async(self.manager.save(model, "b.ipynb"))
        assert self.bytes_of() == self.bytes_of("b.ipynb")
        assert told == [(action, "a.ipynb") for action, _ in self.told]
        self.told.clear()

    def close(self) -> None:
        self.local.close()
        self.manager.notary.store.close()


def frame_of(content: dict[str, Any]) -> dict[str, Any]:
    return {key: content[key] for key in content if key != "cells"}


def filled(content: dict[str, Any], patch: Patch) -> dict[str, Any]:
    before = content["cells"]
    made = [before[cell] if isinstance(cell, int) else cell for cell in patch.cells]
    return {**patch.frame, "cells": made}


def sound(minor: int) -> st.SearchStrategy[dict[str, Any]]:
    """Cells that nbformat has nothing to say of; their ids are given later."""
    output = st.one_of(
        st.builds(stream, any_text, st.sampled_from(["stdout", "stderr"])),
        st.builds(
            lambda text, data, metadata: {
                "output_type": "display_data",
                "data": {"text/plain": text, "image/svg+xml": text, "application/json": data},
                "metadata": metadata,
            },
            any_text,
            mapping,
            mapping,
        ),
        st.builds(
            lambda number: {
                "output_type": "execute_result",
                "execution_count": number,
                "data": {},
                "metadata": {},
            },
            st.none() | st.integers(0, 5),
        ),
        st.builds(
            lambda lines: {
                "output_type": "error",
                "ename": "E",
                "evalue": "",
                "traceback": lines,
            },
            st.lists(any_text, max_size=3),
        ),
    )
    made = st.one_of(
        st.builds(
            lambda source, held, metadata: code("?", source, outputs=held, metadata=metadata),
            any_text,
            st.lists(output, max_size=2),
            st.dictionaries(st.sampled_from(["k", "é", "trusted"]), value, max_size=2),
        ),
        st.builds(
            lambda source, text: markdown(
                "?", source, attachments={"a.svg": {"image/svg+xml": text}}
            ),
            any_text,
            any_text,
        ),
        st.builds(lambda source: markdown("?", source), any_text),
        cells(st.just("?")),
    )
    return made.map(lambda cell: {k: cell[k] for k in cell if minor >= 5 or k != "id"})


def named(cell: dict[str, Any], number: int) -> dict[str, Any]:
    [normal] = normalise(NOTEBOOK, notebook({**cell, "id": f"n{number}"}))["cells"]
    return normal if "id" in cell else {key: normal[key] for key in normal if key != "id"}


STEPS = st.lists(st.integers(0, 2**32), min_size=1, max_size=4)


@pytest.mark.spec("FILE-42", "FILE-43")
@pytest.mark.parametrize("manager", MANAGERS)
@settings(max_examples=60, deadline=None, phases=(Phase.generate,))
@given(st.data(), st.sampled_from([4, 5, 5]), STEPS)
def test_the_file_is_the_one_that_is_saved_as_a_whole(
    manager: type[FileContentsManager], data: st.DataObject, minor: int, steps: list[int]
) -> None:
    made = sound(minor)
    numbers = iter(range(10**6))

    def some(least: int) -> list[dict[str, Any]]:
        drawn = data.draw(st.lists(made, min_size=least, max_size=4))
        return [named(cell, next(numbers)) for cell in drawn]

    async def run(root: Path) -> None:
        place = Place(root, manager)
        try:
            content = {**notebook(*some(1), minor=minor), "metadata": data.draw(mapping)}
            content["metadata"] = normalise(NOTEBOOK, content)["metadata"]
            stamp = await place.begin(content)
            place.told.clear()
            for seed in steps:
                chance = random.Random(seed)
                kept: list[Any] = list(range(len(content["cells"])))
                if chance.random() < 0.3:
                    chance.shuffle(kept)
                listed = [cell for cell in kept if chance.random() < 0.8]
                for cell in some(0):
                    listed.insert(chance.randrange(len(listed) + 1), cell)
                patch = Patch(len(content["cells"]), listed, frame_of(content))
                wanted = filled(content, patch)
                written = await place.patch(patch, stamp)
                event(f"copied: {written is not None}")
                if written is None:
                    if not listed:
                        continue
                    written = await place.local.save(
                        "a.ipynb", NOTEBOOK, copy.deepcopy(wanted), stamp
                    )
                assert written.same_version(await place.local.stamp("a.ipynb"))
                content, stamp = wanted, written
                await place.check(content)
        finally:
            place.close()

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(Path(folder, "data")))
        patch.setattr(contents_local, "LARGE_BYTES", 0)
        patch.setattr(contents_local, "LARGE_CELLS", 0)
        root = Path(folder, "root")
        root.mkdir()
        asyncio.run(run(root))


# -- over a whole server -------------------------------------------------------

CELLS = 40


def large() -> dict[str, Any]:
    """Streams, pictures and texts."""
    made = []
    for number in range(CELLS):
        data = {"image/png": "A" * 5_000, "text/html": f"<b>{number}</b>\n" * 9}
        picture = {"output_type": "display_data", "data": data, "metadata": {}}
        held = [stream("é\u2028 line\n" * 200), picture] if number % 3 else []
        made.append(code(f"c{number}", f"x = {number}", outputs=held))
    return notebook(*made, markdown("end", "# fin"))


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many cells of the former version each save has copied."""
    monkeypatch.setattr(desk, "ROOMS", RoomSettings(large_bytes=10_000))
    monkeypatch.setattr(contents_local, "LARGE_BYTES", 10_000)
    counts: list[int] = []
    usual = CellCopies.write

    def write(copies: CellCopies, *given: Any) -> Any:
        counts.append(sum(isinstance(cell, int) for cell in copies._patch.cells))
        return usual(copies, *given)

    monkeypatch.setattr(CellCopies, "write", write)
    return counts


@asynccontextmanager
async def at_large(
    tmp_path: Path, patch: pytest.MonkeyPatch, manager: Any = AsyncManager
) -> AsyncIterator[Desk]:
    """A large notebook, on a server whose manager counts as one of Jupyter Server's own."""
    patch.setattr(contents_twin, "_MANAGERS", {manager})
    options: dict[str, Any] = {"kind": NOTEBOOK, "path": "a.ipynb", "manager": manager}
    async with at_desk(tmp_path, patch, json.dumps(large()), **options) as desk:
        yield desk


def type_in(desk: Desk, number: int, text: str) -> None:
    content = desk.content()
    content["cells"][number]["source"] += text
    desk.edit(content)


def as_nbformat_writes(content: Any) -> str:
    return nbformat.writes(nbformat.from_dict(content)) + "\n"


async def saved(desk: Desk) -> None:
    assert await desk.bridge.save_now() == "success"


@pytest.mark.spec("FILE-41", "FILE-42", "FILE-43")
@pytest.mark.parametrize("manager", [AsyncManager, SyncManager])
@pytest.mark.filterwarnings("ignore:The synchronous ContentsManager classes:DeprecationWarning")
async def test_a_real_server_copies_what_did_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: list[int], manager: type
) -> None:
    async with at_large(tmp_path, monkeypatch, manager) as desk:
        for number in range(5):
            type_in(desk, number * 7, f"\n# 😀 {number}")
            await saved(desk)
            assert (tmp_path / "root/a.ipynb").read_text() == as_nbformat_writes(desk.content())
        assert copied == [CELLS] * 4
        content = desk.content()
        content["cells"].insert(3, code("new", "new", outputs=[stream("new")]))
        del content["cells"][9]
        desk.edit(content)
        await saved(desk)
        assert copied[4:] == [CELLS]
        assert (tmp_path / "root/a.ipynb").read_text() == as_nbformat_writes(desk.content())
        stamp = await desk.place.files.stamp(desk.address.file_id)
        assert stamp.file_hash == hashlib.sha256(desk.file.read_bytes()).hexdigest()
        assert desk.screen.notices == []


@pytest.mark.spec("FILE-42", "FILE-12", "FILE-13")
async def test_what_another_program_wrote_is_merged_and_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: list[int]
) -> None:
    async with at_large(tmp_path, monkeypatch) as desk:
        for number in range(4):
            type_in(desk, 1, f"\n# live {number}")
            await saved(desk)
            # In place and of the same length: only its times tell.
            text = desk.file.read_text()
            place = text.index("# fin")
            with desk.file.open("r+b") as file:
                file.seek(len(text[:place].encode()))
                file.write(b"# %d " % number)
            assert len(desk.file.read_text()) == len(text)
            type_in(desk, 2, f"\n# again {number}")
            await saved(desk)
            found = ["".join(cell["source"]) for cell in desk.on_disk()["cells"]]
            assert found == [cell["source"] for cell in desk.content()["cells"]]
            assert found[-1].startswith(f"# {number}")
            assert f"# live {number}" in found[1]
            assert f"# again {number}" in found[2]
            content = desk.content()
            content["cells"][-1]["source"] = "# fin"
            desk.edit(content)
            await saved(desk)
        assert copied


@pytest.mark.spec("FILE-42", "FILE-12")
async def test_so_is_what_it_wrote_in_the_last_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: list[int]
) -> None:
    async with at_large(tmp_path, monkeypatch) as desk:
        type_in(desk, 1, "\n# live")
        await saved(desk)
        usual = CellCopies.write

        def write(copies: CellCopies, *given: Any) -> Any:
            written = usual(copies, *given)
            if len(copied) == 1:
                text = desk.file.read_text()
                desk.file.write_text(text.replace("# fin", "# another program"))
            return written

        monkeypatch.setattr(CellCopies, "write", write)
        type_in(desk, 2, "\n# again")
        await saved(desk)
        found = ["".join(cell["source"]) for cell in desk.on_disk()["cells"]]
        assert "# again" in found[2]
        assert found[-1] == "# another program"
        assert found == [cell["source"] for cell in desk.content()["cells"]]
        assert copied == [CELLS]


@pytest.mark.spec("FILE-44")
async def test_whatever_is_not_as_usual_is_written_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: list[int]
) -> None:
    async with at_large(tmp_path, monkeypatch) as desk:

        async def next_save(number: int) -> int:
            before = len(copied)
            type_in(desk, number, "\n# more")
            await saved(desk)
            assert desk.file.read_text() == as_nbformat_writes(desk.content())
            return len(copied) - before

        assert [await next_save(1), await next_save(1)] == [0, 1]
        # Touched, renamed, deleted: each is another version, or none.
        os.utime(desk.file)
        assert [await next_save(2), await next_save(2)] == [0, 1]
        desk.file.unlink()
        assert [await next_save(3), await next_save(3)] == [0, 1]
        # More names than one: it is written in place.
        os.link(desk.file, tmp_path / "root/other.ipynb")
        assert [await next_save(4), await next_save(4)] == [0, 0]
        (tmp_path / "root/other.ipynb").unlink()
        assert [await next_save(5), await next_save(5)] == [0, 1]
        # What nbformat has something to say of.
        content = desk.content()
        content["cells"][6]["outputs"] = [{"output_type": "stream", "text": "no name"}]
        desk.edit(content)
        before = len(copied)
        await saved(desk)
        assert len(copied) == before
        content["cells"][6]["outputs"] = []
        desk.edit(content)
        await saved(desk)
        assert [await next_save(7)] == [1]
        # The notebook's own metadata.
        desk.edit({**desk.content(), "metadata": {"title": "é"}})
        assert [await next_save(8), await next_save(8)] == [0, 1]
        # Somebody wants to know of every write.
        desk.place.contents.register_post_save_hook(lambda **_: None)
        assert [await next_save(9), await next_save(9)] == [0, 0]


@pytest.mark.spec("FILE-44")
async def test_a_save_that_fails_is_repeated_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: list[int]
) -> None:
    async with at_large(tmp_path, monkeypatch) as desk:
        type_in(desk, 1, "\n# one")
        await saved(desk)

        def broken(*_: Any) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(CellCopies, "_copy", broken)
            type_in(desk, 2, "\n# two")
            await saved(desk)
        assert len(copied) == 1
        assert desk.file.read_text() == as_nbformat_writes(desk.content())
        assert [path.name for path in desk.file.parent.glob(".~*")] == []
