"""Reads and writes the text of large notebooks cell by cell.

As nbformat does it, the text of fifty megabytes is parsed in one go, in which no other thread of the process gets on, and
made of three million pieces that are all there at once. What is read and written here is the same.
"""

from __future__ import annotations

import copy
import itertools
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

import nbformat as typed_nbformat
from nbformat import ValidationError
from nbformat.v4 import rwbase as typed_rwbase

from jupyter_tandem.adapters.server.indented_json import indented
from jupyter_tandem.adapters.server.json_stream import STEP_BYTES, JsonStream
from jupyter_tandem.core.apart import take_apart

nbformat: Any = typed_nbformat
rwbase: Any = typed_rwbase

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


def read(file: IO[bytes]) -> Any:
    """The notebook in ``file``, as ``nbformat.reads`` gives it in format 4; one without an error in it.

    Raises:
        NotSo: it is another format, or there is anything wrong with it.
        OSError: it cannot be read.
    """
    found = parse(file)
    try:
        major, minor = nbformat.reader.get_version(found)
        if major != FORMAT:
            raise NotSo
        notebook = nbformat.versions[major].to_notebook_json(found, minor=minor)
        take_apart(found)
        notebook = nbformat.convert(notebook, FORMAT)
        nbformat.validate(notebook)
    except (ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotSo from error
    return notebook


def parse(file: IO[bytes], step_bytes: int = STEP_BYTES) -> dict[str, Any]:
    """As ``json.load`` of a file with an object in it; a list under the key *cells* is read element by element.

    ``step_bytes`` are read at once.

    Raises:
        NotSo: it is no object in UTF-8.
        OSError: it cannot be read.
    """
    stream = JsonStream(file, step_bytes)
    found: dict[str, Any] = {}
    try:
        stream.expect("{")
        closed = stream.next_is("}")
        while not closed:
            key = stream.value()
            if not isinstance(key, str):
                raise NotSo
            stream.expect(":")
            in_steps = key == _CELLS and stream.next_is("[")
            found[key] = _list(stream) if in_steps else stream.value()
            closed = stream.next_is("}")
            if not closed:
                stream.expect(",")
        if not stream.at_end():
            raise NotSo
    except (ValueError, RecursionError) as error:
        raise NotSo from error
    return found


def _list(stream: JsonStream) -> list[Any]:
    """What is in a list that has begun."""
    elements: list[Any] = []
    closed = stream.next_is("]")
    while not closed:
        elements.append(stream.value())
        closed = stream.next_is("]")
        if not closed:
            stream.expect(",")
    return elements


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
