"""SHARE-18: what symbolic links lead to is shared where it lies, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupyter_server_fileid.manager import LocalFileIdManager

from jupyter_tandem.adapters.server.contents import ContentsFiles
from jupyter_tandem.adapters.server.sharing.places import ContentsPlaces
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.sharing import Place
from tests.integration.server.client import editing
from tests.integration.server.host import Server, serving
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner

OUTSIDE = ("out/passwords.txt", "work/out/passwords.txt", "leak.txt", "seen/token.txt")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as running:
        running.write_notebook("n.ipynb", "x = 1")
        for folder in (running.root / "work", running.root / ".hidden", running.home / "private"):
            folder.mkdir()
        (running.root / "work/real.txt").write_text("real\n")
        (running.root / ".hidden/token.txt").write_text("outside\n")
        (running.home / "private/passwords.txt").write_text("outside\n")
        (running.root / "out").symlink_to(running.home / "private")
        (running.root / "work/out").symlink_to(running.home / "private")
        (running.root / "leak.txt").symlink_to(running.home / "private/passwords.txt")
        (running.root / "seen").symlink_to(running.root / ".hidden")
        yield running


@pytest.fixture
def ana(server: Server) -> Owner:
    return Owner(server)


async def guest_of(server: Server, ana: Owner, path: str) -> Guest:
    _, secret = await ana.link(path, guests=True, role="editor")
    guest = Guest(server)
    assert (await guest.redeem(secret, "Zoë")).status == 200
    return guest


async def reads(guest: Guest, path: str) -> int:
    return (await guest.call("GET", f"/tandem/g/api/contents/{path}")).status


@pytest.mark.spec("SHARE-18", "GUEST-3")
@pytest.mark.parametrize("shared", ["", "work"])
async def test_what_lies_outside_is_not_shared_with_what_links_to_it(
    server: Server, ana: Owner, shared: str
) -> None:
    guest = await guest_of(server, ana, shared)
    assert await reads(guest, "work/real.txt") == 200
    for path in OUTSIDE:
        assert await reads(guest, path) == 404, path
        put = await guest.call(
            "PUT",
            f"/tandem/g/api/collaboration/session/{path}",
            {"format": "text", "type": "file"},
        )
        assert put.status == 404, path
    for folder in ("out", "work/out", "seen"):
        assert await reads(guest, folder) == 404, folder
    async with editing(server, "out/passwords.txt", "text", "file") as owner:
        room, _ = await server.room("out/passwords.txt", "text", "file")
        assert await guest.refused(room) == 404
        assert str(owner.text) == "outside\n"
    # A share on the file itself still counts.
    guest = await guest_of(server, ana, "out/passwords.txt")
    assert await guest.refused(room) == 101


@pytest.fixture
def ids(tmp_path: Path) -> Iterator[LocalFileIdManager]:
    """The file id service of ``root``."""
    (tmp_path / "root").mkdir()
    manager = LocalFileIdManager(root_dir=str(tmp_path / "root"), db_path=str(tmp_path / "ids.db"))
    yield manager
    # It would close its database when it is collected, in whatever thread that happens.
    manager.con.close()
    del manager.con


@pytest.mark.spec("SHARE-18")
async def test_a_file_lies_where_it_is_by_whatever_link_it_was_opened_last(
    tmp_path: Path, ids: LocalFileIdManager
) -> None:
    """The file id service calls a file as it was asked for last; whoever has it open is not shown out for that."""
    root = tmp_path / "root"
    (root / "work").mkdir()
    (root / "work/real.txt").write_text("real\n")
    (root / "short").symlink_to(root / "work")
    contents = LargeFileManager(root_dir=str(root))
    places = ContentsPlaces(contents, ids, ContentsFiles(contents, ids), SystemClock())
    folder = (await places.at("work")).place.target.file_id
    for path in ("work/real.txt", "short/real.txt"):
        place = (await places.at(path)).place
        found = await places.of(place.target)
        assert found is not None
        assert found.place == place == Place(place.target, (folder,))
