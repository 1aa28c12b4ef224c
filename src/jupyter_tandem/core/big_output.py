"""Takes big outputs out of a notebook's content, and puts them back (docs/spec/big-outputs.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from jupyter_tandem.core.content import canonical_large
from jupyter_tandem.core.notebook_form import normalise_output
from jupyter_tandem.core.sha256 import sha256
from jupyter_tandem.core.stand_in import StandIn, make_stand_in, stand_in_of

BIG_OUTPUT_BYTES: Final = 256 * 1024
"""An output with more is kept beside its document. Below, one more request costs more than the bytes do."""

Keep: TypeAlias = Callable[[str, bytes], None]
"""Takes a big output's name and its canonical text."""

Fetch: TypeAlias = Callable[[StandIn], bytes | None]
"""Gives the canonical text of a big output; ``None`` when it is not there."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An output that is too big.

    Attributes:
        stand_in: What takes its place.
        name: Its name.
        text: Its canonical text in UTF-8; the SHA-256 of it is ``name``.
    """

    stand_in: dict[str, Any]
    name: str
    text: bytes


def hold_out(output: Mapping[str, Any], document: str, limit_bytes: int) -> HeldOut | None:
    """Take an output out of ``document``; ``None`` when it has no more than ``limit_bytes``."""
    if stand_in_of(output) is not None or _least_bytes(output) * 6 <= limit_bytes:
        return None
    text = canonical_large(normalise_output(output))
    if len(text) <= limit_bytes:
        return None
    name = sha256(text)
    held = StandIn(name, len(text), document)
    return HeldOut(make_stand_in(output, held), name, text)


def _least_bytes(value: Any) -> int:
    """Characters in ``value``, cheaply; its JSON has at most six bytes for each."""
    if isinstance(value, str):
        return len(value) + 1
    if isinstance(value, Mapping):
        return sum(len(str(key)) + 2 + _least_bytes(member) for key, member in value.items()) + 1
    if isinstance(value, (list, tuple)):
        return sum(_least_bytes(member) + 1 for member in value) + 1
    return 24


def without_big(notebook: Mapping[str, Any], document: str, limit: int, keep: Keep) -> Any:
    """``notebook`` (in normal form) with stand-ins for its big outputs, each handed to ``keep`` before."""

    def change(output: dict[str, Any]) -> dict[str, Any]:
        held = hold_out(output, document, limit)
        if held is None:
            return output
        keep(held.name, held.text)
        return held.stand_in

    return _with_outputs(notebook, change)


def has_big(notebook: Any, limit_bytes: int) -> bool:
    """Whether content in normal form holds an output with more than ``limit_bytes``."""
    cells = notebook.get("cells", ()) if isinstance(notebook, dict) else ()
    outputs = (output for cell in cells for output in cell.get("outputs", ()))
    return any(hold_out(output, "", limit_bytes) is not None for output in outputs)


def with_big(notebook: Mapping[str, Any], fetch: Fetch) -> tuple[Any, frozenset[str]]:
    """``notebook`` with every big output in place of its stand-in.

    Returns:
        It, and the names of those that ``fetch`` does not have; their stand-ins stay.
    """
    missing: set[str] = set()

    def change(output: dict[str, Any]) -> dict[str, Any]:
        held = stand_in_of(output)
        if held is None:
            return output
        text = fetch(held)
        if text is None:
            missing.add(held.sha256)
            return output
        return output_of(text)

    return _with_outputs(notebook, change), frozenset(missing)


def output_of(text: bytes) -> dict[str, Any]:
    """The output with this canonical text."""
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def stand_ins(notebook: Any) -> list[StandIn]:
    """Every stand-in in a notebook's content, in order."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    found: list[StandIn] = []
    for cell in cells if isinstance(cells, list) else ():
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            held = stand_in_of(output)
            if held is not None:
                found.append(held)
    return found


def _with_outputs(
    notebook: Mapping[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    cells = [
        {**cell, "outputs": [change(output) for output in cell["outputs"]]}
        if cell.get("outputs")
        else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}
