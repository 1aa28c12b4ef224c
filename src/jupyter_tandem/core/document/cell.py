"""Cells of a shared notebook, as ``jupyter_ydoc`` 4 and ``@jupyter/ydoc`` 4 define them.

A cell is a Map{id, cell_type, source: Text, metadata: Map}; a code cell also has outputs: Array of Map (a
stream's ``text`` is a Text), execution_count and execution_state; others may have attachments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pycrdt import Array, Map, Text

from jupyter_tandem.core.content import digest_value
from jupyter_tandem.core.difference import changes
from jupyter_tandem.core.document.json_form import as_json
from jupyter_tandem.core.document.text import write_text
from jupyter_tandem.core.value import same_value

_SOURCE: Final = "source"
_OUTPUTS: Final = "outputs"
_METADATA: Final = "metadata"
_NESTED: Final = (_SOURCE, _OUTPUTS, _METADATA)

_EXECUTION_STATE: Final = "execution_state"
_IDLE: Final = "idle"
"""``execution_state`` of a cell that nobody runs."""


def new_cell(cell: Mapping[str, Any]) -> Map[Any]:
    """A shared cell with the content of ``cell`` (normal form, with an id)."""
    shared = {key: value for key, value in cell.items() if key not in _NESTED}
    shared[_SOURCE] = _new_nested(_SOURCE, cell[_SOURCE])
    shared[_METADATA] = _new_nested(_METADATA, cell[_METADATA])
    if cell["cell_type"] == "code":
        shared[_OUTPUTS] = _new_nested(_OUTPUTS, cell[_OUTPUTS])
        shared[_EXECUTION_STATE] = _IDLE
    return Map(shared)


def is_cell(value: Any) -> bool:
    """Whether JSON from the list of cells is a cell, and not what a faulty client put there."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("cell_type"), str)
        and isinstance(value.get(_SOURCE, ""), str)
    )


def write_cell(shared: Map[Any], held: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Turn a shared cell that holds ``held`` into ``wanted`` (both in normal form, of one type)."""
    for key in held.keys() - wanted.keys():
        if key in shared:
            del shared[key]
    for key, value in wanted.items():
        if key not in held or not same_value(held[key], value):
            _write_key(shared, key, held.get(key), value)


def _write_key(shared: Map[Any], key: str, held: Any, wanted: Any) -> None:
    if key not in _NESTED:
        shared[key] = wanted
        return
    nested = shared.get(key)
    if key == _SOURCE and isinstance(nested, Text):
        write_text(nested, wanted)
    elif key == _METADATA and isinstance(nested, Map):
        write_map(nested, wanted)
    elif key == _OUTPUTS and isinstance(nested, Array) and len(nested) == len(held):
        _write_outputs(nested, held, wanted)
    else:
        shared[key] = _new_nested(key, wanted)


def _new_nested(key: str, wanted: Any) -> Text | Map[Any] | Array[Any]:
    if key == _SOURCE:
        return Text(wanted)
    if key == _METADATA:
        return Map(dict(wanted))
    return Array([new_output(output) for output in wanted])


def write_map(shared: Map[Any], wanted: Mapping[str, Any]) -> None:
    """Set, replace and remove the keys of a shared map that differ from ``wanted``."""
    held = as_json(shared)
    for key in held.keys() - wanted.keys():
        del shared[key]
    for key, value in wanted.items():
        if key not in held or not same_value(held[key], value):
            shared[key] = value


def new_output(output: Mapping[str, Any]) -> Map[Any]:
    """A shared output; a stream's text is a shared text."""
    shared = dict(output)
    if _is_stream(output):
        shared["text"] = Text(output["text"])
    return Map(shared)


def _is_stream(output: Mapping[str, Any]) -> bool:
    """Whether the output's text is a shared text, which can grow in place."""
    return output.get("output_type") == "stream" and isinstance(output.get("text"), str)


def _write_outputs(
    shared: Array[Any], held: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> None:
    held_keys = [digest_value(output) for output in held]
    wanted_keys = [digest_value(output) for output in wanted]
    for change in reversed(changes(held_keys, wanted_keys)):
        old, new = held[change.start : change.end], wanted[change.new_start : change.new_end]
        if len(old) == len(new) == 1 and _grow_stream(shared[change.start], old[0], new[0]):
            continue
        if old:
            del shared[change.start : change.end]
        for offset, output in enumerate(new):
            shared.insert(change.start + offset, new_output(output))


def _grow_stream(shared: Any, held: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Change the text of a stream output in place where that is the only difference."""
    if not (isinstance(shared, Map) and _is_stream(held) and _is_stream(wanted)):
        return False
    text = shared.get("text")
    if {**held, "text": ""} != {**wanted, "text": ""} or not isinstance(text, Text):
        return False
    write_text(text, wanted["text"])
    return True
