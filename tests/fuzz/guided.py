"""Fuzzing that looks at which code a frame reaches: ``python -m tests.fuzz.guided [libFuzzer options]``.

Needs ``pip install atheris`` (Linux and macOS; not among Tandem's requirements). Begins with the corpus; a frame that
breaks something is written to the working directory: put it into the corpus, under a name that says what it does.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["jupyter_tandem.protocol", "jupyter_tandem.core"]):
    from jupyter_tandem.core import effects as fx
    from jupyter_tandem.core.inputs import Leave
    from jupyter_tandem.types import DocumentKind
    from tests.unit.core.room_bench import Bench

from tests.fuzz.mutation import CORPUS

_EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


class _Target:
    """A room that hostile frames reach; a new one now and then, so that it does not grow."""

    def __init__(self) -> None:
        self._frames = 0
        self._bench = self._fresh()

    def __call__(self, frame: bytes) -> None:
        self._frames += 1
        if self._frames % 1_000 == 0:
            self._bench = self._fresh()
        bench = self._bench
        held = bench.room.document.state_vector()
        eve = bench.join("eve", synchronise=False)
        effects = eve.send_raw(frame)
        if any(isinstance(effect, fx.Rebuild) for effect in effects):
            assert eve.closed is not None
            self._bench = self._fresh()
            return
        if eve.closed is not None:
            assert bench.room.document.state_vector() == held
        bench.handle(Leave(eve.session))
        del bench.peers[eve.session]

    @staticmethod
    def _fresh() -> Bench:
        return Bench(DocumentKind("json", "notebook"), _EMPTY)


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[1:], str(CORPUS)], _Target())
    atheris.Fuzz()
