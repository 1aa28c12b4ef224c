"""A merge in the page of JupyterLite comes out as one on a server."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.merge import merge
from jupyter_tandem.types import DocumentKind
from tests.differential.node_peer import NodePeer
from tests.unit.core.notebooks import NOTEBOOK, TEXT, code, markdown, notebook, stream

_LINES = ("a", "b", "ab", "abc", "", "x = 1", "x = 12", "é😀", "end")
_ROUNDS = 400


@pytest.fixture(scope="module")
def page() -> Iterator[NodePeer]:
    peer = NodePeer("merge_peer.mjs")
    yield peer
    peer.close()


class Author:
    """Makes documents and changes them, by chance."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._made = 0

    def text(self) -> str:
        return "\n".join(self._chance.choices(_LINES, k=self._chance.randint(0, 7)))

    def edited(self, text: str) -> str:
        lines = text.split("\n")
        for _ in range(self._chance.randint(0, 3)):
            at = self._chance.randint(0, len(lines))
            if self._chance.random() < 0.5:
                lines.insert(at, self._chance.choice(_LINES))
            elif at < len(lines):
                lines[at : at + 1] = self._chance.choice([[], [lines[at] + "more"]])
        return "\n".join(lines)

    def cell(self, *, named: bool) -> dict[str, Any]:
        self._made += 1
        name = f"id{self._made}" if named else None
        if self._chance.random() < 0.3:
            return markdown(name, self.text(), attachments=self._files())
        return code(name, self.text(), metadata=self._keys(), **self._run())

    def notebook(self, *, named: bool) -> dict[str, Any]:
        cells = [self.cell(named=named) for _ in range(self._chance.randint(1, 5))]
        return notebook(*cells, minor=5 if named else 4, **self._keys())

    def changed(self, content: dict[str, Any], *, named: bool) -> dict[str, Any]:
        """Another version of a notebook: cells moved, deleted, added, written in, run."""
        cells = list(content["cells"])
        for _ in range(self._chance.randint(0, 4)):
            at = self._chance.randrange(len(cells)) if cells else 0
            match self._chance.randrange(7):
                case 0:
                    cells.insert(at, self.cell(named=named))
                case 1 if len(cells) > 1:
                    del cells[at]
                case 2 if cells:
                    cells.append(cells.pop(at))
                case 3 if cells and cells[at]["cell_type"] == "code":
                    cells[at] = {**cells[at], **self._run()}
                case 4 if cells:
                    cells[at] = {**cells[at], "metadata": self._keys()}
                case 5 if cells and cells[at]["cell_type"] == "markdown":
                    cells[at] = {**cells[at], "attachments": self._files()}
                case _ if cells:
                    cells[at] = {**cells[at], "source": self.edited(cells[at]["source"])}
        metadata = self._keys() if self._chance.random() < 0.2 else content["metadata"]
        return {**content, "cells": cells, "metadata": metadata}

    def _run(self) -> dict[str, Any]:
        number = self._chance.choice([None, 1, 2, 3])
        return {
            "outputs": [] if number is None else [stream(f"{number}\n")],
            "execution_count": number,
        }

    def _keys(self) -> dict[str, Any]:
        keys = {key: self._chance.choice([1, "x", {"k": 1}, {"k": 2}]) for key in "kl"}
        return {key: value for key, value in keys.items() if self._chance.random() < 0.5}

    def _files(self) -> dict[str, Any]:
        names = [name for name in ("a.png", "b.png") if self._chance.random() < 0.5]
        return {name: {"image/png": self._chance.choice(["1", "2"])} for name in names}


def same(page: NodePeer, kind: DocumentKind, base: Any, ours: Any, theirs: Any) -> None:
    """Assert that both say the same of three versions."""
    expected = merge(kind, base, ours, theirs)
    found = page.ask("merge", base=base, ours=ours, theirs=theirs)
    versions = (base, ours, theirs)
    assert nameless(found["content"]) == nameless(expected.content), versions
    conflicts = [(one["part"], one["kept"], one["line"]) for one in found["conflicts"]]
    assert conflicts == [(one.part, one.kept.value, one.line) for one in expected.conflicts]


def nameless(content: Any) -> Any:
    """Content in the form of a server, without ids: what pages make up where there is none is their own affair."""
    if isinstance(content, str):
        return content
    whole = normalise(NOTEBOOK, content)
    ids = [cell["id"] for cell in whole["cells"] if "id" in cell]
    assert len(ids) == len(set(ids))
    cells = [{key: cell[key] for key in cell if key != "id"} for cell in whole["cells"]]
    return {"cells": cells, "metadata": whole["metadata"]}


@pytest.mark.spec("LITE-13", "MERGE-2", "MERGE-3", "MERGE-4", "MERGE-5", "MERGE-6")
@pytest.mark.parametrize("known", [True, False], ids=["with base", "without base"])
def test_texts(page: NodePeer, known: bool) -> None:
    for seed in range(_ROUNDS):
        author = Author(seed)
        base = author.text()
        same(page, TEXT, base if known else None, author.edited(base), author.edited(base))


@pytest.mark.spec("LITE-13", "MERGE-8", "MERGE-9", "MERGE-10", "MERGE-13", "MERGE-14", "MERGE-15")
@pytest.mark.parametrize("known", [True, False], ids=["with base", "without base"])
@pytest.mark.parametrize("named", [True, False], ids=["ids", "no ids"])
def test_notebooks(page: NodePeer, known: bool, named: bool) -> None:
    for seed in range(_ROUNDS):
        author = Author(seed)
        base = author.notebook(named=named)
        ours, theirs = (author.changed(base, named=named) for _ in range(2))
        same(page, NOTEBOOK, base if known else None, ours, theirs)


@pytest.mark.spec("LITE-13", "MERGE-7")
@pytest.mark.parametrize("kinds", [20_000, 7, 1])
def test_large_texts(page: NodePeer, kinds: int) -> None:
    base = [f"line {number % kinds}" for number in range(20_000)]
    ours, theirs = list(base), list(base)
    for number in range(100, 20_000, 400):
        ours[number] = f"ours {number}"
        theirs[number + 200] = f"theirs {number}"
    ours.insert(5_050, "inserted here")
    del theirs[15_050]
    same(page, TEXT, *("\n".join(lines) for lines in (base, ours, theirs)))
