"""Rights that follow from the host's word, and strikes."""

from __future__ import annotations

import itertools

import pytest

from jupyter_tandem.core.access import BLOCK_S, REMEMBERED, Strikes, effective_rights
from jupyter_tandem.types import ROLE_ACTIONS, Action, Role

ALL_SETS = [
    frozenset(chosen)
    for size in range(len(Action) + 1)
    for chosen in itertools.combinations(Action, size)
]


@pytest.mark.spec("ACCESS-9")
@pytest.mark.parametrize("allowed", ALL_SETS, ids=lambda s: "+".join(sorted(a.value for a in s)))
def test_rights_never_exceed_what_the_host_allows(allowed: frozenset[Action]) -> None:
    rights = effective_rights(allowed)
    if rights is None:
        assert Action.READ not in allowed
    else:
        assert rights.actions <= allowed
        higher = [r for r in Role if len(ROLE_ACTIONS[r]) > len(ROLE_ACTIONS[rights.role])]
        assert not any(ROLE_ACTIONS[r] <= allowed for r in higher)


def test_running_is_a_right_of_its_own() -> None:
    rights = effective_rights(frozenset({Action.READ, Action.RUN}))
    assert rights is not None
    assert rights.role is Role.VIEWER
    assert rights.allow(Action.RUN)


@pytest.mark.spec("ACCESS-8")
def test_three_strikes_block_for_five_minutes() -> None:
    strikes = Strikes()
    assert not strikes.strike("eve", 0.0)
    assert not strikes.strike("eve", 1.0)
    assert strikes.strike("eve", 2.0)
    assert strikes.blocked("eve", 2.0 + BLOCK_S - 0.1)
    assert not strikes.blocked("eve", 2.0 + BLOCK_S)
    assert not strikes.blocked("ana", 2.0)


@pytest.mark.spec("ACCESS-8")
def test_old_strikes_are_forgiven() -> None:
    strikes = Strikes()
    strikes.strike("eve", 0.0)
    strikes.strike("eve", BLOCK_S)
    assert not strikes.strike("eve", BLOCK_S + 1)


def test_memory_of_strikes_is_bounded() -> None:
    strikes = Strikes()
    for number in range(REMEMBERED + 10):
        strikes.strike(number, 0.0)
    assert len(strikes._records) == REMEMBERED
