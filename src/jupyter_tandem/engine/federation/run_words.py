"""Sentences about runs that cannot go across the Hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jupyter_tandem.protocol.run import RunState

NO_WAY: Final = (
    "The Hub's sharing service cannot be reached, so nothing can be run at the owner's server."
)
LOST: Final = (
    "The connection broke before the owner's server answered. When it is back, the queue says "
    "whether this is run; it is not asked for again by itself."
)

_KERNEL: Final = {"id": "", "name": "", "state": "dead"}


def stopped(owner: str) -> str:
    """Why nothing is run while the owner's server is away."""
    return (
        f"{owner}'s server is stopped, so nothing can be run there. Nothing is started by itself "
        "when it is back; ask again then."
    )


def left_alone(body: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """What was told of runs, as far as anybody knows once nobody tells any more (HUBRUN-5).

    What was under way may have come to its end since; what waited is not started by itself.
    """
    kernel = body.get("kernel")
    runs = [_alone(run, reason) for run in body.get("runs", ())]
    return {
        "full": True,
        "kernel": None if kernel is None else {**_KERNEL, "reason": reason},
        "input": None,
        "runs": runs,
    }


def _alone(run: Mapping[str, Any], reason: str) -> dict[str, Any]:
    match run.get("state"):
        case RunState.RUNNING.value:
            return {**run, "state": RunState.INTERRUPTED.value, "reason": reason}
        case RunState.QUEUED.value:
            return {**run, "state": RunState.HELD.value, "reason": reason}
        case _:
            return dict(run)
