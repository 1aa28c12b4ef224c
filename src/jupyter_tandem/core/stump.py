"""What is left of a file whose writing was cut short: by ``kill -9``, a full disk, the loss of power.

A file that is written in place is emptied first, or written over from its beginning (docs/spec/file.md, FILE-61).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jupyter_tandem.core.content import Family, family, reduced_cell
from jupyter_tandem.core.notebook_form import has_ids, normalise_cell, without_id
from jupyter_tandem.errors import DocumentError
from jupyter_tandem.types import DocumentKind

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_KEY: Final = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t\r\n]*:[ \t\r\n]*')
_KEY_BEGUN: Final = re.compile(r'"(?:[^"\\]|\\.)*\\?(?:"[ \t\r\n]*)?')
_LONGEST_TOKEN: Final = len("\\uffff")
"""What is cut within a literal or an escape is told where that begins."""

_CELLS: Final = "cells"
_AS_THEY_ARE: Final = ("cell_type", "id", "metadata", "source")
"""Members of a cell that are not kept as digests."""

_DECODER: Final = json.JSONDecoder()


def is_stump(
    kind: DocumentKind, found: bytes, new: Any, old: Any, left: bytes | None = None
) -> bool:
    """Whether a write of ``new`` over ``old`` may have left ``found`` when it was cut short.

    Neither ``new`` nor ``old`` as a whole, but nothing at all, the beginning of ``new`` with or without the rest of ``old`` behind it, or the
    beginning of ``old``: that was being put back. A power failure may leave zeros at the end.

    Args:
        kind: Of the document.
        found: What the file holds.
        new: What was being written, as content or from :func:`~.content.decode_base`; ``None``: not known.
        old: What was there before, in the same way.
        left: What an earlier write over ``old`` had left, which counts as ``old`` does; a whole one as well.
    """
    written = found.rstrip(b"\0")
    if not written:
        return True
    if family(kind) is Family.NOTEBOOK:
        if left is not None and left.startswith(written):
            return True
        text = _text(written)
        return text is not None and any(_begins(version, text) for version in (new, old))
    wanted, former = bytes_of(kind, new), bytes_of(kind, old)
    parts = [data for data in (found, written) if data not in (wanted, former)]
    return left in parts or any(
        _is_cut(data, wanted, before) for data in parts for before in (former, left)
    )


def bytes_of(kind: DocumentKind, content: Any) -> bytes | None:
    """The bytes of a file that holds ``content``; ``None``: that cannot be told from it."""
    if not isinstance(content, str):
        return None
    if family(kind) is not Family.BLOB:
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except binascii.Error:
        return None


# -- bytes -------------------------------------------------------------------


def _is_cut(found: bytes, new: bytes | None, old: bytes | None) -> bool:
    if old is not None and old.startswith(found):
        return True
    if new is None:
        return False
    written = _common(found, new)
    rest = found[written:]
    return not rest or (old is not None and rest == old[written:])


def _common(first: bytes, second: bytes) -> int:
    """How many bytes at the beginning are the same."""
    least, most = 0, min(len(first), len(second))
    while least < most:
        middle = (least + most + 1) // 2
        if first[least:middle] == second[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


# -- notebooks ---------------------------------------------------------------


def _text(found: bytes) -> str | None:
    """``found`` without a character at the end that is not whole; ``None``: it is no text."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(found)
    except UnicodeDecodeError:
        return None


def _begins(notebook: Any, text: str) -> bool:
    """Whether ``text`` breaks off, and all its cells are those that the (reduced) ``notebook`` begins with."""
    if not isinstance(notebook, dict) or not text.startswith("{"):
        return False
    try:
        return _breaks_off(notebook, text)
    except (ValueError, RecursionError, DocumentError):
        return False


def _breaks_off(notebook: Mapping[str, Any], text: str) -> bool:
    at = 1
    while at >= 0:
        key, at = _key(text, at)
        if key is None:
            break
        at = _cells(notebook, text, at) if key == _CELLS else _value(text, at)[1]
        if at >= 0:
            at = _behind(text, at, "}")
    return at < 0


def _cells(notebook: Mapping[str, Any], text: str, at: int) -> int:
    """Compare cell by cell. Where the list ends; -1: the text does before.

    Raises:
        ValueError: it is no list of cells, or holds others.
    """
    if at == len(text):
        return -1
    if text[at] != "[":
        raise ValueError(at)
    at = _skip(text, at + 1)
    for number, known in enumerate(notebook[_CELLS]):
        # A notebook without cells is taken to have one.
        if not number and text.startswith("]", at):
            break
        cell, end = _value(text, at)
        if end < 0:
            _check_begun(notebook, known, text, at)
            return -1
        if not _is_cell(notebook, known, cell):
            raise ValueError(at)
        at = _behind(text, end, "]")
        if at < 0:
            return -1
    if text.startswith("]", at):
        return at + 1
    raise ValueError(at)


def _is_cell(notebook: Mapping[str, Any], known: Mapping[str, Any], raw_cell: Any) -> bool:
    cell = normalise_cell(raw_cell)
    return reduced_cell(cell if has_ids(notebook) else without_id(cell)) == known


def _check_begun(notebook: Mapping[str, Any], known: Mapping[str, Any], text: str, at: int) -> None:
    """Compare what there is of the cell at ``at`` in which the text breaks off.

    Raises:
        ValueError: it is no cell, or another one.
    """
    if at == len(text):
        return
    if text[at] != "{":
        raise ValueError(at)
    members: dict[str, Any] = {"cell_type": known["cell_type"]}
    at += 1
    while at >= 0:
        key, at = _key(text, at)
        if key is None:
            break
        value, end = _value(text, at)
        if end < 0:
            break
        members[key] = value
        at = _behind(text, end, "}")
    cell = normalise_cell(members)
    if not has_ids(notebook):
        cell.pop("id", None)
    if any(cell.get(key) != known.get(key) for key in _AS_THEY_ARE if key in members):
        raise ValueError(at)


# -- JSON that breaks off: -1 stands for a place behind the end ----------------


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _key(text: str, at: int) -> tuple[str | None, int]:
    """The key of an object's next member, and where its value begins; ``None``: the text, or the object, ends.

    Raises:
        ValueError: neither comes here.
    """
    at = _skip(text, at)
    match = _KEY.match(text, at)
    if match is not None:
        return match[1], match.end()
    if at == len(text) or _KEY_BEGUN.fullmatch(text, at):
        return None, -1
    if text[at] == "}":
        return None, at
    raise ValueError(at)


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at ``at``, and where it ends.

    Raises:
        ValueError: none does.
    """
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        unterminated = error.msg.startswith("Unterminated string")
        if unterminated or error.pos >= len(text) - _LONGEST_TOKEN:
            return None, -1
        raise
    # There may have been more digits.
    return (None, -1) if end == len(text) and isinstance(value, int | float) else (value, end)


def _behind(text: str, at: int, closing: str) -> int:
    """Where the next member begins, or ``closing`` stands.

    Raises:
        ValueError: neither a comma nor that comes here.
    """
    at = _skip(text, at)
    if at == len(text):
        return -1
    if text[at] == ",":
        return _skip(text, at + 1)
    if text[at] == closing:
        return at
    raise ValueError(at)
