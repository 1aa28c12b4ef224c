"""Whether fan-out has become dear: Tandem's CPU per delivery against the floor's, measured in turn in the same run.

    python -m benchmarks.ratio

Fast and slow machines, and busy ones, make both dearer: it is the ratio that is judged, as the median of several rounds, in
CPU seconds. The limit is far above what is measured, so only what is wrong by a factor is refused.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

import uvloop

from benchmarks.fanout import Gathering, Traffic, on_floor, on_tandem, typing
from benchmarks.floor import floor
from benchmarks.jupyter import running

LIMIT: Final = 4.0
"""Measured in November 2026, on a machine at rest and on one with more work than processors: 1.6 to 1.9."""

ROUNDS: Final = 3
READERS: Final = 50
RATE: Final = 300.0
EDITS: Final = 200
"""With 50 readers 10,000 deliveries: 70 ms of CPU for the floor."""

FEW_READERS: Final = 10
FEW_EDITS: Final = 100
"""For what is wasteful on purpose."""


@dataclass(frozen=True, slots=True)
class Round:
    """CPU seconds per 10,000 deliveries, one after the other."""

    floor: float
    candidate: float

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.candidate / self.floor


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rounds say."""

    ratio: float
    limit: float
    rounds: Sequence[Round]

    @property
    def acceptable(self) -> bool:
        """Whether the candidate may cost that much."""
        return self.ratio <= self.limit

    def __str__(self) -> str:
        each = ", ".join(f"{one.candidate:.3f} / {one.floor:.3f}" for one in self.rounds)
        return (
            f"A delivery costs {self.ratio:.2f} times the floor; {self.limit:g} are allowed. "
            f"CPU seconds per 10,000 deliveries in {len(self.rounds)} rounds: {each}."
        )


def judge(rounds: Sequence[Round], limit: float = LIMIT) -> Verdict:
    """The median of the rounds' ratios against ``limit``: one round that was disturbed decides nothing."""
    return Verdict(statistics.median(one.ratio for one in rounds), limit, tuple(rounds))


Measurement = Callable[[], Awaitable[Traffic]]


async def alternate(bare: Measurement, candidate: Measurement, rounds: int = ROUNDS) -> list[Round]:
    """Measure both in turn, after one turn of each that warms them up."""
    await bare()
    await candidate()
    found = []
    for _ in range(rounds):
        below = await bare()
        above = await candidate()
        # Where the clock of processes has ticks of 10 ms, less than one was not nothing.
        found.append(Round(max(below.per_10k, 10e-3 / below.deliveries * 10_000), above.per_10k))
    return found


def typed_in(gathering: Gathering, edits: int = EDITS) -> Measurement:
    """Measure a burst of typing there."""
    return partial(typing, gathering, RATE, edits)


async def tandem_against_floor() -> list[Round]:
    """The rounds of a real Jupyter Server with Tandem, durability on."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running())
        bare = await stack.enter_async_context(floor())
        ours = await stack.enter_async_context(on_tandem(server, "ratio.txt", READERS))
        theirs = await stack.enter_async_context(on_floor(bare, "ratio", READERS))
        return await alternate(typed_in(theirs), typed_in(ours))


async def waste_against_floor(waste_us: float) -> list[Round]:
    """The rounds of a floor that burns CPU for every delivery: a regression, planted."""
    async with AsyncExitStack() as stack:
        slow = await stack.enter_async_context(floor(waste_us))
        bare = await stack.enter_async_context(floor())
        ours = await stack.enter_async_context(on_floor(slow, "ratio", FEW_READERS))
        theirs = await stack.enter_async_context(on_floor(bare, "ratio", FEW_READERS))
        return await alternate(typed_in(theirs, FEW_EDITS), typed_in(ours, FEW_EDITS))


def ratio() -> dict[str, float]:
    """The figure of the table of benchmarks."""
    return {"times_the_floor": judge(uvloop.run(tandem_against_floor())).ratio}


def main() -> int:
    """Print the verdict; 1 when the limit is passed."""
    verdict = judge(asyncio.run(tandem_against_floor()))
    print(json.dumps({"ratio": round(verdict.ratio, 2), "limit": verdict.limit}))
    print(verdict, file=sys.stderr)
    return 0 if verdict.acceptable else 1


if __name__ == "__main__":
    sys.exit(main())
