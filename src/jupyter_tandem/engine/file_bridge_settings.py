"""Delays of the file bridge, with their reasons. Hosts expose them as settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaveSettings:
    """When a document is written to its file.

    Attributes:
        first_look_s: How long after a document was opened its file is compared with it: whoever opens a large
            notebook gets it first. A save waits for it.
        remember_s: How long after a document was made from its file that version is worked out for later merges:
            in a large notebook it costs memory, which those who open it need first. Who wants to save or merge
            before has it done at once.
        quiet_s: Pause in typing after which the file is written.
        latest_s: Longest time the first unsaved edit waits while typing goes on.
        rest_times: How much longer than the last write took what runs write waits for the next one: of a large
            notebook with many short cells a write costs more than all the cells that run meanwhile.
        rest_s: Longest wait for that reason.
        calm_s: How long a file changed by another program must stay the same before it is read; programs
            that write in place empty a file first.
        calm_latest_s: Longest wait for that.
        retry_s: Waits after failed writes; the last one repeats.
        durable_s: Longest wait for the journal before a write counts as failed.
        close_s: Longest time the last save may take when the room goes away; the journal has everything.
        merges: Merge requests that may wait at once; more are refused politely.
    """

    first_look_s: float = 0.3
    remember_s: float = 2.0
    quiet_s: float = 1.0
    latest_s: float = 5.0
    rest_times: float = 10.0
    rest_s: float = 30.0
    calm_s: float = 0.1
    calm_latest_s: float = 1.0
    retry_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0)
    durable_s: float = 5.0
    close_s: float = 2.0
    merges: int = 4
