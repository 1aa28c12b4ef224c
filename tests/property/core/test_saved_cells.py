"""FILE-41: digest and base made of pieces are those made of the whole notebook."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_tandem.core.base_text import ALONE_BYTES, compressed, deflated, inflated, is_long
from jupyter_tandem.core.content import (
    canonical,
    decode_base,
    digest_normal,
    encode_base,
    normalise,
    reduced,
)
from jupyter_tandem.core.saved_cells import MOST_BYTES, SavedNotebook
from tests.property.core.contents import cells, mapping
from tests.unit.core.notebooks import NOTEBOOK, code, markdown, notebook

long = st.sampled_from(["", "", "é😀\u2028 long line\n" * 400])


def numbered(given_cells: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    return [{**cell, "id": f"n{first + number}"} for number, cell in enumerate(given_cells)]


def lengthened(cell: dict[str, Any], more: str) -> dict[str, Any]:
    return {**cell, "source": cell["source"] + more}


lists = st.lists(st.builds(lengthened, cells(), long), min_size=1, max_size=6)


def whole(normal: dict[str, Any]) -> tuple[str, bytes]:
    return digest_normal(NOTEBOOK, normal), encode_base(NOTEBOOK, normal)


@pytest.mark.spec("FILE-41", "CONTENT-8")
@settings(max_examples=300, deadline=None)
@given(lists, lists, mapping, st.sampled_from([4, 5]), st.integers(0, 2**32))
def test_pieces_make_the_whole(
    before: list[dict[str, Any]],
    more: list[dict[str, Any]],
    metadata: dict[str, Any],
    minor: int,
    seed: int,
) -> None:
    content = {**notebook(*numbered(before, 0), minor=minor), "metadata": metadata, "a": 1, "z": 2}
    normal = normalise(NOTEBOOK, content)
    saved = SavedNotebook.of(normal, [f"n{number}" for number in range(len(before))])
    assert saved is not None
    assert saved.encode() == whole(normal)
    chance = random.Random(seed)
    former = [number for number in range(len(before)) if chance.random() < 0.7]
    chance.shuffle(former)
    raw = {}
    for cell in numbered(more, 1_000):
        place = chance.randrange(len(former) + 1)
        raw = {at + (at >= place): held for at, held in raw.items()} | {place: cell}
        former.insert(place, -1)
    new = {place: saved.normal_cell(cell) for place, cell in raw.items()}
    changed = saved.changed(former, new)
    assert changed is not None
    wanted = [new.get(place) or normal["cells"][was] for place, was in enumerate(former)]
    assert changed.encode() == whole({**normal, "cells": wanted})
    assert decode_base(NOTEBOOK, changed.encode()[1]) == reduced(
        NOTEBOOK, {**normal, "cells": wanted}
    )


@pytest.mark.spec("FILE-44")
def test_what_does_not_follow_cell_by_cell_is_not_kept() -> None:
    normal = normalise(NOTEBOOK, notebook(code("a", ""), code("b", "")))
    assert SavedNotebook.of(normal, ["a", "b"]) is not None
    for ids in (["a"], ["a", "a"], ["a", None], ["a", ""], ["a", "b", "c"]):
        assert SavedNotebook.of(normal, ids) is None
    old = normalise(NOTEBOOK, notebook(code(None, ""), code(None, ""), minor=4))
    assert SavedNotebook.of(old, ["a", "a"]) is not None
    strange = normalise(NOTEBOOK, notebook(code("a", "", outputs_digest="x")))
    assert SavedNotebook.of(strange, ["a"]) is None


@pytest.mark.spec("FILE-44")
def test_nor_is_what_it_became() -> None:
    normal = normalise(NOTEBOOK, notebook(code("a", ""), code("b", "")))
    saved = SavedNotebook.of(normal, ["a", "b"])
    assert saved is not None
    assert saved.changed([0, 1], {1: saved.normal_cell(code("c", ""))}) is not None
    assert saved.changed([0, 1], {1: saved.normal_cell(code("a", ""))}) is None
    assert saved.changed([0, 1], {1: saved.normal_cell(code(None, ""))}) is None
    strange = code("c", "", attachment_digests={})
    assert saved.changed([0, 1], {1: saved.normal_cell(strange)}) is None
    assert saved.changed([], {}) is None


@pytest.mark.spec("FILE-41")
def test_little_is_kept_of_outputs_and_no_more_than_a_bound_of_the_rest() -> None:
    output = {"output_type": "display_data", "data": {"text/plain": "x" * 10**6}, "metadata": {}}
    saved = SavedNotebook.of(
        normalise(NOTEBOOK, notebook(code("a", "source", outputs=[output] * 5))), ["a"]
    )
    assert saved is not None
    assert saved.kept_bytes < 1_000
    assert len(saved) == 1
    assert saved.weight(0) > 5 * 10**6
    noise = random.Random(1).randbytes(MOST_BYTES).hex()
    normal = normalise(NOTEBOOK, notebook(markdown("a", noise), markdown("b", noise)))
    assert SavedNotebook.of(normal, ["a", "b"]) is None


@pytest.mark.spec("CONTENT-8")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=50) | st.just(b"long \xc3\xa9" * ALONE_BYTES), max_size=6))
def test_a_base_is_read_as_one_stream(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    unknown = [(piece, None) for piece in pieces]
    known = [(piece, deflated(piece) if is_long(piece) else None) for piece in pieces]
    assert compressed(unknown) == compressed(known)
    assert zlib.decompress(compressed(unknown)) == text
    assert all(inflated(deflated(piece)) == piece for piece in pieces)
    assert canonical("a") == b'"a"'
