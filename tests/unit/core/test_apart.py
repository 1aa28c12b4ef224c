"""CONTENT-23: what is no longer used of a large notebook is freed in steps."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_tandem.core.apart import take_apart
from jupyter_tandem.core.content import (
    digest_reduced,
    digest_value,
    normalise,
    reduced,
    reduced_normal,
)
from tests.unit.core.notebooks import NOTEBOOK, code, notebook


@pytest.mark.spec("CONTENT-23")
@pytest.mark.parametrize("count", [0, 1, 100, 1_001])
def test_a_notebook_keeps_all_but_its_cells(count: int) -> None:
    cells = [{"id": str(number)} for number in range(count)]
    kept = list(cells)
    content = {"cells": cells, "metadata": {"a": 1}}
    take_apart(content)
    assert content == {"cells": [], "metadata": {"a": 1}}
    assert len(kept) == count


@pytest.mark.spec("CONTENT-23")
@pytest.mark.parametrize("content", ["text", None, {"cells": "none"}, {}, [1]])
def test_other_content_stays(content: Any) -> None:
    before = repr(content)
    take_apart(content)
    assert repr(content) == before


@pytest.mark.spec("CONTENT-23")
@pytest.mark.parametrize("cells", [[], [code("a", "x = 1")], [code("a", "1"), code("b", "ä")]])
def test_a_digest_cell_by_cell_is_that_of_the_whole(cells: list[Any]) -> None:
    normal = normalise(NOTEBOOK, notebook(*cells))
    whole = digest_value(reduced_normal(NOTEBOOK, normal))
    assert digest_reduced(NOTEBOOK, normal) == whole
    assert digest_reduced(NOTEBOOK, reduced(NOTEBOOK, normal)) == whole
