"""Threads that wait for the interpreter get it soon."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from jupyter_tandem.hosts.interpreter import SWITCH_S, switch_often


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.mark.spec("HOST-21")
@pytest.mark.parametrize(("before", "after"), [(0.005, SWITCH_S), (0.00005, 0.00005)])
def test_they_wait_less_and_never_longer(before: float, after: float) -> None:
    sys.setswitchinterval(before)
    switch_often()
    assert sys.getswitchinterval() == pytest.approx(after)
