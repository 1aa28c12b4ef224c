"""Reads and writes the text of large notebooks cell by cell.

As nbformat does it, the text of fifty megabytes is parsed in one go, in which no other thread of the process gets on, and
made of three million pieces that are all there at once. What is read and written here is the same.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

import nbformat as typed_nbformat
from nbformat import ValidationError
from nbformat.v4 import rwbase as typed_rwbase

from jupyter_tandem.adapters.server.indented_json import indented

nbformat: Any = typed_nbformat
rwbase: Any = typed_rwbase

_WHITE_SPACE: Final = re.compile(r"[ \t\n\r]*")

_CELLS: Final = "cells"
FORMAT: Final = 4
_EMPTY: Final = '\n "cells": []'
"""A notebook without cells, as nbformat writes it: no other key of the same name is indented by one space."""
_OPENED: Final = '\n "cells": [\n  '
_CLOSED: Final = "\n ]"
SEPARATOR: Final = ",\n  "
"""What comes between cells."""
_DEPTH: Final = 2
"""How deep a cell lies."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of a notebook that was written here are in its file.

    Attributes:
        begin: Bytes before the first one.
        lengths: Bytes of each.
    """

    begin: int
    lengths: array[int]

    def places(self) -> list[int]:
        """Where each cell begins."""
        lengths = (length + len(SEPARATOR) for length in self.lengths)
        return list(itertools.accumulate(lengths, initial=self.begin))[:-1]


def utf8_length(text: str) -> int:
    """Bytes of ``text`` in a file."""
    return len(text) if text.isascii() else len(text.encode())


class NotSo(Exception):
    """The text is none that is read or written here: nbformat is to say what it makes of it."""


def read(text: str) -> Any:
    """The notebook in ``text``, as ``nbformat.reads`` gives it in format 4; one without an error in it.

    Raises:
        NotSo: it is another format, or there is anything wrong with it.
    """
    found = parse(text)
    try:
        major, minor = nbformat.reader.get_version(found)
        if major != FORMAT:
            raise NotSo
        notebook = nbformat.versions[major].to_notebook_json(found, minor=minor)
        notebook = nbformat.convert(notebook, FORMAT)
        nbformat.validate(notebook)
    except (ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotSo from error
    return notebook


def parse(text: str) -> dict[str, Any]:
    """As ``json.loads`` of a text that is an object; a list under the key *cells* is read element by element.

    Raises:
        NotSo: it is no object.
    """
    scan = json.JSONDecoder().raw_decode
    found: dict[str, Any] = {}
    try:
        at = _after(text, 0, "{")
        closed = text[at] == "}"
        while not closed:
            key, at = scan(text, at)
            if not isinstance(key, str):
                raise NotSo
            at = _after(text, _space(text, at), ":")
            if key == _CELLS and text[at] == "[":
                found[key], at = _list(scan, text, _after(text, at, "["))
            else:
                found[key], at = scan(text, at)
            at = _space(text, at)
            closed = text[at] == "}"
            if not closed:
                at = _after(text, at, ",")
    except (ValueError, IndexError, RecursionError) as error:
        raise NotSo from error
    if _space(text, at + 1) != len(text):
        raise NotSo
    return found


def _list(scan: Any, text: str, at: int) -> tuple[list[Any], int]:
    elements: list[Any] = []
    if text[at] == "]":
        return elements, at + 1
    while True:
        element, at = scan(text, at)
        elements.append(element)
        at = _space(text, at)
        if text[at] == "]":
            return elements, at + 1
        at = _after(text, at, ",")


def _space(text: str, at: int) -> int:
    """Where the white space at ``at`` ends."""
    found = _WHITE_SPACE.match(text, at)
    return at if found is None else found.end()


def _after(text: str, at: int, sign: str) -> int:
    """What comes after ``sign``, which is at ``at`` or behind white space."""
    at = _space(text, at)
    if text[at] != sign:
        raise NotSo
    return _space(text, at + 1)


def is_sound(notebook: Any) -> bool:
    """Whether it is a notebook of format 4 with cells, and without an error that nbformat would tell of."""
    try:
        nbformat.validate(notebook)
        return nbformat.reader.get_version(notebook)[0] == FORMAT and bool(notebook[_CELLS])
    except (ValidationError, AttributeError, KeyError, TypeError, ValueError):
        return False


def write(notebook: Any, file: IO[str]) -> Layout:
    """Write what ``nbformat.write`` writes of a notebook that :func:`is_sound`; tells where its cells are."""
    head, tail = frame(notebook)
    separator = head
    lengths = array("Q")
    for cell in cells_of(notebook):
        file.write(separator)
        file.write(cell)
        lengths.append(utf8_length(cell))
        separator = SEPARATOR
    file.write(tail)
    return Layout(utf8_length(head), lengths)


def frame(notebook: Any) -> tuple[str, str]:
    """What comes before the first cell of a notebook that has cells, and after the last one."""
    head, _, tail = _text({**notebook, _CELLS: []}).partition(_EMPTY)
    end = "" if tail.endswith("\n") else "\n"
    return head + _OPENED, _CLOSED + tail + end


def cells_of(notebook: Any) -> Iterator[str]:
    """The text of each cell."""
    for cell in notebook[_CELLS]:
        # Alone in a notebook, which nbformat makes ready for a file.
        alone = nbformat.NotebookNode(metadata={}, cells=[copy.deepcopy(cell)])
        [ready] = rwbase.strip_transient(rwbase.split_lines(alone))[_CELLS]
        yield indented(ready, _DEPTH)


def _text(notebook: dict[str, Any]) -> str:
    text: str = nbformat.versions[FORMAT].writes_json(nbformat.NotebookNode(notebook))
    return text
