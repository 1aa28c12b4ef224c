"""Run the benchmarks and write their figures.

    python -m benchmarks [--quick] [--only turn,append] [--out FILE] [--rounds 3]

Small cases are pure functions and the store. Large ones start a real Jupyter Server with the extension, durability on, and talk to
it over real WebSockets; where there is a floor it is measured in the same run. Every figure is the median of the rounds;
cases that take long are run once. Results are JSON with machine, versions and commit; ``make plots`` draws them.
"""

from __future__ import annotations

import argparse
import inspect
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import (
    beside,
    big_outputs,
    ceiling,
    classroom,
    document,
    execution,
    fanout,
    growth,
    hub,
    journal,
    many_cells,
    memory,
    opening,
    ratio,
    saving,
    solo,
    stops,
    store,
)
from benchmarks.machine import describe


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure.

    Attributes:
        run: Returns figures by name, or a coroutine that does; may take ``quick``.
        once: Whether one round has to do.
    """

    run: Callable[..., Any]
    once: bool = False


CASES = {
    "turn": Case(document.turn),
    "seed": Case(document.seeding),
    "merge": Case(document.merging),
    "append": Case(store.append),
    "replay": Case(store.replay),
    "append_postgres": Case(store.append_postgres),
    "replay_postgres": Case(store.replay_postgres),
    "ratio": Case(ratio.ratio, once=True),
    "fanout": Case(fanout.grid),
    "classroom": Case(classroom.classroom),
    "ceiling": Case(ceiling.ceiling, once=True),
    "opening": Case(opening.opening, once=True),
    "saving": Case(saving.saving),
    "stops": Case(stops.stops, once=True),
    "beside": Case(beside.beside),
    "outputs": Case(big_outputs.big_outputs, once=True),
    "reload": Case(journal.reload, once=True),
    "disk": Case(journal.disk, once=True),
    "memory": Case(memory.memory, once=True),
    "rooms": Case(growth.rooms, once=True),
    "connections": Case(growth.connections, once=True),
    "hub": Case(hub.hub, once=True),
    "solo": Case(solo.solo, once=True),
    "run": Case(execution.trivial_cell, once=True),
    "run_all": Case(many_cells.many_cells, once=True),
}


def main() -> int:
    """Run what was asked for; print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default=",".join(CASES), help="cases, with commas")
    parser.add_argument("--quick", action="store_true", help="smaller cases, one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks.json"))
    options = parser.parse_args()
    chosen = options.only.split(",")
    unknown = [name for name in chosen if name not in CASES]
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    report: dict[str, Any] = {
        "machine": describe(),
        "rounds": 1 if options.quick else options.rounds,
        "quick": options.quick,
        "figures": {},
    }
    for name in chosen:
        report["figures"][name] = measured(name, report["rounds"], quick=options.quick)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


def measured(name: str, rounds: int, *, quick: bool) -> dict[str, float]:
    """Medians of a case's figures over ``rounds``."""
    case = CASES[name]
    runs: list[dict[str, float]] = []
    for _ in range(1 if case.once else rounds):
        started = time.perf_counter()
        takes_quick = "quick" in inspect.signature(case.run).parameters
        result = case.run(quick=quick) if takes_quick else case.run()
        runs.append(uvloop.run(result) if inspect.iscoroutine(result) else result)
        print(f"{name}: {time.perf_counter() - started:.1f} s", file=sys.stderr)
    return {key: round(statistics.median(run[key] for run in runs), 4) for key in runs[0]}


if __name__ == "__main__":
    sys.exit(main())
