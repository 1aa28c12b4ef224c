"""Answers to run commands (docs/spec/execution.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.protocol.reason import Reason


def accepted(number: int, runs: Sequence[int] = ()) -> RunAnswer:
    """The command is being carried out; ``runs`` are those it queued, in the order of its cells."""
    return _answer(number, "accepted", runs=list(runs))


def refused(number: int, code: str, message: str, cells: Sequence[str] = ()) -> RunAnswer:
    """The command has no effect; ``code`` is one of docs/spec/execution.md."""
    return _answer(number, "refused", code=code, message=message, cells=list(cells))


def refused_for(number: int, code: str, reason: Reason) -> RunAnswer:
    """The command has no effect, for a reason that ``code`` alone does not tell."""
    return _answer(number, "refused", code=code, message=reason.sentence, why=list(reason.why))


def denied(number: int) -> RunAnswer:
    """The sender may not run code here."""
    return refused(number, "denied", "You may not run code in this document.")


def _answer(number: int, status: str, **fields: Any) -> RunAnswer:
    empty: dict[str, Any] = {"runs": [], "code": "", "message": "", "why": [], "cells": []}
    return RunAnswer({"number": number, "status": status, **empty, **fields})
