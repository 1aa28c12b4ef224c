"""The normal form of notebooks (nbformat 4), see docs/spec/content.md."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Final

from jupyter_tandem.core.value import normalise_text, normalise_value
from jupyter_tandem.errors import DocumentError

NBFORMAT: Final = 4
IDS_SINCE_MINOR: Final = 5
"""First minor version of nbformat 4 whose cells have ids."""

TRUSTED: Final = "trusted"
"""Cell metadata that must not travel: JupyterLab runs the outputs of a cell that carries it."""

PLACEHOLDERS: Final[dict[str, dict[str, str]]] = {
    "kernelspec": {"name": "", "display_name": ""},
    "language_info": {"name": ""},
}
"""Notebook metadata that front ends write where there is none. In the shared document it is present, so
that nobody has to write it on opening; in content it is left out, so that a file is not changed by it."""

_DERIVED_ID_LENGTH: Final = 12


def derived_id(*parts: object) -> str:
    """A cell id made from ``parts``, always the same one for the same parts."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_DERIVED_ID_LENGTH]


def empty_cell() -> dict[str, Any]:
    """The code cell a notebook without cells is taken to have. Carries no id."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": "",
    }


def has_ids(notebook: Mapping[str, Any]) -> bool:
    """Whether the notebook's format version has cell ids."""
    minor: int = notebook["nbformat_minor"]
    return minor >= IDS_SINCE_MINOR


def normalise_notebook(content: Any) -> dict[str, Any]:
    """The normal form of a notebook.

    Strings are joined, numbers unified, trust and execution state dropped, ids unique (or absent below
    nbformat 4.5), keys that only say "nothing" left out or filled in.

    Raises:
        DocumentError: ``content`` is not an nbformat 4 notebook.
    """
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise DocumentError("The file holds no notebook: a list of cells is missing.")
    notebook: dict[str, Any] = {
        key: normalise_value(value) for key, value in content.items() if key != "cells"
    }
    notebook["nbformat"] = _version(notebook.get("nbformat", NBFORMAT))
    notebook["nbformat_minor"] = _version(notebook.get("nbformat_minor", IDS_SINCE_MINOR))
    if notebook["nbformat"] != NBFORMAT:
        raise DocumentError(
            f"Notebooks of format {notebook['nbformat']} cannot be shared; convert it to format 4 first."
        )
    notebook["metadata"] = _notebook_metadata(notebook.get("metadata"))
    cells = [normalise_cell(cell) for cell in content["cells"]] or [empty_cell()]
    if has_ids(notebook):
        notebook["cells"] = [cell for cell in identify_cells(cells) if cell is not None]
    else:
        notebook["cells"] = [without_id(cell) for cell in cells]
    return notebook


def _version(value: Any) -> int:
    if not isinstance(value, int):
        raise DocumentError("The notebook's format version is not a number.")
    return value


def _notebook_metadata(metadata: Any) -> dict[str, Any]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise DocumentError("The notebook's metadata is not an object.")
    return {
        key: value
        for key, value in metadata.items()
        if key not in PLACEHOLDERS or PLACEHOLDERS[key] != value
    }


def normalise_cell(raw: Any) -> dict[str, Any]:
    """The normal form of one cell; it keeps the id it has, if any.

    Raises:
        DocumentError: it is no cell.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("cell_type"), str):
        raise DocumentError("The notebook holds a cell without a type.")
    cell: dict[str, Any] = {
        key: normalise_value(value)
        for key, value in raw.items()
        if key not in ("source", "outputs", "attachments", "execution_state")
    }
    source = _joined(raw.get("source", ""))
    if not isinstance(source, str):
        raise DocumentError("The notebook holds a cell whose source is not text.")
    cell["source"] = normalise_text(source)
    metadata = cell.get("metadata")
    cell["metadata"] = dict(metadata) if isinstance(metadata, dict) else {}
    cell["metadata"].pop(TRUSTED, None)
    if not isinstance(cell.get("id"), str) or not cell["id"]:
        cell.pop("id", None)
    attachments = raw.get("attachments")
    if isinstance(attachments, dict) and attachments:
        cell["attachments"] = {
            normalise_text(str(name)): _bundle(bundle) for name, bundle in attachments.items()
        }
    if cell["cell_type"] == "code":
        outputs = raw.get("outputs")
        listed = outputs if isinstance(outputs, list) else ()
        cell["outputs"] = [
            normalise_output(output) for output in listed if isinstance(output, dict)
        ]
        cell.setdefault("execution_count", None)
    return cell


def normalise_output(raw: Mapping[Any, Any]) -> dict[str, Any]:
    """The normal form of one output.

    Raises:
        DocumentError: it is nested too deep.
    """
    output: dict[str, Any] = {
        key: normalise_value(value) for key, value in raw.items() if key not in ("data", "text")
    }
    if "data" in raw:
        output["data"] = _bundle(raw["data"])
    if "text" in raw:
        output["text"] = normalise_value(_joined(raw["text"]))
    return output


def _bundle(raw: Any) -> Any:
    """A MIME bundle with lists of lines joined, except in JSON, where a list is a list."""
    if not isinstance(raw, dict):
        return normalise_value(raw)
    return {
        normalise_text(str(mime)): normalise_value(value if _is_json(str(mime)) else _joined(value))
        for mime, value in raw.items()
    }


def _is_json(mime: str) -> bool:
    return mime == "application/json" or (
        mime.startswith("application/") and mime.endswith("+json")
    )


def _joined(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value


def without_id(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell as formats before 4.5 have it."""
    return {key: value for key, value in cell.items() if key != "id"}


def identify_cells(cells: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """Make ids unique: an exact copy of an earlier cell becomes ``None``, another cell gets an id of its own.

    The new id follows from the old one and from how often it occurred, so it stays while people type.
    """
    taken = {cell["id"] for cell in cells if "id" in cell}
    first: dict[str, dict[str, Any]] = {}
    occurrences: dict[str, int] = {}
    identified: list[dict[str, Any] | None] = []
    for cell in cells:
        cell_id = cell.get("id", "")
        if cell_id and first.setdefault(cell_id, cell) is cell:
            identified.append(cell)
        elif cell_id and first[cell_id] == cell:
            identified.append(None)
        else:
            occurrences[cell_id] = occurrence = occurrences.get(cell_id, 0) + 1
            fresh = fresh_id(taken, cell_id, occurrence)
            taken.add(fresh)
            identified.append({**cell, "id": fresh})
    return identified


def fresh_id(taken: Collection[str], *parts: object) -> str:
    """A cell id made from ``parts`` that is not among ``taken``."""
    attempt = 0
    while (candidate := derived_id(*parts, attempt)) in taken:
        attempt += 1
    return candidate
