"""Of a display everything is kept that a document can hold."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_tandem.core.execution.bundle import NOT_KEPT
from jupyter_tandem.core.execution.outputs import CellOutputs
from jupyter_tandem.core.value import DEEPEST

pytestmark = pytest.mark.spec("RUN-60")


def nested(depth: int) -> Any:
    value: Any = "end"
    for _ in range(depth):
        value = [value]
    return value


def shown(**content: Any) -> dict[str, Any]:
    outputs = CellOutputs()
    outputs.take("display_data", content)
    [output] = outputs.whole()
    return output


def test_what_is_nested_too_deep_is_left_out_and_its_plain_text_says_so() -> None:
    data = {"application/json": nested(DEEPEST + 1), "text/html": "<b>", "text/plain": "JSON"}
    kept = shown(data=data, metadata={"deep": nested(DEEPEST + 1), "isolated": True})
    assert kept["data"] == {"text/html": "<b>", "text/plain": f"JSON\n{NOT_KEPT}"}
    assert kept["metadata"] == {"isolated": True}


def test_a_display_of_which_nothing_can_be_kept_says_so() -> None:
    kept = shown(data={"application/json": nested(5 * DEEPEST)}, metadata={})
    assert kept["data"] == {"text/plain": NOT_KEPT}


def test_what_is_not_too_deep_is_kept_as_it_is() -> None:
    data = {"application/json": nested(DEEPEST - 1), "text/plain": "JSON"}
    assert shown(data=data, metadata={})["data"] == data


def test_an_update_that_is_nested_too_deep_is_kept_as_far_as_it_can_be() -> None:
    outputs = CellOutputs()
    content = {"data": {"text/plain": "0"}, "metadata": {}, "transient": {"display_id": "d"}}
    outputs.take("display_data", content)
    outputs.update_display("d", {"data": {"application/json": nested(DEEPEST + 1)}})
    assert outputs.whole()[0]["data"] == {"text/plain": NOT_KEPT}
