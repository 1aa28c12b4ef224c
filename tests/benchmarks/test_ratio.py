"""The judge of what a delivery costs: it lets pass what costs the same, and finds what was made dear."""

from __future__ import annotations

import pytest

from benchmarks.ratio import LIMIT, Round, judge, tandem_against_floor, waste_against_floor

pytestmark = pytest.mark.slow

FLOOR = 0.07


@pytest.mark.parametrize("ratio", [1.0, LIMIT / 2, LIMIT])
def test_what_is_below_the_limit_passes(ratio: float) -> None:
    assert judge([Round(FLOOR, FLOOR * ratio)] * 3, LIMIT + 1e-9).acceptable


def test_one_disturbed_round_decides_nothing() -> None:
    calm, disturbed = Round(FLOOR, FLOOR * 3), Round(FLOOR, FLOOR * LIMIT * 10)
    assert judge([calm, disturbed, calm]).acceptable
    assert not judge([disturbed, calm, disturbed]).acceptable


def test_a_slow_machine_is_no_regression() -> None:
    rounds = [Round(FLOOR * slowness, FLOOR * slowness * 3) for slowness in (1, 10, 100)]
    assert judge(rounds).ratio == pytest.approx(3)


def test_the_verdict_says_what_was_measured() -> None:
    verdict = judge([Round(0.1, 0.3)], 2)
    assert not verdict.acceptable
    assert "3.00 times the floor; 2 are allowed" in str(verdict)
    assert "0.300 / 0.100" in str(verdict)


async def test_a_planted_regression_is_found() -> None:
    # Fifty times what a delivery costs the floor where it was written: above the limit on slow machines, too.
    verdict = judge(await waste_against_floor(waste_us=500))
    assert not verdict.acceptable, str(verdict)


async def test_the_floor_is_no_regression() -> None:
    verdict = judge(await waste_against_floor(waste_us=0))
    assert verdict.acceptable, str(verdict)


async def test_a_delivery_costs_what_it_should() -> None:
    verdict = judge(await tandem_against_floor())
    assert verdict.acceptable, str(verdict)
