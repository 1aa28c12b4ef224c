"""Big outputs across a Hub: nobody over there can fetch what is kept beside the owner's document."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import nbformat
import pytest

from jupyter_tandem.core.stand_in import stand_in_of
from tests.integration.hub.colleague import Colleague, in_room, share, until_listed
from tests.integration.hub.real_hub import RealHub

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

_TEXT = "x" * 300_000


@pytest.mark.spec("BIG-5")
async def test_a_colleague_finds_every_output_in_the_document(hub: RealHub, notebook: str) -> None:
    file = hub.folder("alice") / notebook
    content = nbformat.read(file, 4)
    content["cells"][0]["outputs"] = [nbformat.v4.new_output("display_data", {"text/html": _TEXT})]
    nbformat.write(content, file)
    async with fetching(hub, "alice", notebook) as alice:
        assert stand_in_of(_output(alice)) is not None
        await share(hub, "alice", notebook, "bob")
        path = f"alice/{notebook}"
        await until_listed(hub, "bob", path)
        async with fetching(hub, "bob", f"Shared:{path}") as bob:
            await bob.until(lambda: _output(bob)["data"] == {"text/html": _TEXT})
            await bob.type(1, " # b")
            await alice.until(lambda: alice.sources()[1].endswith(" # b"))
            await bob.until(lambda: bob.file().get("state") == "in_file")
    assert nbformat.read(file, 4)["cells"][0]["outputs"][0]["data"]["text/html"] == _TEXT


@contextlib.asynccontextmanager
async def fetching(hub: RealHub, name: str, path: str) -> AsyncIterator[Colleague]:
    """Be in a notebook with a front end that fetches outputs by itself."""
    body = {"format": "json", "type": "notebook"}
    reply = await hub.at(name, "PUT", f"api/collaboration/session/{path}", body)
    room, session = f"json:notebook:{reply.body['fileId']}", reply.body["sessionId"]
    async with in_room(hub, name, room, f"{session}&outputs=fetch") as client:
        await client.until(client.synced.is_set)
        yield client


def _output(client: Colleague) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.cells[0].to_py()["outputs"]
    return found[0]
