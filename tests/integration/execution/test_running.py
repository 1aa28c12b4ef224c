"""Cells run by a real server on real kernels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.execution.person import running
from tests.integration.server.host import Server

Notebook = Callable[..., str]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.spec("RUN-19", "RUN-24", "RUN-30", "RUN-32")
async def test_a_cell_is_run_and_says_who_ran_it(shared: Server, notebook: Notebook) -> None:
    async with running(shared, notebook("print('hi')\n6 * 7")) as ana:
        [run] = await ana.run_to_end(0)
        assert run["state"] == "finished"
        assert run["user"] == {"username": "ana", "display_name": "Ana"}
        assert run["count"] == 1
        cell = ana.cell(0)
        assert cell["execution_count"] == 1
        assert cell["execution_state"] == "idle"
        first, result = ana.outputs(0)
        assert (first["output_type"], first["text"]) == ("stream", "hi\n")
        assert result["data"] == {"text/plain": "42"}
