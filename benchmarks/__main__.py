"""Run the benchmarks and write their figures.

    python -m benchmarks [--only turn,append] [--out FILE] [--rounds 3]

Every figure is the median of the rounds. The macro cases start a real Jupyter Server with the extension,
durability on, and talk to it over real WebSockets. Results are JSON with machine and commit.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import document, execution, server, store
from benchmarks.machine import describe

CASES: dict[str, Callable[[], Any]] = {
    "turn": document.turn,
    "seed": document.seeding,
    "merge": document.merging,
    "append": store.append,
    "replay": store.replay,
    "fanout": server.fanout,
    "memory": server.memory,
    "reload": server.reload,
    "run": execution.trivial_cell,
}


def main() -> int:
    """Run what was asked for; print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default=",".join(CASES), help="cases, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks.json"))
    options = parser.parse_args()
    chosen = options.only.split(",")
    unknown = [name for name in chosen if name not in CASES]
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    figures = {name: measured(CASES[name], options.rounds) for name in chosen}
    report = {"machine": describe(), "rounds": options.rounds, "figures": figures}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


def measured(case: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Medians of a case's figures over ``rounds``."""
    runs: list[dict[str, float]] = []
    for number in range(rounds):
        print(f"{case.__module__}.{case.__name__} {number + 1}/{rounds}", file=sys.stderr)
        result = case()
        runs.append(asyncio.run(result) if inspect.iscoroutine(result) else result)
    return {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}


if __name__ == "__main__":
    sys.exit(main())
