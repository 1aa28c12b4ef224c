"""The answers to those who say what they have of a document."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.core.document import Document
from jupyter_tandem.protocol.frames import SyncStep2, encode

_NOTHING: Final = b"\x00"
"""The state vector of somebody who has nothing."""


class Answers:
    """Keeps the last answer for a while: a class that opens a notebook asks the same twenty times.

    All of them get the same bytes object, so that their connections can share it.
    """

    __slots__ = ("_frame", "_question", "_whole")

    def __init__(self, sequence: int = 0, whole: bytes | None = None) -> None:
        """Where the document is there as one update, ``whole``, it is not encoded anew at ``sequence``."""
        self._question: tuple[int, bytes] | None = None
        self._frame = b""
        self._whole = None if whole is None else ((sequence, _NOTHING), whole)

    def to(self, state_vector: bytes, document: Document, sequence: int) -> bytes:
        """The frame for a client that has ``state_vector``.

        Args:
            state_vector: In Yjs' encoding.
            document: What is to be sent.
            sequence: Of the last change to the document; a kept answer is for this state only.

        Raises:
            MalformedFrame, LimitExceeded: ``state_vector`` is none.
        """
        question = (sequence, state_vector)
        if question != self._question:
            self._frame = encode(SyncStep2(self._update(question, document)))
            self._question = question
        return self._frame

    def _update(self, question: tuple[int, bytes], document: Document) -> bytes:
        if self._whole is not None and self._whole[0] == question:
            return self._whole[1]
        return document.encode(question[1])

    def forget(self) -> None:
        """Give the memory back."""
        self._question, self._frame, self._whole = None, b"", None
