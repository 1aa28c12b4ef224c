"""What every store of big outputs promises."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store.output_files import FOLDER, OutputFiles
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.testing.output_contract import OutputStoreContract
from jupyter_tandem.types import DocumentId

A = DocumentId("json:notebook:a")


class TestOutputFiles(OutputStoreContract):
    """As files."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> OutputFiles:
        return OutputFiles(tmp_path, lambda: self.now)


def _files(directory: Path) -> list[Path]:
    return sorted(p for p in (directory / FOLDER).rglob("*") if p.is_file())


def _put(directory: Path, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    OutputFiles(directory).put(A, name, data)
    return name


@pytest.mark.spec("BIG-17")
def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _put(tmp_path, b"data")
    finally:
        os.umask(before)
    (file,) = _files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (file.parent, file.parent.parent)} == {0o700}


@pytest.mark.spec("BIG-15")
@pytest.mark.parametrize("damage", [b"dat", b"dato", b""])
def test_what_is_damaged_is_not_given_out_and_can_be_put_again(
    tmp_path: Path, damage: bytes
) -> None:
    name = _put(tmp_path, b"data")
    (file,) = _files(tmp_path)
    file.write_bytes(damage)
    store = OutputFiles(tmp_path)
    assert store.get(A, name) is None
    store.put(A, name, b"data")
    assert store.get(A, name) == b"data"


@pytest.mark.spec("BIG-16")
def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    with pytest.raises(StoreUnavailable):
        _put(tmp_path, b"data")
    assert list(tmp_path.iterdir()) == [tmp_path / FOLDER]


def test_what_a_killed_process_left_is_swept_away_later(tmp_path: Path) -> None:
    name = _put(tmp_path, b"data")
    (file,) = _files(tmp_path)
    unfinished = file.with_name("x.part")
    unfinished.write_bytes(b"da")
    store = OutputFiles(tmp_path)
    store.sweep(A, {name}, 0.0)
    assert unfinished.exists()
    os.utime(unfinished, (0, 0))
    store.sweep(A, {name}, 0.0)
    assert _files(tmp_path) == [file]
    assert list(store.sizes(A)) == [name]
