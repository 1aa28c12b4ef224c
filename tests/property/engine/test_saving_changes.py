"""FILE-41: a save by the cells that changed leaves behind what a save of the whole document would."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.big_output import hold_out, with_big
from jupyter_tandem.core.content import decode_base, normalise, reduced
from jupyter_tandem.engine import file_bridge_exchange
from jupyter_tandem.engine.file_bridge_work import Export, export_document
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.errors import FileError
from jupyter_tandem.types import DocumentId
from tests.property.core.contents import PIECES
from tests.unit.core.notebooks import code, markdown, stream
from tests.unit.engine.bridge_bench import NOTEBOOK, Bench, virtual

LIMIT = 300
LONG = "".join(f"line {number}: é😀\u2028\n" for number in range(300))


class Shelves:
    """Big outputs in a dict."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.hidden = False

    def put(self, document_id: DocumentId, name: str, data: bytes) -> None:
        del document_id
        self.held[name] = data

    def get(self, document_id: DocumentId, name: str) -> bytes | None:
        del document_id
        return None if self.hidden else self.held.get(name)

    def sizes(self, document_id: DocumentId) -> dict[str, int]:
        del document_id
        return {name: len(data) for name, data in self.held.items()}

    def sweep(self, document_id: DocumentId, wanted: Collection[str], grace_s: float) -> int:
        del document_id, wanted, grace_s
        return 0


class AtOnce:
    """A worker that takes no thread."""

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        await asyncio.sleep(0.001)
        return work(*args)


class SlowRecall:
    """The state comes later than it was asked for, and is as of then."""

    large_bytes = 0

    def __init__(self, live: LiveRoom) -> None:
        self._live = live

    async def state(self) -> tuple[int, bytes]:
        await asyncio.sleep(0.01)
        return self._live.encode()


class Desk:
    """A document, and what happens to it."""

    def __init__(self, bench: Bench, store: Shelves) -> None:
        self.bench = bench
        self.store = store
        self.versions: list[Any] = []
        self.patched = 0
        self.lossy = 0
        bench.outputs = OutputShelf(store, AtOnce(), LIMIT)  # type: ignore[arg-type]
        bench.recall = SlowRecall  # type: ignore[assignment]

    def step(self, what: str, seed: int) -> None:
        chance = random.Random(seed)
        getattr(self, f"_{what}")(chance)

    # -- edits of people -------------------------------------------------------

    @contextmanager
    def _content(self) -> Iterator[dict[str, Any]]:
        content = self.bench.content()
        self.versions.append(copy.deepcopy(content))
        before = copy.deepcopy(content)
        yield content
        if normalise(NOTEBOOK, content) != before:
            self.bench.edit(content)

    @contextmanager
    def _cell(self, chance: random.Random) -> Iterator[dict[str, Any]]:
        with self._content() as content:
            yield chance.choice(content["cells"])

    def _type(self, chance: random.Random) -> None:
        with self._cell(chance) as cell:
            source = cell["source"]
            at = chance.randrange(len(source) + 1)
            end = min(len(source), at + chance.choice([0, 0, 0, 1, 5]))
            cell["source"] = source[:at] + chance.choice([*PIECES, "\n", "ab"]) + source[end:]

    def _long(self, chance: random.Random) -> None:
        with self._cell(chance) as cell:
            cell["source"] = LONG + cell["source"] if len(cell["source"]) < len(LONG) else ""

    def _print(self, chance: random.Random) -> None:
        with self._cell(chance) as cell:
            if cell["cell_type"] == "code":
                data = {"text/html": "<b>\u2028</b>", "application/json": [1.5, "a\nb", None]}
                made = chance.choice(
                    [
                        stream("one\ntwo"),
                        {"output_type": "display_data", "data": data, "metadata": {"é": [1]}},
                        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["a"]},
                    ]
                )
                cell["outputs"] = chance.choice([[], [*cell["outputs"], made], [made]])
                cell["execution_count"] = chance.choice([None, 1, 7])

    def _grow(self, chance: random.Random) -> None:
        """A stream goes on."""
        with self._content() as content:
            streams = [
                output
                for cell in content["cells"]
                for output in cell.get("outputs", ())
                if output["output_type"] == "stream"
            ]
            if streams:
                chance.choice(streams)["text"] += "more\n"

    def _big(self, chance: random.Random) -> None:
        """A big output, or what stands for one."""
        data = {"text/plain": chance.choice("xyz") * 2 * LIMIT}
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        document = self.bench.address.document_id
        held = hold_out(output, document, LIMIT)
        assert held is not None
        self.store.put(document, held.name, held.text)
        with self._cell(chance) as cell:
            if cell["cell_type"] == "code":
                made = held.stand_in if chance.random() < 0.9 else output
                cell["outputs"] = [made, *cell["outputs"][:1]]

    def _metadata(self, chance: random.Random) -> None:
        with self._cell(chance) as cell:
            cell["metadata"] = chance.choice(
                [{}, {"tags": ["é"]}, {"deep": {"list": [1, 2.5, {}]}}]
            )

    def _notebook(self, chance: random.Random) -> None:
        with self._content() as content:
            content["metadata"] = chance.choice([{}, {"title": "é"}, {"kernelspec": {"name": "x"}}])

    def _attach(self, chance: random.Random) -> None:
        with self._cell(chance) as cell:
            if cell["cell_type"] == "markdown":
                size = chance.choice([1, 3_000])
                cell["attachments"] = {"a.png": {"image/png": "A" * size}, "é": {"text/x": "b"}}

    def _insert(self, chance: random.Random) -> None:
        with self._content() as content:
            cells = content["cells"]
            made = chance.choice([code, markdown])(None, chance.choice(["", "new", LONG]))
            if content["nbformat_minor"] >= 5:
                made["id"] = f"new-{chance.randrange(10**9)}"
            cells.insert(chance.randrange(len(cells) + 1), made)

    def _delete(self, chance: random.Random) -> None:
        with self._content() as content:
            cells = content["cells"]
            del cells[chance.randrange(len(cells)) :][: chance.choice([1, 1, 2])]

    def _move(self, chance: random.Random) -> None:
        with self._content() as content:
            cells = content["cells"]
            cells.insert(chance.randrange(len(cells)), cells.pop(chance.randrange(len(cells))))

    def _split(self, chance: random.Random) -> None:
        """Several cells at once, one of them new."""
        for _ in range(2):
            with self._content() as content:
                at = chance.randrange(len(content["cells"]))
                cell = content["cells"][at]
                half = len(cell["source"]) // 2
                new = {**copy.deepcopy(cell), "source": cell["source"][half:]}
                if "id" in new:
                    new["id"] = f"half-{chance.randrange(10**9)}"
                cell["source"] = cell["source"][:half]
                content["cells"].insert(at + 1, new)

    def _retype(self, chance: random.Random) -> None:
        with self._content() as content:
            at = chance.randrange(len(content["cells"]))
            cell = content["cells"][at]
            make = markdown if cell["cell_type"] == "code" else code
            content["cells"][at] = make(cell.get("id"), cell["source"])

    def _undo(self, chance: random.Random) -> None:
        if self.versions:
            with self._content() as content:
                content.update(copy.deepcopy(chance.choice(self.versions)))

    def _minor(self, chance: random.Random) -> None:
        with self._content() as content:
            content["nbformat_minor"] = chance.choice([4, 5])
            for number, cell in enumerate(content["cells"]):
                if content["nbformat_minor"] == 4:
                    cell.pop("id", None)
                else:
                    cell.setdefault("id", f"again-{number}")

    # -- edits of faulty clients ---------------------------------------------------

    def _raw(self, chance: random.Random) -> None:
        """What no front end does, straight into the shared types."""
        client = self.bench.entropy.client_id()
        doc: Doc[Any] = Doc(client_id=client)
        doc.apply_update(self.bench.live.encode()[1])
        known = doc.get_state()
        cells, meta = doc.get("cells", type=Array), doc.get("meta", type=Map)
        at = chance.randrange(len(cells)) if len(cells) else 0
        with doc.transaction():
            if len(cells):
                chance.choice(NONSENSE)(cells, meta, at)
        self.bench.live.incorporate(doc.get_update(known), author="mallory", cause="edit")

    # -- other programs, and the world -----------------------------------------------

    def _disk(self, chance: random.Random) -> None:
        if self.bench.files.exists(self.bench.path):
            content = self.bench.on_disk()
            cell = chance.choice(content["cells"])
            cell["source"] = "".join(cell["source"]) + f"\n# disk {chance.random()}"
            self.bench.put(content)

    def _format(self, _: random.Random) -> None:
        if self.bench.files.exists(self.bench.path):
            self.bench.put(self.bench.on_disk())

    def _remove(self, _: random.Random) -> None:
        if self.bench.files.exists(self.bench.path):
            self.bench.files.remove(self.bench.path)

    def _fail(self, _: random.Random) -> None:
        self.bench.files.failure = FileError("disk full")

    def _hide(self, _: random.Random) -> None:
        """Big outputs cannot be found for a time."""
        self.store.hidden = True

    def heal(self) -> None:
        self.bench.files.failure = None
        if self.store.hidden:
            self.store.hidden, self.lossy = False, self.bench.files.writes

    # -- saving ------------------------------------------------------------------------

    async def save(self, meanwhile: str, seed: int) -> None:
        saving = asyncio.ensure_future(self.bench.bridge.save_now())
        await asyncio.sleep(random.Random(seed).choice([0.0, 0.005, 0.012, 0.03]))
        self.step(meanwhile, seed)
        outcome = await saving
        if self.bench.files.failure is not None:
            self.bench.files.failure = None
        if outcome != "success" or self.bench.files.failure is not None:
            return
        self.check_past()

    def check_past(self) -> None:
        """The file is one document's content, whatever was edited meanwhile."""
        if self.bench.files.exists(self.bench.path):
            found = self.bench.on_disk()
            assert isinstance(found["cells"], list)
            ids = [cell["id"] for cell in found["cells"] if "id" in cell]
            assert len(set(ids)) == len(ids)

    async def settle(self) -> None:
        """Save what is left, and hold everything against the whole way."""
        bench = self.bench
        # Long enough to hear of other programs.
        await asyncio.sleep(2)
        assert await bench.bridge.save_now() == "success"
        patched = bench.files.patches > self.patched
        self.patched = bench.files.patches
        sequence, state = bench.live.encode()
        wanted = export_document(NOTEBOOK, state, bench.entropy.client_id(), LIMIT)
        await self._check_file(wanted, patched=patched)
        await self._check_base(wanted, sequence)
        assert bench.screen.state == "in_file"

    async def _check_file(self, wanted: Export, *, patched: bool) -> None:
        bench = self.bench
        whole, missing = with_big(wanted.content, lambda held: self.store.held.get(held.sha256))
        assert not missing
        own = bench.files.is_own(bench.path) and bench.files.writes > self.lossy
        text = json.dumps(whole, indent=1, sort_keys=True) + "\n"
        event(f"patched: {patched}")
        if own:
            assert bench.files.get(bench.path).decode() == text
        lightened, _ = with_big(
            normalise(NOTEBOOK, bench.on_disk()), lambda held: self.store.held.get(held.sha256)
        )
        assert lightened == whole

    async def _check_base(self, wanted: Export, sequence: int) -> None:
        base = await self.bench.base()
        assert base.digest == wanted.digest
        assert base.content == wanted.base
        assert decode_base(NOTEBOOK, base.content) == json.loads(
            json.dumps(reduced(NOTEBOOK, wanted.content))
        )
        data = self.bench.files.get(self.bench.path)
        assert base.file_hash == hashlib.sha256(data).hexdigest()
        assert base.sequence == sequence


def _value(cells: Array[Any], _: Map[Any], at: int) -> None:
    cells.insert(at, 5)


def _version(_: Array[Any], meta: Map[Any], at: int) -> None:
    meta["nbformat_minor"] = "many" if at else 5


def _same_id(cells: Array[Any], _: Map[Any], at: int) -> None:
    for place in (at, 0):
        if isinstance(cells[place], Map):
            cells[place]["id"] = "same"


def _no_id(cells: Array[Any], _: Map[Any], at: int) -> None:
    if isinstance(cells[at], Map):
        cells[at].pop("id", None)


def _strange_key(cells: Array[Any], _: Map[Any], at: int) -> None:
    if isinstance(cells[at], Map):
        key = ["outputs_digest", "attachment_digests", "zebra", "a", "source", "cell_type"][at % 6]
        cells[at][key] = "strange" if at % 2 else ["", "text"]


def _twice(cells: Array[Any], _: Map[Any], at: int) -> None:
    for place in (at, len(cells)):
        made = {"id": "twin", "cell_type": "raw", "source": Text("x"), "metadata": Map({})}
        cells.insert(place, Map(made))


def _all_gone(cells: Array[Any], _: Map[Any], at: int) -> None:
    if at % 3 == 0:
        del cells[:]


NONSENSE = (_value, _version, _same_id, _no_id, _strange_key, _strange_key, _twice, _all_gone)
EDITS = [
    *("type", "type", "type", "long", "print", "grow", "big", "metadata", "notebook", "attach"),
    *("insert", "delete", "move", "split", "retype", "undo", "minor"),
]
WORLD = ["raw", "raw", "raw", "raw", "disk", "format", "remove", "fail", "hide", "hide"]
SEED = st.integers(0, 2**32)
EDIT = st.tuples(st.sampled_from(EDITS), SEED)
STEPS = st.lists(
    st.one_of(
        EDIT,
        EDIT,
        EDIT,
        st.tuples(st.sampled_from(WORLD), SEED),
        st.tuples(st.sampled_from([f"save while {edit}" for edit in EDITS]), SEED),
        st.tuples(st.sampled_from(["settle", "settle", "pause"]), SEED),
    ),
    min_size=1,
    max_size=25,
)


def first(minor: int) -> dict[str, Any]:
    cells = [
        code("c0", "x = 1", outputs=[stream("é\n")], execution_count=1),
        markdown("c1", "# title"),
        code("c2", LONG),
        code("c3", ""),
        markdown("c4", "end", attachments={"a": {"image/png": "AA"}}),
    ]
    if minor < 5:
        for cell in cells:
            del cell["id"]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


@pytest.mark.spec("FILE-41")
@settings(max_examples=300, deadline=None)
@given(STEPS, st.sampled_from([4, 5, 5]))
def test_nobody_can_tell_how_it_was_saved(steps: list[tuple[str, int]], minor: int) -> None:
    @virtual
    async def run() -> None:
        desk = Desk(Bench(NOTEBOOK), Shelves())
        await desk.bench.open(first(minor))
        await desk.settle()
        for what, seed in steps:
            if what == "settle":
                desk.heal()
                await desk.settle()
            elif what == "pause":
                await asyncio.sleep(6)
            elif what.startswith("save while "):
                await desk.save(what.removeprefix("save while "), seed)
            else:
                desk.step(what, seed)
        desk.heal()
        await asyncio.sleep(40)
        await desk.settle()

    large, file_bridge_exchange.LARGE_BYTES = file_bridge_exchange.LARGE_BYTES, 0
    try:
        run()
    finally:
        file_bridge_exchange.LARGE_BYTES = large
