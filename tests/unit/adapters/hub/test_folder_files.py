"""HUBDIR-3, HUBDIR-4: what of a folder can be seen, and that nothing else can."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from jupyter_tandem.adapters.hub.folder_files import LocalFolders
from jupyter_tandem.errors import FileError, NotFound

SECRET = "not yours"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder ``work`` beside things that are nobody else's business, with ways to them."""
    root = tmp_path / "home"
    work = root / "work"
    (work / "sub").mkdir(parents=True)
    (work / "Größe.txt").write_text("twelve")
    (work / "n.ipynb").write_text("{}")
    (work / "sub" / "deep.csv").write_text("a,b\n")
    (work / ".hidden").write_text(SECRET)
    (root / "secret.txt").write_text(SECRET)
    (root / "private").mkdir()
    (root / "private" / "secret.txt").write_text(SECRET)
    (work / "link.txt").symlink_to(root / "secret.txt")
    (work / "linked").symlink_to(root / "private")
    (work / "sub" / "up").symlink_to("../..")
    os.mkfifo(work / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(work / "socket"))
    return root


def folders(root: Path, **settings: object) -> LocalFolders:
    return LocalFolders(AsyncLargeFileManager(root_dir=str(root), **settings))


async def text(found: LocalFolders, folder: str, inner: str) -> str:
    file = await found.open(folder, inner)
    try:
        return (await file.read(1000)).decode()
    finally:
        file.close()


@pytest.mark.spec("HUBDIR-3", "HUBDIR-4")
async def test_a_listing_has_files_and_folders_and_no_ways_out(root: Path) -> None:
    found = await folders(root).listing("work", "", 10)
    told = [(entry.name, entry.type, entry.size) for entry in found.entries]
    assert told == [
        ("sub", "directory", None),
        ("Größe.txt", "file", 6),
        ("n.ipynb", "notebook", 2),
    ]
    assert found.whole
    assert [e.name for e in (await folders(root).listing("work", "sub", 10)).entries] == [
        "deep.csv"
    ]
    assert await text(folders(root), "work", "sub/deep.csv") == "a,b\n"
    assert await text(folders(root), "work", "Größe.txt") == "twelve"


@pytest.mark.spec("HUBDIR-3")
@pytest.mark.parametrize(
    "inner",
    [
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/up/secret.txt",
        "link.txt",
        "linked/secret.txt",
        "linked",
        ".hidden",
        "sub/../.hidden",
        "./n.ipynb/../../secret.txt",
        "..\\secret.txt",
        "..%2fsecret.txt",
        "\uff0e\uff0e/secret.txt",
        "\u2025/secret.txt",
        "LINK.TXT",
        "/../secret.txt",
        "//secret.txt",
        "sub//deep.csv",
        "pipe",
        "socket",
        "n.ipynb/x",
        "sub\0/../../secret.txt",
        "\ud800",
        "nothing",
        "x" * 300,
        "x/" * 3000,
        "",
        ".",
        "..",
    ],
)
async def test_no_path_leaves_its_folder(root: Path, inner: str) -> None:
    with pytest.raises(NotFound):
        await text(folders(root), "work", inner)


@pytest.mark.spec("HUBDIR-3")
@pytest.mark.parametrize(
    "folder", ["..", "../home/private", "nothing", "work/link.txt", "work/../.."]
)
async def test_no_folder_is_outside(root: Path, folder: str) -> None:
    with pytest.raises(NotFound):
        await folders(root).listing(folder, "", 10)


@pytest.mark.spec("HUBDIR-4")
async def test_a_listing_is_cut_and_says_so(root: Path) -> None:
    for number in range(12):
        (root / "work" / "sub" / f"f{number:02}").touch()
    found = await folders(root).listing("work", "sub", 5)
    assert not found.whole
    assert len(found.entries) == 5


@pytest.mark.spec("HUBDIR-3")
async def test_a_file_that_changes_while_it_is_read_is_not_mixed(root: Path) -> None:
    path = root / "work" / "Größe.txt"
    file = await folders(root).open("work", "Größe.txt")
    assert await file.read(3) == b"twe"
    path.write_text("thirteen!")
    with pytest.raises(FileError, match="changed while"):
        await file.read(3)
    file.close()


@pytest.mark.spec("HUBDIR-3")
async def test_what_the_server_shows_itself_is_shown(root: Path) -> None:
    shown = folders(root, allow_hidden=True)
    assert await text(shown, "work", ".hidden") == SECRET
    hiding = folders(root, hide_globs=["*.txt"])
    assert [e.name for e in (await hiding.listing("work", "", 9)).entries] == ["sub", "n.ipynb"]
    with pytest.raises(NotFound):
        await text(hiding, "work", "Größe.txt")
