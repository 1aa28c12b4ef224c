"""Large updates in portions, without reading what they hold.

The CRDT library applies and makes an update in one go, in which no other thread of the process gets on. A portion takes
milliseconds. Only the edits of one client are cut: applied in order, portions leave nothing open in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import put_together, read_var_uint, write_var_uint
from jupyter_tandem.protocol.pruning import deletions, pruned
from jupyter_tandem.protocol.update_walker import UNBOUNDED, UpdateWalker

PORTION_BYTES: Final = 1024 * 1024
"""Applied in 3 ms; fifty of them and the cuts together take a tenth less than the whole."""

_ONE: Final = b"\x01"
_NOTHING_DELETED: Final = b"\x00"


def portions(update: bytes, size: int = PORTION_BYTES) -> Iterator[bytes]:
    """Updates that do, applied in order, what ``update`` does.

    Args:
        update: Well-formed. One that cannot be cut is given as it is.
        size: Bytes from which on a portion ends at the next edit; an update of less than two stays whole.
    """
    cuts = Cuts.of(update, size)
    return iter((update,)) if cuts is None else cuts.portions()


def extend(
    update: bytes,
    later: Sequence[bytes],
    merge: Callable[[Sequence[bytes]], bytes],
    size: int = PORTION_BYTES,
) -> bytes | None:
    """One update that does what ``update`` and then ``later`` do, of which only the end of ``update`` is made anew.

    Args:
        update: The whole of a document.
        later: What came after it.
        merge: Makes one update of several.
        size: As for :func:`portions`.

    Returns:
        ``None`` where ``update`` cannot be cut.
    """
    cuts = Cuts.of(update, size)
    return None if cuts is None else cuts.extended(later, merge)


def join(updates: Sequence[bytes]) -> bytes | None:
    """The one update that ``updates`` make, in order.

    Args:
        updates: Of one client, each beginning with the clock at which the one before ended.

    Returns:
        ``None`` where it cannot be told without reading them: one holds edits of several clients, or deletions.
    """
    count, starts = 0, []
    origin: tuple[int, int] | None = None
    for update in updates:
        if update[:1] != _ONE or update[-1:] != _NOTHING_DELETED:
            return None
        structs, pos = read_var_uint(update, 1)
        client, pos = read_var_uint(update, pos)
        clock, pos = read_var_uint(update, pos)
        origin = origin or (client, clock)
        if client != origin[0]:
            return None
        count += structs
        starts.append(pos)
    if origin is None:
        return None
    pieces = (memoryview(update)[start:-1] for update, start in zip(updates, starts, strict=True))
    return put_together((_ONE, _head(count, *origin), *pieces, _NOTHING_DELETED))


def _head(count: int, client: int, clock: int) -> bytes:
    return write_var_uint(count) + write_var_uint(client) + write_var_uint(clock)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place before an edit: where it is, its number in the section and its clock."""

    pos: int
    index: int
    clock: int


@dataclass(slots=True)
class _Section:
    """The edits of one client in an update: from ``start`` to ``end``, the first one at clock ``first``."""

    client: int
    first: int
    count: int
    start: int
    end: int = 0
    cuts: list[_Cut] = field(default_factory=list)

    @property
    def free_bytes(self) -> int:
        """How much of it is in portions."""
        return self.cuts[-1].pos - self.start if self.cuts else 0


@dataclass(frozen=True, slots=True)
class Cuts:
    """An update that can be cut in the section ``cut``."""

    update: bytes
    sections: list[_Section]
    cut: _Section

    @staticmethod
    def of(update: bytes, size: int = PORTION_BYTES) -> Cuts | None:
        """See :func:`portions`; ``None`` where it stays whole."""
        if len(update) < 2 * size:
            return None
        cutter = _Cutter(update, size)
        if not cutter.cut():
            return None
        cut = max(cutter.sections, key=lambda section: section.free_bytes)
        return Cuts(update, cutter.sections, cut)

    def portions(self) -> Iterator[bytes]:
        """See :func:`portions`."""
        data, section = memoryview(self.update), self.cut
        start, index, clock = section.start, 0, section.first
        for cut in section.cuts:
            head = _head(cut.index - index, section.client, clock)
            yield b"".join((_ONE, head, data[start : cut.pos], _NOTHING_DELETED))
            start, index, clock = cut.pos, cut.index, cut.clock
        yield self._rest()

    def extended(
        self, later: Sequence[bytes], merge: Callable[[Sequence[bytes]], bytes]
    ) -> bytes | None:
        """See :func:`extend`."""
        return self._ending_with(merge([self._rest(), *later]))

    @property
    def rest_since(self) -> dict[int, int]:
        """Which edits are not in the last portion, as a state vector: those of one client that are in the others."""
        return {self.cut.client: self.cut.cuts[-1].clock}

    def shortened(self, rest: bytes) -> bytes | None:
        """One update of a document that began with this one, without what was deleted.

        Args:
            rest: The document's edits since :attr:`rest_since`, and all its deletions.

        Returns:
            ``None`` where it cannot be put together.
        """
        section, last = self.cut, self.cut.cuts[-1]
        run = section.client, section.first, last.index
        deleted = deletions(rest).get(section.client, ())
        return self._ending_with(rest, pruned(self.update, run, section.start, deleted))

    def _rest(self) -> bytes:
        """The last portion."""
        last = self.cut.cuts[-1]
        head = _head(self.cut.count - last.index, self.cut.client, last.clock)
        return _with(self.update, self.sections, self.cut, (head,), last.pos)

    def _ending_with(self, rest: bytes, before: Sequence[bytes | memoryview] = ()) -> bytes | None:
        """The other portions, or what there is ``before`` instead of them, and another rest, as one update."""
        section, last = self.cut, self.cut.cuts[-1]
        cutter = _Cutter(rest, len(rest))
        cutter.cut()
        for other in cutter.sections:
            if (other.client, other.first) == (section.client, last.clock):
                head = _head(last.index + other.count, section.client, section.first)
                run = before or (memoryview(self.update)[section.start : last.pos],)
                return _with(rest, cutter.sections, other, (head, *run), other.start)
        return None


def _with(
    update: bytes,
    sections: Sequence[_Section],
    changed: _Section,
    before: Sequence[bytes | memoryview],
    start: int,
) -> bytes:
    """``update`` with ``before`` in place of what the section ``changed`` holds up to ``start``."""
    data = memoryview(update)
    pieces: list[bytes | memoryview] = [write_var_uint(len(sections))]
    for section in sections:
        if section is changed:
            pieces += (*before, data[start : section.end])
        else:
            pieces.append(_head(section.count, section.client, section.first))
            pieces.append(data[section.start : section.end])
    return put_together((*pieces, data[sections[-1].end :]))


class _Cutter(UpdateWalker):
    """Finds cuts before which edits refer to earlier ones of the same client only."""

    __slots__ = ("_at", "_free", "_index", "_section", "_size_bytes", "sections")

    def __init__(self, data: bytes, size_bytes: int) -> None:
        super().__init__(data, UNBOUNDED)
        self.sections: list[_Section] = []
        self._size_bytes = size_bytes
        self._section: _Section
        self._free = True
        self._index = 0
        self._at = 0

    def cut(self) -> bool:
        """Whether there is any."""
        try:
            self.walk_clients()
        except (MalformedFrame, LimitExceeded):
            return False
        return any(section.cuts for section in self.sections)

    def _walk_structs(self, client: int, first: int, structs: int) -> None:
        self._section = _Section(client, first, structs, self.pos)
        self._free, self._index = True, 0
        super()._walk_structs(client, first, structs)
        self._section.end = self.pos
        self.sections.append(self._section)

    def _span(self, info: int, kind: int) -> int:
        self._index += 1
        if kind:
            # A gap: what comes after it may wait for others.
            self._free = False
        return super()._span(info, kind)

    def walk_item(self, info: int, client: int, clock: int) -> int:
        pos, section = self.pos - 1, self._section
        last = section.cuts[-1].pos if section.cuts else section.start
        if self._free and pos - last >= self._size_bytes:
            section.cuts.append(_Cut(pos, self._index, clock))
        self._index += 1
        self._at = clock
        return super().walk_item(info, client, clock)

    def walk_reference(self) -> tuple[int, int]:
        client, clock = super().walk_reference()
        if client != self._section.client or clock >= self._at:
            self._free = False
        return client, clock
