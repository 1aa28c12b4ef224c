"""Why things ended: every code with its sentence, as the front end says it too (reason.test.ts)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_tandem.errors import AccessDenied, KernelUnavailable
from jupyter_tandem.protocol import reason
from jupyter_tandem.protocol.reason import Reason, reason_of, unavailable
from jupyter_tandem.protocol.run import Run, RunState, decode_run

_FILE = Path(__file__).parents[2] / "vectors/reasons.json"
SENTENCES: dict[str, dict[str, object]] = {
    vector["why"][0]: vector for vector in json.loads(_FILE.read_text(encoding="utf-8"))
}
_SPEC = (Path(__file__).parents[3] / "docs/spec/execution.md").read_text(encoding="utf-8")

_WITH_NAME = (
    reason.cancelled_by,
    reason.asked_of,
    reason.owner_away,
    reason.owner_away_ask,
    reason.owner_starts,
    reason.owner_crowded,
    reason.owner_late,
    reason.owner_not_started,
    reason.owner_start_refused,
    reason.owner_asked_too_often,
    reason.owner_given_up,
    reason.owner_went_away,
)
_WITH_ERROR: tuple[Callable[[object], Reason], ...] = (
    reason.not_saving,
    reason.not_started,
    reason.not_restarted,
    reason.not_interrupted,
    reason.unusable,
    reason.unreachable,
)


REASONS = [
    *(r for r in vars(reason).values() if isinstance(r, Reason) and r.why),
    *(make("Ana") for make in _WITH_NAME),
    *(make("No space left on device") for make in _WITH_ERROR),
]


@pytest.mark.spec("RUN-37")
@pytest.mark.parametrize("told", REASONS, ids=lambda told: told.why[0])
def test_a_code_has_one_sentence_everywhere(told: Reason) -> None:
    assert SENTENCES[told.why[0]] == {"why": list(told.why), "sentence": told.sentence}
    assert f"| `{told.why[0]}` |" in _SPEC


@pytest.mark.spec("RUN-37")
def test_no_other_code_is_promised() -> None:
    assert SENTENCES.keys() == {told.why[0] for told in REASONS}


@pytest.mark.spec("RUN-37")
def test_a_kernel_that_cannot_be_had_says_why_by_code_and_other_errors_in_words() -> None:
    error = unavailable(reason.not_started("no memory"))
    assert reason_of(error) == reason.not_started("no memory")
    assert str(error) == "The kernel could not be started: no memory"
    assert reason_of(KernelUnavailable("It is gone.")) == Reason("It is gone.")
    assert reason_of(AccessDenied("No.")) == Reason("No.")


@pytest.mark.spec("RUN-37")
def test_a_run_that_was_kept_before_there_were_codes_is_read() -> None:
    run = Run(1, "", "c", "ana", "Ana", "", 0.0, RunState.CANCELLED, reason="Bo cancelled it.")
    kept = json.loads(run.encode())
    del kept["why"]
    assert decode_run(json.dumps(kept)) == run
    assert decode_run(run.encode()) == run
