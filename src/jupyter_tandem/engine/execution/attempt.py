"""One run under way: what the kernel says of it becomes the cell's outputs, in batches (RUN-20)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.execution.outputs import CellOutputs
from jupyter_tandem.core.execution.payload import pages
from jupyter_tandem.core.execution.times import Times
from jupyter_tandem.ports.kernels import KernelMessage
from jupyter_tandem.protocol.reason import INTERRUPTED, NONE, Reason
from jupyter_tandem.protocol.run import Run, RunState

FIRST_S: Final = 0.02
"""How long it takes until the document says that the cell runs, and how long its first output waits for more: a
cell that is quick is written once, at its end. Nobody sees the difference, and the kernel needs the processor."""

EVERY_S: Final = 0.125
"""Pause between writes; with the first and the last one they stay below ten a second."""

GONE_S: Final = 2.0
"""Pause between writes to a cell that is not in the document: looking for it takes time."""

IDLE_S: Final = 4.0
"""How long nothing may be heard of a run whose kernel has answered, until it counts as idle: it says so at once when
all it printed has been said, unless that is lost."""

AWAY_S: Final = 2.0
"""The same where the kernel has answered something that it was asked later."""

LONGEST_S: Final = 600.0
"""How long what comes after the answer is waited for in all: something may print without end beside the cell."""

STEPS: Final = 4
"""In how many steps silence is measured. When this process itself stood still, only one of them has passed."""

KEYBOARD_INTERRUPT: Final = "KeyboardInterrupt"

Write = Callable[[Callable[[RunCells], None]], bool]
"""Lets a function change the document's cells; whether it could."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        next_input: What the kernel wants to have in the next cell, or in this one.
    """

    state: RunState
    reason: Reason = NONE
    count: int | None = None
    next_input: Mapping[str, Any] | None = None


class Attempt:
    """Collects what the kernel says of one run, and writes it.

    Attributes:
        run: Which run.
        outputs: What the cell shows.
        done: The outcome, once there is one.
        alone: Whether its end concerns nothing that waits: that has been dealt with already.
    """

    def __init__(self, run: Run, write: Write, limit: int) -> None:
        """Nothing is heard yet; ``write`` changes cells of the document."""
        self.run = run
        self.outputs = CellOutputs(limit)
        self._write = write
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Outcome] = self._loop.create_future()
        self.alone = False
        self._times = Times() if run.timing else None
        self._count: int | None = None
        self._outcome: Outcome | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._silent = 0
        self._gives_up_at = float("inf")
        self._away: Reason | None = None
        self._wrote_at = float("-inf")
        self._pause_s = EVERY_S
        self._begun = True
        self._abandoned = False
        self._idle = False
        self._error: Mapping[str, Any] | None = None
        self._said: Mapping[str, Any] | None = None

    # -- what happens ------------------------------------------------------------------------------

    def goes_on(self) -> None:
        """Something was heard that this run has caused, so more may come."""
        # Its idle comes after all it printed; what threads print beside it then is no reason to wait. The step
        # under way does not count: silence is to last for all of them.
        if not self._idle:
            self._silent = -1

    def heard(self, message: KernelMessage) -> None:
        """Take a message that belongs to this run."""
        if self._times is not None:
            self._times.note(
                message.channel, message.kind, message.content, message.metadata, message.date
            )
        if message.channel == "shell" and message.kind == "execute_reply":
            self._replied(message)
        elif message.kind == "status":
            if message.content.get("execution_state") == "idle":
                self._idle = True
                self._settle()
                # Its answer is lost where it went to a connection that is no more.
                self._wait_for_rest()
        elif message.kind == "execute_input":
            self._count = _whole(message.content.get("execution_count"))
        elif message.channel == "iopub":
            if message.kind == "error":
                self._error = {**message.content, "status": "error"}
            self.outputs.take(message.kind, message.content)
            self.changed()

    def begin(self) -> None:
        """The kernel was asked just now: the first write says that the cell runs, and clears what it showed."""
        self._begun = False
        self.changed()

    def changed(self) -> None:
        """The outputs have changed: write them soon."""
        if self._timer is None and not self.done.done() and not self._abandoned:
            due = max(self._loop.time() + FIRST_S, self._wrote_at + self._pause_s)
            self._timer = self._loop.call_at(due, self._flush)

    def expect_end(self, reason: Reason) -> None:
        """The kernel has gone on to something else: when nothing more is heard, this run has ended, even without a word."""
        self._away = reason
        self._wait_for_rest(AWAY_S)

    def end(self, state: RunState, reason: Reason, *, alone: bool = False) -> None:
        """Nothing more is to be expected; ``alone``: what waits has been dealt with, also if it has ended already."""
        self.alone = self.alone or alone
        self._resolve(Outcome(state, reason, self._count))

    def abandon(self) -> None:
        """Nobody waits for the end here any more: do nothing by itself from now on."""
        self._abandoned = True
        self._cancel_timers()

    def finish(self, *, idle: bool) -> None:
        """Write the last of the outputs, and that the cell does not run any more.

        Args:
            idle: Whether it does not wait to be run again either.
        """
        self._cancel_timers()
        self.outputs.finish()
        run, outcome = self.run, self.done.result()
        times = (
            self._times.ended(failed=outcome.state is RunState.INTERRUPTED) if self._times else None
        )

        def write(cells: RunCells) -> None:
            self._bring_up_to_date(cells)
            cells.end(run.cell, outcome.count, times)

        self._write(write)
        if not idle:
            # By itself: JupyterLab takes a count for the end, and would write *idle* from every browser at once.
            self._write(lambda cells: cells.set_state(run.cell, "running"))

    # -- inside ------------------------------------------------------------------------------------

    def _replied(self, message: KernelMessage) -> None:
        content = message.content
        count = _whole(content.get("execution_count"))
        self._count = count if count is not None else self._count
        for page in pages(content):
            self.outputs.take("display_data", page)
        self._outcome = _outcome(content, self._count)
        self._said = content if content.get("status") == "error" else None
        self._settle()
        self._wait_for_rest()

    def _wait_for_rest(self, silence_s: float | None = None) -> None:
        if not self.done.done() and self._patience is None and not self._abandoned:
            self._silent = 0
            self._gives_up_at = self._loop.time() + LONGEST_S
            self._wait_a_step((silence_s or IDLE_S) / STEPS)

    def _wait_a_step(self, step_s: float) -> None:
        self._patience = self._loop.call_later(step_s, self._step_over, step_s)

    def _step_over(self, step_s: float) -> None:
        self._silent += 1
        if self._silent < STEPS and self._loop.time() < self._gives_up_at:
            self._wait_a_step(step_s)
        else:
            self._resolve_by_what_is_known()

    def _resolve_by_what_is_known(self) -> None:
        if self._away is not None and not self._idle and self._outcome is None:
            self.end(RunState.INTERRUPTED, self._away)
        else:
            self._resolve(self._outcome or _outcome(self._error or {"status": "ok"}, self._count))

    def _settle(self) -> None:
        if self._idle and self._outcome is not None:
            self._resolve(self._outcome)

    def _resolve(self, outcome: Outcome) -> None:
        self._cancel_timers()
        if not self.done.done():
            if self._error is None and self._said is not None:
                # A kernel that publishes faster than anybody can listen loses some of it, but not its answer.
                self.outputs.take("error", self._said)
            self.done.set_result(outcome)

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._patience):
            if timer is not None:
                timer.cancel()
        self._timer = self._patience = None

    def _flush(self) -> None:
        self._timer = None
        here = True

        def write(cells: RunCells) -> None:
            nonlocal here
            here = self._bring_up_to_date(cells)

        written = self._write(write)
        self._wrote_at = self._loop.time()
        self._pause_s = EVERY_S if here else GONE_S
        if not written:
            self.changed()

    def _bring_up_to_date(self, cells: RunCells) -> bool:
        if not self._begun:
            cells.begin(self.run.cell)
            self._begun = True
        return cells.write(self.run.cell, self.outputs)


def _outcome(content: Mapping[str, Any], count: int | None) -> Outcome:
    status = content.get("status")
    if status == "ok":
        return Outcome(RunState.FINISHED, NONE, count, _next_input(content))
    name, value = str(content.get("ename", "")), str(content.get("evalue", ""))
    if status == "error" and name != KEYBOARD_INTERRUPT:
        reason = Reason(f"{name}: {value}"[:500] if value else name)
        return Outcome(RunState.FAILED, reason, count)
    return Outcome(RunState.INTERRUPTED, INTERRUPTED, count)


def _next_input(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    payload = content.get("payload")
    for entry in payload if isinstance(payload, list) else ():
        if isinstance(entry, dict) and entry.get("source") == "set_next_input":
            return entry
    return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
