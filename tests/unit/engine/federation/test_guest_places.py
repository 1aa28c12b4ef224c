"""Where guests find the service's documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.engine.federation.catalogue import Catalogue, address_of
from jupyter_tandem.engine.federation.guest_places import GuestPlaces
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.federation import FOLDER, HubDocument
from jupyter_tandem.sharing import Target, TargetKind
from jupyter_tandem.types import DocumentKind, FileId

NOTEBOOK = HubDocument(
    "abc", "alice", "", FileId("f"), DocumentKind("json", "notebook"), "n.ipynb", 1.0
)


@pytest.fixture
async def catalogue(tmp_path: Path) -> AsyncIterator[Catalogue]:
    found = Catalogue(SqlRegistry.open(tmp_path))
    try:
        await found.put(NOTEBOOK)
        yield found
    finally:
        await found.close()


@pytest.mark.spec("HUBGUEST-3")
async def test_a_document_is_found_by_its_name_and_by_earlier_ones(catalogue: Catalogue) -> None:
    places = GuestPlaces(catalogue)
    found = await places.at("abc/n.ipynb")
    assert (found.path, found.name) == ("abc/n.ipynb", "n.ipynb")
    await catalogue.put(replace(NOTEBOOK, name="m.ipynb"))
    assert places.now("abc/n.ipynb") == "abc/m.ipynb"
    assert (await places.at("abc/n.ipynb")).path == "abc/m.ipynb"
    assert places.path_of(address_of(NOTEBOOK)) == "abc/m.ipynb"
    target = Target(TargetKind.DOCUMENT, FileId("abc"))
    located = await places.of(target)
    assert located is not None
    assert located.path == "abc/m.ipynb"


@pytest.mark.spec("HUBGUEST-3")
@pytest.mark.parametrize("path", ["", "abc", "abc/", "/", "xyz/n.ipynb", "n.ipynb", "../abc/n"])
async def test_nothing_else_is_there(catalogue: Catalogue, path: str) -> None:
    places = GuestPlaces(catalogue)
    with pytest.raises(NotFound):
        await places.at(path)
    assert places.now(path) == path


@pytest.mark.spec("HUBGUEST-3")
@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\\b.txt", "a_b.txt"), ("..", "_"), (".", "_"), ("<b>.ipynb", "<b>.ipynb"), ("ü %", "ü %")],
)
async def test_a_name_is_one_part_of_a_path(catalogue: Catalogue, name: str, shown: str) -> None:
    await catalogue.put(replace(NOTEBOOK, name=name))
    assert (await GuestPlaces(catalogue).at("abc/x")).path == f"abc/{shown}"


@pytest.mark.spec("HUBGUEST-2")
async def test_a_folder_is_none_of_theirs(catalogue: Catalogue) -> None:
    await catalogue.put(replace(NOTEBOOK, id="dir", file_id=FileId("d"), kind=FOLDER))
    with pytest.raises(NotFound):
        await GuestPlaces(catalogue).at("dir/n.ipynb")
