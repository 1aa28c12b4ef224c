"""Merges that both languages must do alike; the page of JupyterLite reads the same file (lite-merge.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.merge import merge
from tests.unit.core.notebooks import NOTEBOOK, TEXT

_FILE = Path(__file__).parents[2] / "vectors/merge.json"
VECTORS: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))


@pytest.mark.spec("LITE-13")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_merge_comes_out_as_written_down(vector: dict[str, Any]) -> None:
    kind = TEXT if isinstance(vector["ours"], str) else NOTEBOOK
    merged = merge(kind, vector["base"], vector["ours"], vector["theirs"])
    assert merged.content == normalise(kind, vector["content"])
    conflicts = [[one.cell_id, one.part, one.kept.value, one.line] for one in merged.conflicts]
    assert conflicts == vector["conflicts"]
