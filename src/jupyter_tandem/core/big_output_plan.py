"""Which outputs of a document are to be swapped for stand-ins, or the other way round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from jupyter_tandem.core.big_output import Fetch, Keep, hold_out, output_of
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.notebook_form import normalise_output
from jupyter_tandem.core.stand_in import stand_in_of
from jupyter_tandem.types import DocumentKind


@dataclass(frozen=True, slots=True)
class Swap:
    """One output that is there, and what is to take its place."""

    held: dict[str, Any]
    wanted: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SwapPlan:
    """What is to be swapped, by cell id.

    Whoever carries it out looks again: meanwhile somebody may have written something else.
    """

    cells: Mapping[str, tuple[Swap, ...]]

    def carry_out(self, cells: RunCells) -> None:
        """Swap everything, in a transaction."""
        for cell_id in self.cells:
            self.carry_out_in(cells, cell_id)

    def carry_out_in(self, cells: RunCells, cell_id: str) -> None:
        """Swap what is in one cell, in a transaction."""
        cells.swap_outputs(cell_id, lambda output: self.wanted(cell_id, output))

    def wanted(self, cell_id: str, output: Mapping[str, Any]) -> dict[str, Any] | None:
        """What takes the place of ``output``; ``None`` when it stays."""
        name = stand_in_of(output)
        for swap in self.cells[cell_id]:
            held = stand_in_of(swap.held)
            if name is not None and held is not None and held.sha256 == name.sha256:
                return swap.wanted
            if name is None and held is None and swap.held == normalise_output(output):
                return swap.wanted
        return None


def plan_to_hold_out(
    kind: DocumentKind, state: bytes, client_id: int, document: str, limit: int, keep: Keep
) -> SwapPlan:
    """Find the big outputs that are in the document which ``state`` encodes; each is handed to ``keep``.

    Raises:
        DocumentError: it holds no document of this kind.
    """

    def swap(output: dict[str, Any]) -> Swap | None:
        held = hold_out(output, document, limit)
        if held is None:
            return None
        keep(held.name, held.text)
        return Swap(output, held.stand_in)

    return _plan(kind, state, client_id, swap)


def plan_to_bring_in(kind: DocumentKind, state: bytes, client_id: int, fetch: Fetch) -> SwapPlan:
    """Find the stand-ins in the document which ``state`` encodes, and what they stand for.

    Raises:
        DocumentError: it holds no document of this kind.
    """

    def swap(output: dict[str, Any]) -> Swap | None:
        held = stand_in_of(output)
        text = None if held is None else fetch(held)
        return None if text is None else Swap(output, output_of(text))

    return _plan(kind, state, client_id, swap)


def brought_in(kind: DocumentKind, state: bytes, client_id: int, fetch: Fetch) -> bytes:
    """``state`` with an edit by ``client_id`` that puts big outputs in the place of their stand-ins.

    Raises:
        DocumentError: it holds no document of this kind.
    """
    plan = plan_to_bring_in(kind, state, client_id, fetch)
    if not plan.cells:
        return state
    with closing(Document(kind, client_id)) as document:
        document.load([state])
        document.write_cells(plan.carry_out)
        return document.encode()


def _plan(
    kind: DocumentKind,
    state: bytes,
    client_id: int,
    swap: Callable[[dict[str, Any]], Swap | None],
) -> SwapPlan:
    found: dict[str, tuple[Swap, ...]] = {}
    with closing(Document(kind, client_id)) as document:
        document.load([state])
        for cell_id, outputs in document.run_cells().all_outputs():
            swaps = [swap(normalise_output(output)) for output in outputs]
            kept = tuple(one for one in swaps if one is not None)
            if kept:
                found.setdefault(cell_id, kept)
    return SwapPlan(found)
