"""What the kernel asks people (RUN-28)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_tandem.protocol.run import Run


@dataclass(frozen=True, slots=True)
class Question:
    """One question; a run asks one at a time."""

    id: int
    run: Run
    prompt: str
    password: bool

    def body(self) -> dict[str, Any]:
        """As Execution frames tell it."""
        return {
            "id": self.id,
            "run": self.run.id,
            "cell": self.run.cell,
            "prompt": self.prompt,
            "password": self.password,
            "username": self.run.username,
        }


class Questions:
    """The question that is open, if any."""

    def __init__(self, told: Callable[[], None]) -> None:
        """Nothing is asked; ``told`` is called when that changes."""
        self._told = told
        self._numbers = itertools.count(1)
        self.open: Question | None = None

    def body(self) -> dict[str, Any] | None:
        """As Execution frames tell it."""
        return None if self.open is None else self.open.body()

    def ask(self, run: Run, prompt: str, *, password: bool) -> None:
        """The kernel asks something for ``run``."""
        self.open = Question(next(self._numbers), run, prompt, password)
        self._told()

    def close(self) -> None:
        """It was answered, or is not asked any more."""
        if self.open is not None:
            self.open = None
            self._told()
