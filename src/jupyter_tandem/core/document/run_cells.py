"""The cells of a shared notebook, as the server writes them while it runs them (docs/spec/execution.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from pycrdt import Array, Map, Text

from jupyter_tandem.core.document.cell import new_cell, new_output
from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.document.cell_row import CellRow
from jupyter_tandem.core.document.json_form import as_json
from jupyter_tandem.core.document.text import write_text
from jupyter_tandem.core.execution.outputs import CellOutputs, OutputEdits, display_bundle

_EXECUTION: Final = "execution"
"""Key of a cell's metadata in which JupyterLab records times."""

_NEARBY: Final = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""How far from where a cell should be it is looked for, before all are looked at."""

HoldOut: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Gives what is written in place of an output: a stand-in, or the output as it is."""


class RunCells:
    """Finds cells by id and writes what a run changes in them. A cell that is gone is left alone.

    Shared types are looked up for each write and never kept: the library frees those of a deleted cell. Where a
    cell was last is where it is looked for first, since looking at thousands takes milliseconds.
    """

    __slots__ = ("_cells", "_hold_out", "_meta", "_moved", "_places", "_row")

    def __init__(self, cells: Array[Any], row: CellRow, meta: Map[Any]) -> None:
        """Cells of one document, the same each at hand, and what the document says of itself."""
        self._cells = cells
        self._row = row
        self._meta = meta
        self._places: dict[str, int] = {}
        self._moved = 0
        self._hold_out: HoldOut | None = None

    def hold_out_with(self, hold_out: HoldOut) -> None:
        """From now on ask ``hold_out`` what is written of an output that a run made."""
        self._hold_out = hold_out

    # -- reading -----------------------------------------------------------------------------------

    def code(self, wanted: Collection[str]) -> dict[str, CellCode]:
        """Source and tags of those ``wanted`` cells that are here and are code, as they are now."""
        found, all_there = self._codes(wanted)
        for look in (self._look_everywhere, self._look_closely):
            if all_there:
                break
            look()
            found, all_there = self._codes(wanted)
        return found

    def kernel_name(self) -> str | None:
        """Name of the kernel spec the notebook was last used with, or ``None``."""
        metadata = self._meta.get("metadata")
        spec = metadata.get("kernelspec") if isinstance(metadata, Map) else None
        name = spec.get("name") if isinstance(spec, (dict, Map)) else None
        return name if isinstance(name, str) and name else None

    def holds(self, cell_id: str) -> bool:
        """Whether the cell is here."""
        return self._find(cell_id) is not None

    def outputs(self, cell_id: str) -> list[dict[str, Any]]:
        """The cell's outputs as JSON; none for a cell that is gone."""
        cell = self._find(cell_id)
        shared = None if cell is None else cell.get("outputs")
        found = as_json(shared) if isinstance(shared, Array) else []
        return [output for output in found if isinstance(output, dict)]

    def all_outputs(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Id and outputs of every cell that has some; as large as the document."""
        for cell_id, outputs in self._row.read(_outputs_in, one_by_one=True):
            if outputs:
                yield cell_id, outputs

    # -- writing, in a transaction -----------------------------------------------------------------

    def set_state(self, cell_id: str, state: str) -> None:
        """Set the execution state: ``idle`` or ``running``."""
        cell = self._find(cell_id)
        if cell is not None and cell.get("execution_state") != state:
            cell["execution_state"] = state

    def begin(self, cell_id: str) -> None:
        """Clear what an earlier run left, and say that the cell runs."""
        cell = self._find(cell_id)
        if cell is None:
            return
        outputs = _outputs(cell)
        if len(outputs):
            del outputs[0 : len(outputs)]
        if cell.get("execution_count") is not None:
            cell["execution_count"] = None
        self.set_state(cell_id, "running")
        metadata = cell.get("metadata")
        if isinstance(metadata, Map) and _EXECUTION in metadata:
            del metadata[_EXECUTION]

    def write(self, cell_id: str, outputs: CellOutputs) -> bool:
        """Bring the cell's outputs up to date; whether the cell is here."""
        cell = self._find(cell_id)
        if cell is None:
            return False
        shared = _outputs(cell)
        if not _as_shown(shared, outputs):
            if len(shared):
                outputs.show_again()
            else:
                outputs.forget_shown()
        edits = outputs.edits()
        if edits is not None:
            _apply(shared, self._lightened(edits))
        return True

    def end(
        self, cell_id: str, count: int | None, times: Mapping[str, str] | None, *, idle: bool = True
    ) -> None:
        """Say that the cell does not run any more.

        Args:
            cell_id: Which cell.
            count: Its execution count; ``None`` leaves it empty.
            times: What JupyterLab records when asked to, or ``None``.
            idle: Whether it does not wait to be run again either.
        """
        cell = self._find(cell_id)
        if cell is None:
            return
        if count is not None and cell.get("execution_count") != count:
            cell["execution_count"] = count
        metadata = cell.get("metadata")
        if times is not None and isinstance(metadata, Map):
            metadata[_EXECUTION] = dict(times)
        if idle:
            self.set_state(cell_id, "idle")

    def replace_display(self, cell_id: str, index: int, content: Mapping[str, Any]) -> None:
        """Give the output at ``index`` of a cell that does not run other data and metadata (RUN-23)."""
        cell = self._find(cell_id)
        if cell is None:
            return
        shared = _outputs(cell)
        if not 0 <= index < len(shared):
            return
        following = as_json(shared)[index:]
        if "data" not in following[0]:
            return
        following[0].update(display_bundle(content))
        _apply(shared, self._lightened(OutputEdits(index, None, tuple(following))))

    def runs(self, cell_id: str) -> bool:
        """Whether the cell runs or waits to: what it prints goes on where it is."""
        cell = self._find(cell_id)
        return cell is not None and cell.get("execution_state") == "running"

    def swap_outputs(
        self, cell_id: str, swap: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
    ) -> None:
        """Put something else in the place of those outputs for which ``swap`` gives something."""
        cell = self._find(cell_id)
        if cell is None:
            return
        shared = _outputs(cell)
        held = as_json(shared)
        swapped = [swap(output) if isinstance(output, dict) else None for output in held]
        changed = [index for index, output in enumerate(swapped) if output is not None]
        if changed:
            first = changed[0]
            following = [
                old if new is None else new
                for old, new in zip(held[first:], swapped[first:], strict=True)
            ]
            _apply(shared, OutputEdits(first, None, tuple(following)))

    def set_source(self, cell_id: str, source: str) -> None:
        """Change the cell's source where it differs."""
        cell = self._find(cell_id)
        text = None if cell is None else cell.get("source")
        if isinstance(text, Text):
            write_text(text, source)

    def insert_after(self, cell_id: str, new_id: str, source: str) -> None:
        """Put a code cell behind the cell, or at the end when that is gone."""
        found = self._locate(cell_id)
        place = len(self._cells) if found is None else found[0] + 1
        cell = {"id": new_id, "cell_type": "code", "source": source, "metadata": {}, "outputs": []}
        self._cells.insert(place, new_cell({**cell, "execution_count": None}))

    # -- inside --------------------------------------------------------------------------------------

    def _lightened(self, edits: OutputEdits) -> OutputEdits:
        """The same with stand-ins. Text stays: it may grow."""
        hold_out = self._hold_out
        if hold_out is None:
            return edits
        append = tuple(
            output if output.get("output_type") == "stream" else hold_out(output)
            for output in edits.append
        )
        return OutputEdits(edits.keep, edits.text, append)

    def _find(self, cell_id: str) -> Map[Any] | None:
        found = self._locate(cell_id)
        return None if found is None else found[1]

    def _locate(self, cell_id: str) -> tuple[int, Map[Any]] | None:
        """A cell and where it is."""
        found = self._find_nearby(cell_id)
        for look in (self._look_everywhere, self._look_closely):
            if found is None:
                look()
                found = self._find_nearby(cell_id)
        return found

    def _codes(self, wanted: Collection[str]) -> tuple[dict[str, CellCode], bool]:
        """The code of those cells that are where they should be, and whether all are."""
        places = {cell_id: self._places.get(cell_id, -1) for cell_id in wanted}
        codes = self._row.codes([place for place in places.values() if place >= 0])
        found: dict[str, CellCode] = {}
        all_there = True
        for cell_id, place in places.items():
            held, code = codes.get(place, (None, None))
            all_there = all_there and held == cell_id
            if code is not None and held == cell_id:
                found[cell_id] = code
        return found, all_there

    def _find_nearby(self, cell_id: str) -> tuple[int, Map[Any]] | None:
        """Look where the cell was, but for what the one before had moved, where it was itself, and round that."""
        last = self._places.get(cell_id)
        if last is None:
            return None
        for moved in (self._moved, *_NEARBY, *(self._moved + distance for distance in _NEARBY)):
            if self._row.id_at(last + moved) == cell_id:
                cell = self._row.at(last + moved)
                if cell is not None:
                    self._moved = moved
                    return last + moved, cell
        return None

    def _look_everywhere(self) -> None:
        """Go by the ids with which the cells came."""
        self._learn(self._row.ids())

    def _look_closely(self) -> None:
        """Look at each cell, which takes time in proportion to the square of their number, or to all they have printed."""
        self._learn(self._row.ids_now())

    def _learn(self, ids: list[Any]) -> None:
        # Of two cells with one id the first counts, as in content.
        self._places = {
            cell_id: place
            for place, cell_id in reversed(list(enumerate(ids)))
            if cell_id and isinstance(cell_id, str)
        }
        self._moved = 0


def _outputs_in(cell: Any) -> tuple[str, list[dict[str, Any]]]:
    """Id and outputs of a cell; none where that is no cell."""
    outputs = cell.get("outputs") if isinstance(cell, dict) else None
    cell_id = cell.get("id") if isinstance(cell, dict) else None
    if not isinstance(outputs, list) or not isinstance(cell_id, str):
        return "", []
    return cell_id, [output for output in outputs if isinstance(output, dict)]


def _outputs(cell: Map[Any]) -> Array[Any]:
    outputs = cell.get("outputs")
    if not isinstance(outputs, Array):
        cell["outputs"] = Array([])
        outputs = cell["outputs"]
    return outputs


def _as_shown(shared: Array[Any], outputs: CellOutputs) -> bool:
    """Whether the document still has what was written last."""
    if len(shared) != outputs.shown:
        return False
    length = outputs.shown_text_bytes
    if length is None:
        return True
    last = shared[len(shared) - 1]
    text = last.get("text") if isinstance(last, Map) else None
    return isinstance(text, Text) and len(text) == length


def _apply(shared: Array[Any], edits: OutputEdits) -> None:
    if edits.keep < len(shared):
        del shared[edits.keep : len(shared)]
    if edits.text is not None:
        _edit_text(shared[edits.keep - 1]["text"], edits)
    for output in edits.append:
        shared.append(new_output(output))


def _edit_text(text: Text, edits: OutputEdits) -> None:
    edit = edits.text
    if edit is None:
        return
    if edit.removed:
        del text[edit.start : edit.start + edit.removed]
    if edit.text:
        text.insert(edit.start, edit.text)
