"""The answers to those who say what they have of a document."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.latecomers import Latecomers
from jupyter_tandem.protocol.frames import SyncStep2, as_answer, as_update, encode

NOTHING: Final = b"\x00"
"""The state vector of somebody who has nothing."""

_TAIL_BYTES: Final = 16 * 1024
"""Most bytes of small changes that are sent behind a kept answer; with more of them it is made anew."""

Frames = tuple[bytes, ...]


class Answers:
    """Keeps the last answer for a while: a class that opens a notebook asks the same twenty times.

    All of them get the same bytes objects, so that their connections can share them. To a client that has nothing and
    takes an answer in parts, one is good for longer: what changed since then is sent behind it. Only the last frame is
    the SyncStep2 then, and those before it are updates: clients take themselves to be synchronised once they have it
    (WIRE-5).

    Attributes:
        latecomers: Told of each change, too.
    """

    __slots__ = (
        "_answers",
        "_frames",
        "_marked",
        "_question",
        "_tail",
        "_tail_bytes",
        "_whole",
        "latecomers",
    )

    def __init__(self, whole: bytes | None = None) -> None:
        """Where the document is there as an encoded :class:`SyncStep2`, ``whole``, it is sent as it is."""
        self._question: tuple[int, bytes] | None = None
        self._frames: Frames = ()
        self._whole = whole
        self._marked: dict[bytes, bool] = {}
        self._answers = True
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self.latecomers = Latecomers()

    def lacks(self, state_vector: bytes, *, in_parts: bool) -> bool:
        """Whether :meth:`to` would have to encode the whole document."""
        kept = self._whole is not None and (in_parts or not self._tail)
        return state_vector == NOTHING and not kept

    def keep(self, whole: bytes, behind: list[bytes]) -> None:
        """Send ``whole``, an encoded :class:`SyncStep2`, as it is, and the frames of what changed since ``behind`` it."""
        self._forget_whole()
        self._whole, self._tail, self._tail_bytes = whole, behind, sum(map(len, behind))

    def to(
        self, state_vector: bytes, document: Document, sequence: int, *, in_parts: bool
    ) -> Frames:
        """The frames for a client that has ``state_vector``, in order.

        Args:
            state_vector: In Yjs' encoding.
            document: What is to be sent.
            sequence: Of the last change to the document.
            in_parts: Whether it may be more than one frame: updates, and a SyncStep2 with the rest.

        Raises:
            MalformedFrame, LimitExceeded: ``state_vector`` is none.
        """
        if state_vector == NOTHING:
            if self._tail and not in_parts:
                self._forget_whole()
            return self._all(document)
        question = (sequence, state_vector)
        if question != self._question:
            self._frames = (encode(SyncStep2(document.encode(state_vector))),)
            self._question = question
        return self._frames

    def mention(self, mark: bytes, document: Document) -> bool:
        """Whether ``mark`` is in what is sent to somebody who has nothing of ``document``."""
        whole = self._made_whole(document)
        # Twenty may ask in turn.
        if mark not in self._marked:
            self._marked[mark] = mark in whole
        return self._marked[mark] or any(mark in frame for frame in self._tail)

    def note(self, sequence: int, frame: bytes) -> None:
        """The document was changed by the update in ``frame``."""
        self.latecomers.note(sequence, frame)
        if self._whole is None:
            return
        self._tail_bytes += len(frame)
        if self._tail_bytes > _TAIL_BYTES:
            self._forget_whole()
        else:
            self._tail.append(frame)

    def forget(self) -> None:
        """Give the memory back."""
        self._question, self._frames = None, ()
        self._forget_whole()

    def _all(self, document: Document) -> Frames:
        whole = self._made_whole(document)
        if not self._tail:
            return (whole,)
        if self._answers:
            whole, self._answers = as_update(whole), False
            self._whole = whole
        *newer, newest = self._tail
        return (whole, *newer, as_answer(newest))

    def _made_whole(self, document: Document) -> bytes:
        if self._whole is None:
            self._whole = encode(SyncStep2(document.encode(NOTHING)))
        return self._whole

    def _forget_whole(self) -> None:
        self._whole, self._answers, self._tail, self._tail_bytes = None, True, [], 0
        self._marked.clear()
