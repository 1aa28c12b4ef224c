"""Content of documents as the Contents API gives and takes it, made comparable.

A notebook can be written in many ways that mean the same: sources as lists or strings, ``1`` or ``1.0``,
missing keys or empty ones. Everything that compares, merges or remembers content works on the normal form
made here (docs/spec/content.md).
"""

from __future__ import annotations

import enum
import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from jupyter_tandem.core.base_text import compressed
from jupyter_tandem.core.notebook_form import normalise_notebook, normalise_output
from jupyter_tandem.core.sha256 import feed, sha256
from jupyter_tandem.core.stand_in import StandIn, make_stand_in, stand_in_of
from jupyter_tandem.core.value import normalise_text, normalise_value
from jupyter_tandem.errors import DocumentError
from jupyter_tandem.types import DocumentKind


class Family(enum.Enum):
    """How a kind's content is structured."""

    NOTEBOOK = "notebook"
    TEXT = "text"
    BLOB = "blob"
    OTHER = "other"


_FAMILIES: Final = {
    "notebook": Family.NOTEBOOK,
    "file": Family.TEXT,
    "unicode": Family.TEXT,
    "blob": Family.BLOB,
}

_BASE_VERSION: Final = 2

_LEFT: Final = "left"
"""Beside what :func:`decode_base` reads, and unknown to earlier versions of it."""

LEFT_BYTES: Final = 4 * 1024 * 1024
"""More of a write that was cut short is not remembered: the chance that the next one is cut short, too, is small."""

_LONG: Final = 10_000
"""Characters from which on it is worth looking whether text is plain."""

_ESCAPED: Final = bytes(range(32)) + b'"\\'
"""What JSON does not hold as it is."""

_CELLS: Final = "cells"
_OUTPUTS: Final = "outputs"
_ATTACHMENTS: Final = "attachments"
OUTPUTS_DIGEST: Final = "outputs_digest"
"""Key of a base's cell that stands for its outputs."""
ATTACHMENT_DIGESTS: Final = "attachment_digests"
"""Key of a base's cell that stands for its attachments: name to digest."""


def family(kind: DocumentKind) -> Family:
    """How content of ``kind`` is structured; ``OTHER`` is known to its own package only."""
    return _FAMILIES.get(kind.type, Family.OTHER)


def normalise(kind: DocumentKind, content: Any) -> Any:
    """The normal form of ``content``: a new value that shares nothing mutable with it.

    Equal normal forms mean equal documents. For a notebook see :func:`~.notebook_form.normalise_notebook`;
    text and base64 are returned as they are, content of other kinds with its numbers unified.

    Raises:
        DocumentError: ``content`` is not of this kind.
    """
    match family(kind):
        case Family.NOTEBOOK:
            return normalise_notebook(content)
        case Family.TEXT | Family.BLOB:
            if not isinstance(content, str):
                raise DocumentError(f"A document of type {kind.type} holds text, nothing else.")
            return normalise_text(content)
        case Family.OTHER:
            return normalise_value(content)


def digest(kind: DocumentKind, content: Any) -> str:
    """A name for what ``content`` means: equal exactly when the normal forms are equal.

    A stand-in for a big output counts as that output.

    Raises:
        DocumentError: ``content`` is not of this kind.
    """
    return digest_normal(kind, normalise(kind, content))


def digest_normal(kind: DocumentKind, normal: Any) -> str:
    """As :func:`digest`, of content that is in normal form already."""
    if family(kind) is not Family.NOTEBOOK:
        return digest_value(normal)
    return _digest_with(
        normal, (listed_cell(cell, output_digests(cell)) for cell in normal[_CELLS])
    )


def digest_reduced(kind: DocumentKind, normal: Any) -> str:
    """A name for what a three-way merge sees of a version that is in normal form, or reduced already."""
    if family(kind) is not Family.NOTEBOOK:
        return digest_value(normal)
    return _digest_with(normal, map(reduced_cell, normal[_CELLS]))


def _digest_with(notebook: Mapping[str, Any], cells: Iterable[Mapping[str, Any]]) -> str:
    """:func:`digest_value` of ``notebook`` with these ``cells``; other threads get on between two of them."""
    begin, end = text_around_cells({key: notebook[key] for key in notebook if key != _CELLS})
    digest, separator = hashlib.sha256(begin), b""
    for cell in cells:
        feed(digest, separator + canonical(cell))
        separator = b","
    digest.update(end)
    return digest.hexdigest()


def listed_cell(cell: Mapping[str, Any], digests: list[str]) -> Mapping[str, Any]:
    """A cell as a notebook's digest takes it: with ``digests`` in place of its outputs."""
    return {**cell, _OUTPUTS: digests} if digests else cell


def digest_value(value: Any) -> str:
    """SHA-256 (hexadecimal) of a normalised value, independent of the order of keys."""
    return sha256(canonical(value))


def canonical(value: Any) -> bytes:
    """The one text in UTF-8 of a normalised value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def canonical_large(value: Any) -> bytes:
    """The same as :func:`canonical`, in half the time where most of it is long plain text, as pictures are."""
    return b"".join(_pieces(value))


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        separator = b"{"
        for key in sorted(value):
            yield separator
            yield canonical(key)
            yield b":"
            yield from _pieces(value[key])
            separator = b","
        yield b"}" if value else b"{}"
        return
    plain = _plain(value) if isinstance(value, str) and len(value) > _LONG else None
    yield from (canonical(value),) if plain is None else (b'"', plain, b'"')


def _plain(text: str) -> bytes | None:
    """``text`` if its JSON is the same between quotes."""
    if not text.isascii():
        return None
    data = text.encode()
    return data if len(data.translate(None, _ESCAPED)) == len(data) else None


def reduced(kind: DocumentKind, content: Any) -> Any:
    """What a three-way merge needs of a version: the normal form, a notebook's cells by :func:`reduced_cell`.

    Raises:
        DocumentError: ``content`` is not of this kind.
    """
    if family(kind) is not Family.NOTEBOOK:
        return normalise(kind, content)
    if isinstance(content, dict) and any(
        isinstance(cell, dict) and OUTPUTS_DIGEST in cell for cell in content.get("cells", ())
    ):
        return content
    return reduced_normal(kind, normalise(kind, content))


def reduced_normal(kind: DocumentKind, normal: Any) -> Any:
    """As :func:`reduced`, of content that is in normal form already."""
    if family(kind) is not Family.NOTEBOOK:
        return normal
    return {**normal, "cells": [reduced_cell(cell) for cell in normal["cells"]]}


def reduced_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell with digests in place of outputs and attachments; a reduced cell stays as it is."""
    slim = {key: value for key, value in cell.items() if key not in (_OUTPUTS, _ATTACHMENTS)}
    slim[OUTPUTS_DIGEST] = outputs_digest(cell)
    slim[ATTACHMENT_DIGESTS] = attachment_digests(cell)
    return slim


def encode_base(kind: DocumentKind, content: Any) -> bytes:
    """Encode what a later three-way merge needs of ``content``: outputs and attachments by digest only.

    Raises:
        DocumentError: ``content`` is not of this kind.
    """
    wanted = reduced(kind, content)
    if not isinstance(wanted, dict) or family(kind) is not Family.NOTEBOOK:
        return zlib.compress(canonical({"version": _BASE_VERSION, "content": wanted}))
    cells = ((canonical(cell), None) for cell in wanted[_CELLS])
    return base_of_cells(cells, {key: wanted[key] for key in wanted if key != _CELLS})


def base_of_cells(cells: Iterable[tuple[bytes, bytes | None]], frame: Mapping[str, Any]) -> bytes:
    """As :func:`encode_base` of a notebook.

    Args:
        cells: The canonical text of each reduced cell, and what :func:`.base_text.deflated` makes of it, if that is known.
        frame: The notebook without its cells.
    """
    begin, end = text_around_cells(frame)
    last = b'%b,"version":%d}' % (end, _BASE_VERSION)
    return compressed(_pieces_of_base(b'{"content":' + begin, cells, last))


def _pieces_of_base(
    first: bytes, cells: Iterable[tuple[bytes, bytes | None]], last: bytes
) -> Iterator[tuple[bytes, bytes | None]]:
    separator = first
    for cell in cells:
        yield separator, None
        yield cell
        separator = b","
    yield last, None


def text_around_cells(frame: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Of a notebook's canonical text what comes before its first cell, and after the last one.

    Args:
        frame: The notebook without its cells.
    """
    before = canonical({key: value for key, value in frame.items() if key < _CELLS})
    after = canonical({key: value for key, value in frame.items() if key > _CELLS})
    begin = before[:-1] + (b"," if len(before) > 2 else b"") + b'"cells":['
    return begin, b"]" + (b"," if len(after) > 2 else b"") + after[1:]


def decode_base(kind: DocumentKind, base: bytes) -> Any:
    """What :func:`encode_base` kept: :func:`reduced` content.

    Raises:
        DocumentError: the bytes are no base of this kind.
    """
    try:
        decoded = json.loads(zlib.decompress(base))
        version, content = decoded["version"], decoded["content"]
    except (zlib.error, ValueError, KeyError, TypeError):
        raise DocumentError("The remembered version of the file cannot be read.") from None
    expected = dict if family(kind) is Family.NOTEBOOK else object
    if version != _BASE_VERSION or not isinstance(content, expected):
        raise DocumentError("The remembered version of the file is of an unknown form.")
    return content


def with_left(base: bytes, left: bytes) -> bytes:
    """``base``, with what a write over that version has left that was cut short; as it is where it cannot be read.

    To :func:`decode_base` it is the same.
    """
    if len(left) > LEFT_BYTES:
        return base
    try:
        decoded = json.loads(zlib.decompress(base))
    except (zlib.error, ValueError):
        return base
    return zlib.compress(canonical({**decoded, _LEFT: b64encode(left).decode()}))


def left_in(base: bytes) -> bytes | None:
    """What :func:`with_left` has added."""
    try:
        left = json.loads(zlib.decompress(base)).get(_LEFT)
        return None if left is None else b64decode(left)
    except (zlib.error, ValueError, AttributeError, TypeError):
        return None


def outputs_digest(cell: Mapping[str, Any]) -> str:
    """Digest of a cell's outputs, the same whether big ones are in it or kept beside; the cell may be a base's."""
    known = cell.get(OUTPUTS_DIGEST)
    if isinstance(known, str):
        return known
    return digest_of_digests(output_digests(cell))


def digest_of_digests(digests: list[str]) -> str:
    """Digest of outputs whose digests are ``digests``."""
    return digest_value(digests) if digests else ""


def output_digests(cell: Mapping[str, Any]) -> list[str]:
    """Digest of each of a cell's outputs, the same whether it is in the cell or kept beside."""
    outputs: Sequence[Any] = cell.get(_OUTPUTS, ())
    held = ((output, stand_in_of(output)) for output in outputs)
    return [digest_value(output) if stood is None else stood.sha256 for output, stood in held]


def outputs_as_digests(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell, not in normal form yet, with stand-ins for its outputs: its digests are the same.

    Raises:
        DocumentError: an output is nested too deep.
    """
    outputs = cell.get(_OUTPUTS)
    if not isinstance(outputs, list):
        return dict(cell)
    slim = [_slim(output) for output in outputs if isinstance(output, dict)]
    return {**cell, _OUTPUTS: slim}


def _slim(output: Mapping[str, Any]) -> Mapping[str, Any]:
    if stand_in_of(output) is not None:
        return output
    return make_stand_in(output, StandIn(digest_value(normalise_output(output)), 0, ""))


def attachment_digests(cell: Mapping[str, Any]) -> dict[str, str]:
    """Digest of each of a cell's attachments by name; the cell may be a base's."""
    known = cell.get(ATTACHMENT_DIGESTS)
    if isinstance(known, dict):
        return known
    attachments: Mapping[str, Any] = cell.get(_ATTACHMENTS, {})
    return {name: digest_value(value) for name, value in attachments.items()}
