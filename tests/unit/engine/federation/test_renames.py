"""HUB-36: what a server says its files are called is entered no faster than others can follow."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_tandem.engine.federation import renames as module
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.renames import Renames
from jupyter_tandem.errors import InvalidInput, StoreUnavailable
from jupyter_tandem.ports.federation import FOLDER, HubDocument
from jupyter_tandem.types import DocumentKind, FileId

pytestmark = pytest.mark.spec("HUB-36")

KIND = DocumentKind("json", "notebook")


def document(number: int, owner: str = "alice") -> HubDocument:
    return HubDocument(f"d{number}", owner, "", FileId(f"f{number}"), KIND, "n.ipynb", 1.0)


class FakeRegistry:
    """Documents of alice's and of bob's; writes when it may."""

    def __init__(self) -> None:
        self.put_names: list[str] = []
        self.under_way = self.most_under_way = 0
        self.works = True
        self.refusal: Exception = StoreUnavailable("the disk is full")
        self.open = asyncio.Event()
        self.open.set()

    def load_now(self) -> list[HubDocument]:
        folder = HubDocument("w", "alice", "", FileId("w"), FOLDER, "work", 1.0)
        return [folder, *(document(n) for n in range(200)), document(900, "bob")]

    async def put(self, document: HubDocument) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        await self.open.wait()
        self.under_way -= 1
        if not self.works:
            raise self.refusal
        self.put_names.append(document.name)

    async def close(self) -> None: ...


class Bench:
    """A catalogue, and what is told of changes in it."""

    def __init__(self) -> None:
        self.registry = FakeRegistry()
        self.catalogue = Catalogue(self.registry)
        self.moves: asyncio.Queue[tuple[HubDocument, HubDocument]] = asyncio.Queue()
        self.renames = Renames(self.catalogue, lambda a, b: self.moves.put_nowait((a, b)))

    async def moved(self) -> tuple[HubDocument, HubDocument]:
        return await asyncio.wait_for(self.moves.get(), 10)


@pytest.mark.spec("HUBDIR-7")
async def test_the_first_word_counts_at_once_with_what_was_before() -> None:
    bench = Bench()
    began = asyncio.get_running_loop().time()
    bench.renames.told("d1", "m.ipynb", {"w": "m.ipynb"})
    before, after = await bench.moved()
    assert asyncio.get_running_loop().time() - began < module.APART_S
    assert (before, after.name, after.within) == (document(1), "m.ipynb", {"w": "m.ipynb"})
    assert bench.catalogue.get("d1") == after
    # Out of the folder again: not shared by it any more within a second.
    bench.renames.told("d1", "m.ipynb", {})
    _, after = await bench.moved()
    assert after.within == {}
    assert asyncio.get_running_loop().time() - began < 1.0


async def test_of_ever_new_names_a_few_are_entered_and_the_last_one_stays() -> None:
    bench = Bench()
    bench.renames.told("d1", "0.ipynb", None)
    await bench.moved()
    for number in range(1, 1_000):
        bench.renames.told("d1", f"{number}.ipynb", None)
        await asyncio.sleep(0)
    await bench.moved()
    assert bench.registry.put_names == ["0.ipynb", "999.ipynb"]


async def test_what_changes_nothing_and_what_is_no_name_is_not_entered() -> None:
    bench = Bench()
    for name in ("n.ipynb", "", "a/b", "x" * 10_000, None, 7):
        bench.renames.told("d1", name, None)
    bench.renames.told("nothing", "m.ipynb", None)
    bench.renames.told("d2", "m.ipynb", {"nothing": "x", "w": "../x"})
    before, after = await bench.moved()
    assert (before.id, after.name, after.within) == ("d2", "m.ipynb", {})
    assert bench.registry.put_names == ["m.ipynb"]


async def test_a_name_that_is_taken_back_before_its_turn_is_not_entered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "APART_S", 0.05)
    bench = Bench()
    bench.renames.told("d1", "m.ipynb", None)
    await bench.moved()
    bench.renames.told("d1", "o.ipynb", None)
    bench.renames.told("d1", "m.ipynb", None)
    await asyncio.sleep(0.1)
    bench.renames.told("d1", "p.ipynb", None)
    await bench.moved()
    assert bench.registry.put_names == ["m.ipynb", "p.ipynb"]


async def test_all_documents_of_a_folder_are_renamed_one_after_the_other_beside_others() -> None:
    bench = Bench()
    bench.registry.open.clear()
    for number in range(200):
        bench.renames.told(f"d{number}", f"{number}.ipynb", None)
    bench.renames.told("d900", "bobs.ipynb", None)
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.registry.under_way == 2
    bench.registry.open.set()
    moved = [(await bench.moved())[1].name for _ in range(201)]
    assert set(moved) == {"bobs.ipynb", *(f"{number}.ipynb" for number in range(200))}
    assert moved.index("bobs.ipynb") < 10
    assert bench.registry.most_under_way == 2


@pytest.mark.parametrize("refusal", [StoreUnavailable("the disk is full"), InvalidInput("a name")])
async def test_what_cannot_be_entered_is_entered_when_it_is_told_again(
    refusal: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "APART_S", 0.02)
    bench = Bench()
    bench.registry.works, bench.registry.refusal = False, refusal
    bench.renames.told("d1", "m.ipynb", None)
    await asyncio.sleep(0.1)
    assert "keeps its old name" in caplog.text
    assert bench.catalogue.get("d1") == document(1)
    bench.registry.works = True
    bench.renames.told("d1", "m.ipynb", None)
    assert (await bench.moved())[1].name == "m.ipynb"
