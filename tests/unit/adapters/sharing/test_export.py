"""The audit log as files for other programs."""

from __future__ import annotations

import csv
import io
import json

import pytest

from jupyter_tandem.adapters.hub.pages.render import Renderer
from jupyter_tandem.adapters.sharing.export import as_csv, as_json_lines
from jupyter_tandem.sharing import AuditEntry, AuditEvent

OLD = AuditEvent(1.0, "cell.run", "user:x\0", "f\0", {"name": "\ud800\0", "cell": "ü"})
"""As a version recorded it that looked at no text."""


@pytest.mark.spec("AUDIT-8", "PAGES-6")
def test_what_utf_8_cannot_hold_does_not_spoil_the_rest() -> None:
    entries = [AuditEntry(1, OLD, "0" * 64, "1" * 64)]
    (_, cells) = csv.reader(io.StringIO(as_csv(entries).encode().decode()))
    assert cells[2:5] == ["cell.run", "user:x\ufffd", "f\ufffd"]
    assert json.loads(cells[5]) == {"name": "\ufffd\0", "cell": "ü"}
    (line,) = as_json_lines(entries).encode().splitlines()
    assert json.loads(line)["details"] == {"name": "\ufffd\0", "cell": "ü"}


@pytest.mark.spec("PAGES-6")
def test_a_page_with_half_a_character_can_be_sent() -> None:
    page = Renderer().page(
        "problem.html", {"title": "\ud800", "sentence": "", "prefix": "/", "me": None}
    )
    assert page.encode()
