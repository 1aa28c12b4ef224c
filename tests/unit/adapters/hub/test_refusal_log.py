"""HUB-31: the administrator reads who is not let in, and strangers cannot fill the log."""

from __future__ import annotations

import logging

import pytest

from jupyter_tandem.adapters.hub.refusal_log import AGAIN_S, MOST, RefusalLog

pytestmark = pytest.mark.spec("HUB-31")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING)
    return caplog


def test_a_server_that_comes_again_and_again_is_told_of_once(
    lines: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    log = RefusalLog(lambda: now[0])
    for _ in range(1_000):
        log.refused("bob", "10.0.0.7", "It lacks the scope.")
        log.refused("", "10.0.0.8", "The Hub does not know this token.")
    assert [record.getMessage() for record in lines.records] == [
        "A server of 'bob' at 10.0.0.7 is not let in: It lacks the scope.",
        "A server of somebody unknown at 10.0.0.8 is not let in: The Hub does not know this token.",
    ]
    now[0] = AGAIN_S
    log.refused("bob", "10.0.0.7", "It lacks the scope.")
    assert len(lines.records) == 3


def test_names_are_one_line_and_there_is_an_end_of_lines(lines: pytest.LogCaptureFixture) -> None:
    log = RefusalLog()
    log.refused("bob\nERROR all is lost", "10.0.0.7", "It lacks the scope.")
    assert "\n" not in lines.text.strip()
    for number in range(10 * MOST):
        log.refused("", f"10.0.{number // 256}.{number % 256}", "The Hub does not know this token.")
    assert len(lines.records) == MOST
