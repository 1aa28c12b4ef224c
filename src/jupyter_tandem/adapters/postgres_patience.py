"""Connections to PostgreSQL that do not wait for an answer without end.

A line whose far side is gone may stay open and say nothing: behind a proxy no keepalive tells.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from typing import Any, ClassVar, Final, TypeVar

import psycopg

ANSWER_S: Final = 30.0
"""How long nothing may be heard on a line on which something was asked: longer than a lock is waited for."""

_T = TypeVar("_T")


class NoAnswer(psycopg.OperationalError):
    """Nothing was heard for too long, or its owner did not want to wait any more."""


class Patience:
    """That of one owner of connections, who may lose it."""

    def __init__(self) -> None:
        """Patience that bears :data:`ANSWER_S` seconds of silence."""
        self._lost = threading.Event()
        mine = self

        class Mine(Line):
            patience = mine

        self._line = Mine

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as ``psycopg.connect`` makes it.

        Raises:
            NoAnswer: patience was lost before it was made. psycopg.OperationalError: as there.
        """
        return self._line.connect(**options)

    def lose(self) -> None:
        """Let whoever waits for an answer, or for a connection, find it broken, and whoever will."""
        self._lost.set()

    def bounded(self, asking: Generator[Any, Any, _T]) -> Generator[Any, Any, _T]:
        """``asking``, which the driver resumes when something can be read or written and several times a second.

        Raises:
            NoAnswer: nothing was heard for too long, or patience was lost.
        """
        heard_at = time.monotonic()
        ready: Any = None
        try:
            while True:
                if ready:
                    heard_at = time.monotonic()
                elif self._lost.is_set() or time.monotonic() - heard_at >= ANSWER_S:
                    raise NoAnswer("the database does not answer")
                ready = yield asking.send(ready)
        except StopIteration as end:
            answer: _T = end.value
            return answer


class Line(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed when its owner's patience ends."""

    patience: ClassVar[Patience]

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """See the base class."""
        try:
            return super().wait(self.patience.bounded(gen), *args, **kwargs)
        except NoAnswer:
            # It may still come, as that to something else.
            self.pgconn.finish()
            raise

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        # Where the driver has another name for it, only the time for connecting bounds it.
        return cls.patience.bounded(super()._connect_gen(*args, **kwargs))
