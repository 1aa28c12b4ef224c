"""What a kernel's messages make of a cell's outputs, and which edits bring them into the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from jupyter_tandem.core.execution.bundle import kept_data, kept_metadata
from jupyter_tandem.core.execution.overflow import OUTPUT_BYTES, PENDING, Overflow
from jupyter_tandem.core.execution.stream import StreamText, TextEdit
from jupyter_tandem.core.value import normalise_text

MOST_OUTPUTS: Final = 10_000
"""Outputs of one cell that are kept; front ends show some fifty at once."""

MASK: Final = "········"
"""Stands for a password that was typed."""

_STDIN: Final = "stdin"


@dataclass(frozen=True, slots=True)
class OutputEdits:
    """Edits of a cell's list of outputs, in this order.

    Front ends take what is inserted for something to append, and text edits for edits of the last output:
    so what is in the middle is changed by writing everything from there on anew.

    Attributes:
        keep: How many of the outputs stay; the others are deleted.
        text: Changes the text of the last one that stays.
        append: New outputs.
    """

    keep: int
    text: TextEdit | None
    append: tuple[Mapping[str, Any], ...]


@dataclass(slots=True, eq=False)
class _Rich:
    output: dict[str, Any]
    display_id: str = ""
    size: int | None = None
    """About how many bytes it has, once somebody wanted to know."""


@dataclass(slots=True, eq=False)
class _Stream:
    name: str
    text: StreamText


_Item: TypeAlias = _Rich | _Stream


class CellOutputs:
    """The outputs of one cell while it runs.

    It remembers what of them is in the document (*shown*); :meth:`edits` says what has to follow.
    """

    def __init__(self, limit: int = OUTPUT_BYTES) -> None:
        """The cell's outputs are cleared; ``limit`` bytes of text are kept from the beginning."""
        self._limit = limit
        self._overflow = Overflow(limit)
        self._overflowing: _Stream | None = None
        self._items: list[_Item] = []
        self._shown = 0
        self._dirty_from = 0
        self._replaced = False
        self._clear_next = False
        self._dropped_bytes = 0
        self._dropped_first = 0
        self._note: _Stream | None = None

    @property
    def left_out(self) -> int:
        """Bytes that were printed and are not kept."""
        return self._dropped_first + self._dropped_bytes + self._overflow.left_out

    def display_ids(self) -> Iterator[tuple[str, int]]:
        """Every display id, with the place of its output among the cell's."""
        for index, item in enumerate(self._items):
            if isinstance(item, _Rich) and item.display_id:
                yield item.display_id, index

    def resume(self, shown: Iterable[Mapping[str, Any]]) -> None:
        """The document has these outputs already, written by an earlier server (RUN-18)."""
        for output in shown:
            item: _Item = _Rich(dict(output))
            if output.get("output_type") == "stream":
                item = _Stream(str(output.get("name", "")), StreamText())
                item.text.feed(str(output.get("text", "")))
                item.text.edit()
            self._items.append(item)
        self._shown = self._dirty_from = len(self._items)

    # -- what happens ------------------------------------------------------------------------------

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        """Take a message of the kernel that makes an output; others change nothing."""
        match kind:
            case "stream":
                self._print(str(content.get("name", "stdout")), str(content.get("text", "")))
            case "display_data":
                self._add({"output_type": kind, **display_bundle(content)}, display_id_of(content))
            case "execute_result":
                result = {"output_type": kind, **display_bundle(content)}
                result["execution_count"] = content.get("execution_count")
                self._add(result, display_id_of(content))
            case "error":
                # The end of a cell: what was too much is shown before it, while that is an edit of the last output.
                self.finish()
                self._add(_error(content))
            case "clear_output":
                self._clear_next = bool(content.get("wait"))
                if not self._clear_next:
                    self._clear()

    def answer(self, prompt: str, value: str, *, password: bool) -> None:
        """Somebody answered the kernel's question (RUN-29)."""
        stream = _Stream(_STDIN, StreamText())
        stream.text.feed(normalise_text(f"{prompt}{MASK if password else value}\n"))
        self._begin_output()
        self._append(stream)

    def update_display(self, display_id: str, content: Mapping[str, Any]) -> None:
        """Change the outputs with this display id."""
        for index, item in enumerate(self._items):
            if isinstance(item, _Rich) and item.display_id == display_id:
                item.output.update(display_bundle(content))
                item.size = None
                self._dirty_from = min(self._dirty_from, index)

    def finish(self) -> None:
        """The run has ended: show the end of what was too much."""
        stream, self._overflowing = self._overflowing, None
        if stream is None:
            return
        stream.text.take_back(len(PENDING))
        stream.text.feed(self._overflow.ending())
        index = self._items.index(stream) if stream in self._items else self._shown
        if index < self._shown - 1:
            self._dirty_from = min(self._dirty_from, index)

    def begin_anew(self) -> bool:
        """What is printed from now on belongs to another run, and has its own bound; whether the text changes by it."""
        changed = self._overflowing is not None
        self.finish()
        self._overflow = Overflow(self._limit)
        return changed

    def keep_newest(self, size: int, count: int) -> None:
        """Drop the oldest beyond about ``size`` bytes or ``count`` outputs; a line says how much that was in all.

        Nothing of them is shown any more then. Of rich outputs the newest stays, whatever its size.
        """
        items = [item for item in self._items if item is not self._note]
        too_much = sum(map(_size_of, items)) - size
        if too_much <= 0 and len(items) <= count:
            return
        first = max(len(items) - count, 0)
        gone = sum(map(_size_of, items[:first]))
        for item in items[first:-1]:
            if gone >= too_much or (isinstance(item, _Stream) and gone + _size_of(item) > too_much):
                break
            gone += _size_of(item)
            first += 1
        oldest = items[first]
        if isinstance(oldest, _Stream) and gone < too_much:
            gone += oldest.text.drop_first(too_much - gone)
        self._dropped_first += gone
        self._note = _Stream("stdout", StreamText())
        self._note.text.feed(f"… {self._dropped_first:,} bytes are left out here …\n")
        self._items = [self._note, *items[first:]]
        self.show_again()
        self._replaced = True

    # -- what is shown -----------------------------------------------------------------------------

    @property
    def shown(self) -> int:
        """How many outputs the document has, if nobody else changed them."""
        return self._shown

    @property
    def shown_text_bytes(self) -> int | None:
        """Length of the last shown output's text, when it is one that may grow."""
        last = self._items[self._shown - 1] if self._shown and not self._replaced else None
        return last.text.shown_bytes if isinstance(last, _Stream) else None

    def whole(self) -> list[dict[str, Any]]:
        """All of them, as of now."""
        return [
            {"output_type": "stream", "name": item.name, "text": item.text.text}
            if isinstance(item, _Stream)
            else dict(item.output)
            for item in self._items
        ]

    def show_again(self) -> None:
        """Write everything anew: the document has something else."""
        self._dirty_from = 0

    def forget_shown(self) -> None:
        """Somebody cleared the outputs: what was shown stays away (RUN-25)."""
        if not self._shown or self._replaced:
            self._shown = 0
            return
        last = self._items[self._shown - 1]
        grown = isinstance(last, _Stream) and self._shown == len(self._items)
        if isinstance(last, _Stream) and grown:
            last.text.forget_shown()
        self._items = self._items[self._shown - 1 if grown else self._shown :]
        if self._overflowing not in self._items:
            self._overflowing = None
        self._shown = self._dirty_from = 0

    def edits(self) -> OutputEdits | None:
        """What brings the document up to date, or ``None``; taken as done."""
        keep = min(self._shown, self._dirty_from)
        text = None
        if keep and keep == self._shown:
            last = self._items[keep - 1]
            text = last.text.edit() if isinstance(last, _Stream) else None
        append = tuple(_shown_anew(item) for item in self._items[keep:])
        stays = keep == self._shown
        self._shown = self._dirty_from = len(self._items)
        self._replaced = False
        return None if stays and text is None and not append else OutputEdits(keep, text, append)

    # -- inside ------------------------------------------------------------------------------------

    def _print(self, name: str, text: str) -> None:
        if not text:
            return
        self._begin_output()
        text, start = normalise_text(text), 0
        while admitted := self._overflow.admit(text, start):
            start += len(admitted)
            stream = self._stream(name).text
            before = stream.size_bytes
            stream.feed(admitted)
            self._overflow.keep(stream.size_bytes - before)
        self._overflow.hold(text[start:])
        if self._overflow.full and self._overflowing is None:
            self._overflowing = self._stream(name)
            self._overflowing.text.put_at_end(PENDING)

    def _stream(self, name: str) -> _Stream:
        last = self._items[-1] if self._items and self._items[-1] is not self._note else None
        if isinstance(last, _Stream) and last.name == name != _STDIN:
            return last
        stream = _Stream(name, StreamText())
        self._append(stream)
        return stream

    def _add(self, output: dict[str, Any], display_id: str = "") -> None:
        self._begin_output()
        self._append(_Rich(output, display_id))

    def _append(self, item: _Item) -> None:
        if len(self._items) < MOST_OUTPUTS:
            self._items.append(item)
        elif isinstance(item, _Rich):
            self._dropped_bytes += len(str(item.output))

    def _begin_output(self) -> None:
        if self._clear_next:
            self._clear_next = False
            self._clear()

    def _clear(self) -> None:
        self._items.clear()
        self._note, self._dropped_first = None, 0
        self._dirty_from = 0
        self._replaced = True
        self._overflow, self._overflowing = Overflow(self._limit), None


def _size_of(item: _Item) -> int:
    if isinstance(item, _Stream):
        return item.text.size_bytes
    if item.size is None:
        item.size = len(str(item.output))
    return item.size


def _shown_anew(item: _Item) -> Mapping[str, Any]:
    if isinstance(item, _Rich):
        return dict(item.output)
    item.text.show_again()
    edit = item.text.edit()
    return {"output_type": "stream", "name": item.name, "text": edit.text if edit else ""}


def display_bundle(content: Mapping[str, Any]) -> dict[str, Any]:
    """Data and metadata of a display as a document holds them."""
    return {
        "data": kept_data(content.get("data")),
        "metadata": kept_metadata(content.get("metadata")),
    }


def _error(content: Mapping[str, Any]) -> dict[str, Any]:
    lines = content.get("traceback")
    return {
        "output_type": "error",
        "ename": normalise_text(str(content.get("ename", ""))),
        "evalue": normalise_text(str(content.get("evalue", ""))),
        "traceback": [normalise_text(str(line)) for line in lines]
        if isinstance(lines, list)
        else [],
    }


def display_id_of(content: Mapping[str, Any]) -> str:
    """The id by which a display can be changed later, or ``""``."""
    transient = content.get("transient")
    display_id = transient.get("display_id") if isinstance(transient, dict) else None
    return display_id if isinstance(display_id, str) else ""
