"""Answers to a kernel's questions that no kernel can be given as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.lib0 import write_var_string
from tests.integration.execution.person import running
from tests.integration.server.host import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.spec("RUN-70", "RUN-29")
async def test_half_a_character(shared: Server, notebook: Callable[..., str]) -> None:
    path = notebook("print(ascii(input('? ')))")
    async with running(shared, path) as ana:
        [run] = await ana.run(0)
        await ana.client.until(lambda: ana.fact("input"))
        # What a browser's JSON.stringify makes of it.
        body = (
            f'{{"number":77,"type":"answer","input":{ana.fact("input")["id"]},"value":"\\ud83d"}}'
        )
        assert ana.client.connection is not None
        await ana.client.connection.send(b"\x54\x08" + write_var_string(body))

        def answers() -> list[str]:
            bodies = [m.body for m in ana.client.messages if isinstance(m, f.RunAnswer)]
            return [body["status"] for body in bodies if body["number"] == 77]

        await ana.client.until(answers)
        assert answers() == ["accepted"]
        await ana.ended(run)
        assert ana.text(0) == "? \ufffd\n'\\ufffd'\n"
