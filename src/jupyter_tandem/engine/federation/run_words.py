"""What is told of runs when nothing goes across the Hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jupyter_tandem.protocol.reason import Reason
from jupyter_tandem.protocol.run import RunState

_KERNEL: Final = {"id": "", "name": "", "state": "dead"}


def left_alone(body: Mapping[str, Any], reason: Reason) -> dict[str, Any]:
    """What was told of runs, as far as anybody knows once nobody tells any more (HUBRUN-5).

    What was under way may have come to its end since; what waited is not started by itself.
    """
    kernel = body.get("kernel")
    runs = [_alone(run, reason) for run in body.get("runs", ())]
    return {
        "full": True,
        "kernel": None if kernel is None else {**_KERNEL, **_told(reason)},
        "input": None,
        "runs": runs,
    }


def _alone(run: Mapping[str, Any], reason: Reason) -> dict[str, Any]:
    match run.get("state"):
        case RunState.RUNNING.value:
            return {**run, "state": RunState.INTERRUPTED.value, **_told(reason)}
        case RunState.QUEUED.value:
            return {**run, "state": RunState.HELD.value, **_told(reason)}
        case _:
            return dict(run)


def _told(reason: Reason) -> dict[str, Any]:
    return {"reason": reason.sentence, "why": list(reason.why)}
