"""A kernel that is not all there at once when it starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from tests.integration.execution.person import running
from tests.integration.server.host import Server

Notebook = Callable[..., str]
pytestmark = pytest.mark.asyncio(loop_scope="module")

LATE = """
from ipykernel.kernelapp import IPKernelApp
from tornado.ioloop import IOLoop


class Late(IPKernelApp):
    def _bind_socket(self, socket, port):
        if port != self.stdin_port:
            return super()._bind_socket(socket, port)
        listen = super()._bind_socket
        IOLoop.current().call_later(1, lambda: listen(socket, port))
        return port


Late.launch_instance()
"""
"""A kernel that listens to answers a second after it has begun to work."""


def install(server: Server, path: str, kernel: str) -> None:
    """Let ``kernel`` be what the notebook at ``path`` is run with."""
    name = path.partition(".")[0]
    folder = server.home / "data" / "kernels" / name
    folder.mkdir(parents=True)
    (folder / "kernel.py").write_text(kernel)
    argv = [sys.executable, str(folder / "kernel.py"), "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    file = server.root / path
    notebook = json.loads(file.read_text())
    notebook["metadata"]["kernelspec"] = {"name": name, "display_name": name}
    file.write_text(json.dumps(notebook))


@pytest.mark.spec("RUN-28", "RUN-30")
async def test_a_kernel_asks_when_somebody_can_hear_it(shared: Server, notebook: Notebook) -> None:
    path = notebook("print(input('Name? '))")
    install(shared, path, LATE)
    async with running(shared, path) as ana:
        [run] = await ana.run(0)
        await ana.client.until(lambda: ana.fact("input"))
        await ana.ask("answer", input=ana.fact("input")["id"], value="zoë")
        await ana.ended(run)
        assert ana.text(0) == "Name? zoë\nzoë\n"
