from pathlib import Path

import pytest

from tools.check_sizes import examine


def file_with(root: Path, name: str, text: str) -> list[Path]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [Path(name)]


@pytest.mark.parametrize(
    ("lines", "refused", "listed"), [(400, 0, 0), (401, 0, 1), (600, 0, 1), (601, 1, 0)]
)
def test_the_length_decides(tmp_path: Path, lines: int, refused: int, listed: int) -> None:
    names = file_with(tmp_path, "src/room.py", "pass\n" * lines)
    found = examine(tmp_path, names)
    assert [len(part) for part in found] == [refused, listed]


def test_prose_may_be_as_long_as_it_likes(tmp_path: Path) -> None:
    assert examine(tmp_path, file_with(tmp_path, "docs/long.md", "text\n" * 2000)) == ([], [])


@pytest.mark.parametrize(
    "name", ["src/utils.py", "ui/helpers.ts", "src/common/room.py", "src/Manager.ts"]
)
def test_a_name_that_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    refused, _ = examine(tmp_path, file_with(tmp_path, name, ""))
    assert len(refused) == 1


def test_a_package_may_only_reexport(tmp_path: Path) -> None:
    exports = '"""Doc."""\n\nfrom a import b\n\n__all__ = ["b"]\n'
    assert examine(tmp_path, file_with(tmp_path, "src/a/__init__.py", exports)) == ([], [])
    refused, _ = examine(
        tmp_path, file_with(tmp_path, "src/b/__init__.py", "def work() -> None: ...\n")
    )
    assert refused == ["src/b/__init__.py: an __init__.py re-exports names and does nothing else"]
