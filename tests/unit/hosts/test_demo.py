"""What the demo prepares; that it works is proved with a real server."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import nbformat

from jupyter_tandem.hosts.demo import free_port, instructions, links
from jupyter_tandem.hosts.demo_content import NOTEBOOK, TEXT, make_folder


def test_the_folder_holds_a_valid_notebook_and_a_text(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_folder(folder)
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert len(notebook.cells) > 2
    assert (folder / TEXT).read_text(encoding="utf-8")


def test_what_people_changed_stays(tmp_path: Path) -> None:
    make_folder(tmp_path)
    (tmp_path / TEXT).write_text("ours", encoding="utf-8")
    make_folder(tmp_path)
    assert (tmp_path / TEXT).read_text(encoding="utf-8") == "ours"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_each_person_has_a_link_whose_cookies_do_not_mix() -> None:
    found = links(8888, {"token-a": "Ada Lovelace", "token-b": "Grace Hopper"})
    hosts = {urlsplit(link).hostname for _, link in found}
    assert len(hosts) == 2
    assert [link.split("token=")[1] for _, link in found] == ["token-a", "token-b"]
    told = instructions(Path("tandem-demo"), found, 4711)
    assert "kill -9 4711" in told
    assert all(name in told and link in told for name, link in found)
