"""The commands against a running server, found by its runtime file."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.server.host import Server, serving
from tests.integration.sharing.guest import Guest


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, one_token=True) as running:
        (running.root / "folder").mkdir()
        running.write_notebook("folder/n.ipynb", "x = 1")
        yield running


async def tandem(server: Server, *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of ``jupyter tandem …``, run in the served folder."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyter_tandem.hosts.command_line", *arguments),
        cwd=server.root,
        env={
            "PATH": "",
            "HOME": str(server.home),
            "JUPYTER_RUNTIME_DIR": str(server.home / "runtime-server"),
            "JUPYTER_PLATFORM_DIRS": "1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.spec("SHARE-15")
async def test_share_look_and_take_back(server: Server) -> None:
    status, out, err = await tandem(
        server, "share", "folder/n.ipynb", "--role", "editor", "--expires", "2d", "--max-uses", "1"
    )
    assert (status, err) == (0, "")
    assert out.startswith(f"{server.url}/tandem/l#")
    guest = Guest(server)
    assert (await guest.redeem(out.strip().partition("#")[2], "Zoë")).status == 200

    _, listed, _ = await tandem(server, "links", "folder/n.ipynb")
    assert "editor" in listed
    assert "1/1" in listed
    assert "used-up" in listed
    link = json.loads((await tandem(server, "links", "--json"))[1])[0]
    async with guest.in_document("folder/n.ipynb"):
        _, who, _ = await tandem(server, "who", "folder/n.ipynb")
        assert "Zoë" in who
        assert "here" in who
    status, out, _ = await tandem(server, "revoke", link["id"])
    assert (status, out) == (0, "Taken back.\n")
    assert (await guest.call("GET", "/tandem/g/api/contents/folder/n.ipynb")).status == 404

    status, out, _ = await tandem(server, "share", "folder", "--user", "bo", "--role", "commenter")
    assert (status, out) == (0, "Shared with bo as commenter.\n")
    _, who, _ = await tandem(server, "who", "folder/n.ipynb")
    assert "folder" in who

    _, out, _ = await tandem(server, "audit", "--since", "1d", "--format", "json")
    kinds = [json.loads(line)["kind"] for line in out.splitlines()]
    assert kinds[:2] == ["link.made", "link.used"]
    assert {"document.joined", "document.left", "link.ended", "grant.ended"} <= set(kinds)
    _, exported, _ = await tandem(server, "audit", "--format", "csv")
    assert len(exported.splitlines()) == len(kinds) + 1
    assert (await tandem(server, "audit", "--verify"))[:2] == (0, "The log is whole.\n")


@pytest.mark.spec("SHARE-22")
async def test_what_cannot_be_is_said(server: Server) -> None:
    for arguments, words in (
        (["share", "nothing.ipynb"], "no file or folder"),
        (["share", ".."], "No running Jupyter Server"),
        (["share", "folder", "--max-uses", "0"], "max_uses"),
        (["share", "folder", "--role", "manager"], "by name"),
        (["revoke", "nothing"], "no such share"),
        (["links", "--server", "http://127.0.0.1:9/"], "No running Jupyter Server"),
    ):
        status, out, err = await tandem(server, *arguments)
        assert (status, out) == (1, ""), arguments
        assert words in err
    for arguments in (["share", "folder", "--expires", "soon"], ["share", "folder", "--role", "x"]):
        assert (await tandem(server, *arguments))[0] == 2
