"""A kernel whose messages bear the name of whoever asked, as those of Julia and R do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from jupyter_client.asynchronous.client import AsyncKernelClient

from jupyter_tandem.protocol import frames as f
from tests.integration.execution.person import running
from tests.integration.execution.test_slow_starter import install
from tests.integration.server.host import Server

Notebook = Callable[..., str]
pytestmark = pytest.mark.asyncio(loop_scope="module")

COPIES = """
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

own = Session.msg


def msg(self, msg_type, content=None, parent=None, header=None, metadata=None):
    made = own(self, msg_type, content, parent, header, metadata)
    asked = made["parent_header"].get("session")
    if asked:
        made["header"]["session"] = str(asked)
    return made


Session.msg = msg
IPKernelApp.launch_instance()
"""


async def ask_from_elsewhere(server: Server, kernel_id: str) -> None:
    """Have the kernel answer another client, which everybody hears."""
    file = server.home / f"runtime-{server.name}" / f"kernel-{kernel_id}.json"
    client = AsyncKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    try:
        client.kernel_info()
        assert (await client.get_shell_msg(timeout=60))["header"][
            "session"
        ] == client.session.session
    finally:
        client.stop_channels()


@pytest.mark.spec("RUN-30")
async def test_an_answer_to_somebody_else_is_no_other_kernel(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("x = 42", "print(x)")
    install(shared, path, COPIES)
    async with running(shared, path) as ana:
        await ana.run_to_end(0)
        await ask_from_elsewhere(shared, ana.fact("kernel")["id"])
        [ended] = await ana.run_to_end(1)
        assert (ended["state"], ana.text(1)) == ("finished", "42\n")
        told = [m.body.get("kernel") for m in ana.client.messages if isinstance(m, f.Execution)]
        assert "dead" not in [kernel["state"] for kernel in told if kernel]
