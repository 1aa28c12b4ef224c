"""The answers to those who say what they have of a document."""

from __future__ import annotations

from jupyter_tandem.core.document import Document
from jupyter_tandem.protocol.frames import SyncStep2, encode


class Answers:
    """Keeps the last answer for a while: a class that opens a notebook asks the same twenty times.

    All of them get the same bytes object, so that their connections can share it.
    """

    __slots__ = ("_frame", "_question")

    def __init__(self) -> None:
        self._question: tuple[int, bytes] | None = None
        self._frame = b""

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
            self._frame = encode(SyncStep2(document.encode(state_vector)))
            self._question = question
        return self._frame

    def forget(self) -> None:
        """Give the memory back."""
        self._question, self._frame = None, b""
