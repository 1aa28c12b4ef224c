"""What is asked about runs: the bodies of Run command frames, checked (docs/spec/execution.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import well_formed

MOST_CELLS: Final = 10_000
"""Cells or runs one command may name."""

ID_CHARACTERS: Final = 256
"""Longest id or key. nbformat's cell ids have at most 64; documents of other origin may have longer ones."""

ANSWER_CHARACTERS: Final = 64 * 1024
"""Longest answer to a kernel's question; somebody may paste a file."""


@dataclass(frozen=True, slots=True)
class CellWish:
    """A cell that is to be run. ``source_hash`` is ``""`` when the sender takes it as it is."""

    cell: str
    source_hash: str


@dataclass(frozen=True, slots=True)
class RunCells:
    """Run cells, in this order; with ``restart`` after the kernel has started anew.

    Attributes:
        key: Names the wish, so that asking again is not asking twice; ``""`` names none.
        timing: Whether to record times in the cells' metadata.
    """

    number: int
    key: str
    cells: tuple[CellWish, ...]
    timing: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class CancelRuns:
    """Take runs out of the queue."""

    number: int
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop the run that is under way."""

    number: int


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """Answer what the kernel asks. ``repr`` does not show the value: it may be a password."""

    number: int
    input: int
    value: str

    def __repr__(self) -> str:
        return f"AnswerInput(number={self.number}, input={self.input})"


Command: TypeAlias = RunCells | CancelRuns | Interrupt | AnswerInput
"""What somebody may ask of a document's kernel."""


def parse_command(body: Mapping[str, Any]) -> Command:
    """Read the body of a Run command.

    Raises:
        MalformedFrame: it is no command. LimitExceeded: it names too much.
    """
    number = _count(body, "number")
    match body.get("type"):
        case "run" | "restart" as kind:
            cells = tuple(_cell(wish) for wish in _list(body, "cells"))
            if not cells and kind == "run":
                raise MalformedFrame("A command to run names no cell.")
            timing = body.get("timing") is True
            key = _text(body, "key", ID_CHARACTERS)
            return RunCells(number, key, cells, timing, restart=kind == "restart")
        case "cancel":
            return CancelRuns(number, tuple(_number(run) for run in _list(body, "runs")))
        case "interrupt":
            return Interrupt(number)
        case "answer":
            value = _text(body, "value", ANSWER_CHARACTERS)
            return AnswerInput(number, _count(body, "input"), value)
    raise MalformedFrame("There is no such run command.")


def command_body(command: Command, number: int) -> dict[str, Any]:
    """The inverse of :func:`parse_command`, under another number."""
    match command:
        case RunCells(_, key, cells, timing, restart):
            wishes = [{"id": wish.cell, "source_hash": wish.source_hash} for wish in cells]
            kind = "restart" if restart else "run"
            return {"number": number, "type": kind, "key": key, "cells": wishes, "timing": timing}
        case CancelRuns(_, runs):
            return {"number": number, "type": "cancel", "runs": list(runs)}
        case Interrupt():
            return {"number": number, "type": "interrupt"}
        case AnswerInput(_, asked, value):
            return {"number": number, "type": "answer", "input": asked, "value": value}


def _cell(wish: Any) -> CellWish:
    if not isinstance(wish, dict):
        raise MalformedFrame("A cell to run is no object.")
    cell = _text(wish, "id", ID_CHARACTERS)
    if not cell:
        raise MalformedFrame("A cell to run has no id.")
    return CellWish(cell, _text(wish, "source_hash", ID_CHARACTERS))


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    value = body.get(key, [])
    if not isinstance(value, list):
        raise MalformedFrame(f"`{key}` is no list.")
    if len(value) > MOST_CELLS:
        raise LimitExceeded(f"A command names at most {MOST_CELLS} cells or runs.")
    return value


def _text(body: Mapping[str, Any], key: str, most: int) -> str:
    value = body.get(key, "")
    if not isinstance(value, str):
        raise MalformedFrame(f"`{key}` is no text.")
    if len(value) > most:
        raise LimitExceeded(f"`{key}` has {len(value)} characters; at most {most} are taken.")
    # JSON can hold halves of characters. Neither a kernel nor a store can.
    return well_formed(value)


def _count(body: Mapping[str, Any], key: str) -> int:
    return _number(body.get(key))


def _number(value: Any) -> int:
    # A browser's JSON knows one kind of number.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise MalformedFrame("A number is missing or is none.")
    return value
