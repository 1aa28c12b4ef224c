"""How documents of the Hub are called in a single-user server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jupyter_tandem.types import FileId, LineageId

DRIVE: Final = "Shared"
"""The drive in which people find what others share with them; JupyterLab puts ``Shared:`` before its paths."""

_HUB: Final = "hub:"
_COPY: Final = "~"
"""Stands in no lineage id by itself."""


def hub_file(document: str) -> FileId:
    """The file id that a document of the Hub has in servers that do not keep its file."""
    return FileId(_HUB + document)


def is_hub_file(file_id: str) -> bool:
    """Whether a file is kept elsewhere on the Hub."""
    return file_id.startswith(_HUB)


def hub_document(file_id: str) -> str:
    """The inverse of :func:`hub_file`."""
    return file_id.removeprefix(_HUB)


def hub_lineage(local: LineageId) -> LineageId:
    """The Hub's name of the history that a server's copy of a document goes on with."""
    return LineageId(local.partition(_COPY)[0])


def next_copy(local: LineageId, lineage: LineageId) -> LineageId:
    """A name for a new copy of ``lineage``, which nobody takes for the copy ``local``."""
    number = local.partition(_COPY)[2] if hub_lineage(local) == lineage else "0"
    return LineageId(f"{lineage}{_COPY}{int(number or 0) + 1}")


def drive_path(path: str) -> str | None:
    """``path`` within the drive of what is shared; ``None`` when it is one of the server's own files."""
    drive, colon, rest = path.strip("/").partition(":")
    return rest.strip("/") if colon and drive == DRIVE else None


def unique_names(
    named: Iterable[tuple[str, str, str]], others: Iterable[str] = ()
) -> dict[str, str]:
    """A path in the drive for every document: its owner's folder and its name, numbered where two are alike.

    Args:
        named: Document, owner and name, in an order that does not change.
        others: Paths that are taken.

    Returns:
        Document to path.
    """
    paths: dict[str, str] = {}
    taken = set(others)
    for document, owner, name in named:
        wish = path = f"{_one_part(owner)}/{_one_part(name)}"
        number = 1
        while path in taken:
            number += 1
            stem, dot, suffix = wish.rpartition(".")
            path = f"{stem} ({number}){dot}{suffix}" if dot and stem else f"{wish} ({number})"
        taken.add(path)
        paths[document] = path
    return paths


def _one_part(name: str) -> str:
    return name.replace("/", "_").replace("\\", "_").strip(".") or "_"
