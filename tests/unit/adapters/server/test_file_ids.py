"""HOST-30: the file id service's database is held by another program."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_server_fileid.manager import ArbitraryFileIdManager

from jupyter_tandem.adapters.server.file_ids import FileIds
from jupyter_tandem.errors import FileError
from jupyter_tandem.types import FileId


class Service:
    """A file id service that does not wait for its database, and another program that may hold it."""

    def __init__(self, folder: Path) -> None:
        (folder / "a.txt").write_text("one")
        self._db = folder / "ids.db"
        self.manager = ArbitraryFileIdManager(root_dir=str(folder), db_path=str(self._db))
        self.manager.con.execute("PRAGMA busy_timeout=0")
        self.ids = FileIds(self.manager)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        with contextlib.closing(sqlite3.connect(self._db, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.manager.con.close()
    del made.manager.con


@pytest.mark.spec("HOST-30")
def test_what_needs_its_answer_says_so_and_works_again(service: Service) -> None:
    known = service.ids.identify("a.txt")
    assert known is not None
    with service.held():
        for question in (
            lambda: service.ids.identify("a.txt"),
            lambda: service.ids.path(known),
            lambda: service.ids.ask(known),
        ):
            with pytest.raises(FileError, match="locked"):
                question()
    assert service.ids.identify("a.txt") == known
    assert service.ids.path(known) == "a.txt"


@pytest.mark.spec("HOST-30")
def test_who_goes_on_without_is_not_stopped(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    known = service.ids.identify("a.txt")
    assert known is not None
    with service.held(), caplog.at_level(logging.WARNING):
        assert service.ids.path_if_known(known) is None
        assert service.ids.path_if_known(FileId("nobody's")) is None
        service.ids.followed(known, "b.txt")
        # An open document's file is known here.
        assert service.ids.path(known) == "b.txt"
    assert caplog.text.count("locked") == 3
