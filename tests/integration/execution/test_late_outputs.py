"""A real kernel prints faster than anybody can listen, and answers at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.execution.person import running
from tests.integration.server.host import Server

Notebook = Callable[..., str]
pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNT = 40

LATE = f"""
import threading, time
kernel = get_ipython().kernel
parent, send = kernel.get_parent(), kernel.session.send

def say(kind, content):
    send(kernel.iopub_socket, kind, content, parent=parent)

# As if this took its time on the way: said when the answer has long been given.
def say_later():
    for number in range({COUNT}):
        time.sleep(0.2)
        say("stream", {{"name": "stdout", "text": f"{{number}} "}})
    say("status", {{"execution_state": "idle"}})

def swallow(stream, kind, *args, **options):
    if kind == "status" and options.get("parent", parent) is parent:
        kernel.session.send = send
        return None
    return send(stream, kind, *args, **options)

kernel.session.send = swallow
threading.Thread(target=say_later).start()
"""


@pytest.mark.spec("RUN-62", "RUN-19")
async def test_outputs_that_come_eight_seconds_after_the_answer(
    shared: Server, notebook: Notebook
) -> None:
    async with running(shared, notebook(LATE, "print('next')")) as ana:
        ended = await ana.run_to_end(0, 1)
        assert [run["state"] for run in ended] == ["finished", "finished"]
        assert ana.text(0).split() == [str(number) for number in range(COUNT)]
        assert ana.text(1) == "next\n"
