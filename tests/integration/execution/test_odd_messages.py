"""A kernel says what nobody can take, and what it says after that is heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_tandem.core.execution.bundle import NOT_KEPT
from tests.integration.execution.person import running
from tests.integration.server.host import Server

Notebook = Callable[..., str]
pytestmark = pytest.mark.asyncio(loop_scope="module")

NESTED = """
from IPython.display import JSON, display
chain = None
for number in range(120):
    chain = {"value": number, "children": [chain] if chain else []}
display(JSON(chain))
"""

SAY = """
kernel = get_ipython().kernel
def say(content):
    kernel.session.send(kernel.iopub_socket, "stream", content, parent=kernel.get_parent())
"""


@pytest.mark.spec("RUN-60", "RUN-19")
async def test_a_display_that_is_nested_too_deep(shared: Server, notebook: Notebook) -> None:
    async with running(shared, notebook(NESTED + "print('after')", "print('next')")) as ana:
        await ana.run_to_end(0)
        display, text = ana.outputs(0)
        assert display["data"] == {"text/plain": f"<IPython.core.display.JSON object>\n{NOT_KEPT}"}
        assert text["text"] == "after\n"
        await ana.run_to_end(1)
        assert ana.text(1) == "next\n"


@pytest.mark.spec("RUN-60")
@pytest.mark.parametrize(
    "content",
    ["b'[1]'", "b'[' * 100_000 + b']' * 100_000"],
    ids=["of another shape", "too deep to be read"],
)
async def test_a_message_that_makes_no_sense(
    shared: Server, notebook: Notebook, content: str
) -> None:
    path = notebook(f"{SAY}say({content})\nprint('after')", "print('next')")
    async with running(shared, path) as ana:
        await ana.run_to_end(0, 1)
        assert (ana.text(0), ana.text(1)) == ("after\n", "next\n")
