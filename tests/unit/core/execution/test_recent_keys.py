"""Commands that leave no runs are recognised by their keys for a while."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.execution.recent_keys import KEPT_S, MOST, RecentKeys

pytestmark = pytest.mark.spec("RUN-5")


def test_a_key_is_its_persons_and_is_known_for_a_minute() -> None:
    keys = RecentKeys()
    keys.note("k", "ana", 100.0)
    assert keys.knows("k", "ana", 100.0 + KEPT_S)
    assert not keys.knows("k", "ana", 100.1 + KEPT_S)
    assert not keys.knows("k", "bo", 100.0)
    assert not keys.knows("other", "ana", 100.0)


def test_a_command_without_a_key_is_never_known() -> None:
    keys = RecentKeys()
    keys.note("", "ana", 100.0)
    assert not keys.knows("", "ana", 100.0)


def test_not_more_are_remembered_than_need_be() -> None:
    keys = RecentKeys()
    for number in range(MOST + 1):
        keys.note(str(number), "ana", 100.0)
    assert not keys.knows("0", "ana", 100.0)
    assert keys.knows("1", "ana", 100.0)
    keys.note("later", "ana", 101.0 + KEPT_S)
    assert len(keys._came_at) == 1
