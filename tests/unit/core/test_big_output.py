"""Outputs that are held out of documents, and what stands for them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from jupyter_tandem.core.big_output import has_big, hold_out, output_of, with_big, without_big
from jupyter_tandem.core.big_output_plan import brought_in, plan_to_hold_out
from jupyter_tandem.core.content import digest, digest_normal, encode_base, normalise
from jupyter_tandem.core.document import Document, grow
from jupyter_tandem.core.merge import merge
from jupyter_tandem.core.stand_in import STAND_IN, StandIn, stand_in_of
from jupyter_tandem.types import DocumentKind

NOTEBOOK = DocumentKind("json", "notebook")
ROOM = "json:notebook:a"
LIMIT = 1_000


def display(size: int, **more: Any) -> dict[str, Any]:
    data = {"image/png": "x" * size, "text/plain": "<Figure>"}
    return {"output_type": "display_data", "metadata": {}, "data": data, **more}


def notebook(*outputs: dict[str, Any], minor: int = 5) -> dict[str, Any]:
    cell = {"cell_type": "code", "metadata": {}, "source": "draw()", "execution_count": 1}
    cell |= {"id": "c0"} if minor >= 5 else {}
    cells = [{**cell, "outputs": list(outputs)}]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


def lightened(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    kept: dict[str, bytes] = {}
    light = without_big(normalise(NOTEBOOK, content), ROOM, LIMIT, kept.__setitem__)
    return light, kept


@pytest.mark.spec("BIG-1")
@pytest.mark.parametrize(
    "output",
    [
        display(2_000),
        {"output_type": "stream", "name": "stdout", "text": "é" * 600},
        {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["t" * 2_000]},
        {**display(2_000), "output_type": "execute_result", "execution_count": 7},
        {"output_type": "display_data", "metadata": {}, "data": {"application/json": [1] * 800}},
        display(900, metadata={"note": "n" * 200}),
    ],
    ids=["picture", "text", "error", "result", "json", "metadata"],
)
def test_what_is_too_big_is_stood_in_for(output: dict[str, Any]) -> None:
    held = hold_out(output, ROOM, LIMIT)
    assert held is not None
    assert stand_in_of(held.stand_in) == StandIn(held.name, len(held.text), ROOM)
    assert held.name == hashlib.sha256(held.text).hexdigest()
    assert output_of(held.text) == output
    assert held.stand_in.get("execution_count") == output.get("execution_count")
    assert hold_out(held.stand_in, ROOM, 10) is None


@pytest.mark.spec("BIG-1")
def test_the_limit_counts_bytes_of_the_canonical_text() -> None:
    size = len(json.dumps(display(0), sort_keys=True, separators=(",", ":")))
    assert hold_out(display(LIMIT - size), ROOM, LIMIT) is None
    assert hold_out(display(LIMIT - size + 1), ROOM, LIMIT) is not None
    assert has_big(notebook(display(LIMIT)), LIMIT)
    assert not has_big(notebook(display(10)), LIMIT)


@pytest.mark.spec("BIG-2", "BIG-3")
@pytest.mark.parametrize("minor", [4, 5])
def test_taken_out_and_put_back_nothing_has_changed(minor: int) -> None:
    small = {"output_type": "stream", "name": "stdout", "text": "small"}
    before = normalise(NOTEBOOK, notebook(small, display(2_000), display(10), minor=minor))
    light, kept = lightened(before)
    assert len(kept) == 1
    assert light["cells"][0]["outputs"][0] == small
    assert with_big(light, lambda held: kept[held.sha256]) == (before, frozenset())
    assert with_big(light, lambda _: None) == (light, frozenset(kept))


@pytest.mark.spec("BIG-7")
def test_digests_and_bases_do_not_tell_a_stand_in_from_its_output() -> None:
    content = notebook(display(2_000))
    light, _ = lightened(content)
    assert light != normalise(NOTEBOOK, content)
    assert digest(NOTEBOOK, light) == digest(NOTEBOOK, content)
    assert digest_normal(NOTEBOOK, light) != digest(NOTEBOOK, notebook(display(2_001)))
    assert encode_base(NOTEBOOK, light) == encode_base(NOTEBOOK, content)


@pytest.mark.spec("BIG-7")
def test_what_is_held_out_is_no_change_in_a_merge() -> None:
    base, changed = notebook(display(2_000)), notebook(display(3_000))
    ours, _ = lightened(base)
    edited = {**ours, "cells": [{**ours["cells"][0], "source": "draw() # ours"}]}
    merged = merge(NOTEBOOK, base, edited, changed)
    assert merged.conflicts == ()
    (cell,) = merged.content["cells"]
    assert (cell["source"], cell["outputs"]) == ("draw() # ours", [display(3_000)])
    same = merge(NOTEBOOK, base, edited, base)
    assert same.content == edited


@pytest.mark.spec("BIG-2")
@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"sha256": "a" * 63, "bytes": 1, "document": ROOM},
        {"sha256": "../" + "a" * 61, "bytes": 1, "document": ROOM},
        {"sha256": "a" * 64, "bytes": "1", "document": ROOM},
        {"sha256": "a" * 64, "bytes": 1e300, "document": ROOM},
        {"sha256": "a" * 64, "bytes": 1},
    ],
)
def test_what_only_looks_like_a_stand_in_is_an_output(told: Any) -> None:
    output = display(1)
    output["data"][STAND_IN] = told
    assert stand_in_of(output) is None
    assert with_big(notebook(output), lambda _: None) == (notebook(output), frozenset())


@pytest.mark.spec("BIG-8", "BIG-5")
@pytest.mark.parametrize("minor", [4, 5])
def test_a_document_is_lightened_and_made_whole_by_edits(minor: int) -> None:
    small = {"output_type": "stream", "name": "stdout", "text": "small"}
    content = normalise(NOTEBOOK, notebook(small, display(2_000), small, minor=minor))
    document, state = grow(NOTEBOOK, content, 1)
    kept: dict[str, bytes] = {}
    plan = plan_to_hold_out(NOTEBOOK, state, 2, ROOM, LIMIT, kept.__setitem__)
    document.write_cells(plan.carry_out)
    assert document.content() == lightened(content)[0]
    assert len(document.encode()) < LIMIT
    assert document.write_cells(plan.carry_out) is None
    whole = Document(NOTEBOOK, 3)
    whole.load([brought_in(NOTEBOOK, document.encode(), 4, lambda held: kept[held.sha256])])
    assert whole.content() == content


@pytest.mark.spec("BIG-8")
def test_an_output_that_has_changed_meanwhile_stays() -> None:
    document, state = grow(NOTEBOOK, notebook(display(2_000)), 1)
    plan = plan_to_hold_out(NOTEBOOK, state, 2, ROOM, LIMIT, lambda *_: None)
    document.update_to(notebook(display(2_001)))
    assert document.write_cells(plan.carry_out) is None
    assert document.content()["cells"][0]["outputs"] == [display(2_001)]
