"""AUDIT-9: ``jupyter tandem audit``."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from jupyter_tandem.adapters.server.sharing.body import entry_body
from jupyter_tandem.adapters.sharing.export import as_csv
from jupyter_tandem.core.sharing.chain import ORIGIN, follow
from jupyter_tandem.hosts import audit
from jupyter_tandem.sharing import AuditEntry, AuditEvent

pytestmark = pytest.mark.spec("AUDIT-9")

ENDS = ["\u2028", "\x85", "\x0b", "\x1c", "\r", "\n", "\r\n", "\u20291,"]
"""What Python or CSV takes for the end of a line."""


class FakeServer:
    """Answers with two entries at a time, and says what is wrong with the log."""

    def __init__(self, entries: list[AuditEntry], problem: str | None = None) -> None:
        self.entries = entries
        self.problem = problem

    def _page(self, after: int) -> list[AuditEntry]:
        return [entry for entry in self.entries if entry.sequence > after][:2]

    def call(self, _method: str, what: str, **query: Any) -> Any:
        if what == "audit/verification":
            return {"whole": self.problem is None, "problem": self.problem}
        return {"entries": [entry_body(entry) for entry in self._page(query["after"])]}

    def text(self, _method: str, _what: str, **query: Any) -> str:
        return as_csv(self._page(query["after"]))


def entries() -> list[AuditEntry]:
    made: list[AuditEntry] = []
    for number, end in enumerate(ENDS, 1):
        event = AuditEvent(1.0, "link.made", f"user:a{end}7,", "f", {"name": f"b{end}8,"})
        made.append(follow(number, made[-1].digest if made else ORIGIN, event))
    return made


def serve(monkeypatch: pytest.MonkeyPatch, server: FakeServer) -> None:
    monkeypatch.setattr(audit, "find", lambda *_which: server)


def test_every_entry_is_printed_once_whatever_is_in_its_names(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    serve(monkeypatch, FakeServer(entries()))
    assert audit.run(["--format", "csv"]) == 0
    told = capfdbinary.readouterr().out.decode()
    heading, *rows = csv.reader(io.StringIO(told, newline=""))
    assert heading[0] == "sequence"
    assert [(int(row[0]), row[3]) for row in rows] == [
        (entry.sequence, entry.event.actor) for entry in entries()
    ]
    assert audit.run(["--format", "json"]) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(1, len(ENDS) + 1))


def test_an_empty_log_has_a_heading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(monkeypatch, FakeServer([]))
    assert audit.run(["--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("sequence,at,")


@pytest.mark.parametrize(
    ("problem", "status", "told"),
    [(None, 0, "The log is whole."), ("Entry 7 is missing.", 1, "Entry 7 is missing.")],
)
def test_a_log_that_is_not_whole_is_the_exit_status(
    problem: str | None,
    status: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    serve(monkeypatch, FakeServer([], problem))
    assert audit.run(["--verify"]) == status
    assert capsys.readouterr().out == told + "\n"
