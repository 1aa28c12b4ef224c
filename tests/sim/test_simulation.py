"""The whole engine under simulated faults: chance decides what goes wrong, a seed makes it happen again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_tandem.testing.simulation import simulate

_BAD_SEEDS = Path(__file__).with_name("bad_seeds.txt")


def _bad_seeds() -> list[int]:
    lines = _BAD_SEEDS.read_text(encoding="utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.spec("P-1", "P-2", "P-3", "P-5", "P-6")
@pytest.mark.parametrize("seed", _bad_seeds())
def test_a_seed_that_found_a_fault_finds_none(seed: int) -> None:
    simulate(seed)


@pytest.mark.slow
@pytest.mark.spec("P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-10")
def test_promises_hold_whatever_happens(pytestconfig: pytest.Config) -> None:
    first = pytestconfig.getoption("--sim-start")
    if first is None:
        first = random.SystemRandom().randrange(1_000_000)
    count = pytestconfig.getoption("--sim-seeds")
    for seed in range(first, first + count):
        simulate(seed)


def test_a_seed_decides_everything() -> None:
    again = "from jupyter_tandem.testing.simulation import simulate; print(simulate(7).digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", again],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert digests == {f"{simulate(7).digest}\n"}
