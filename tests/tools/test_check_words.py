from pathlib import Path

import pytest

from tools.check_words import examine


def reasons(root: Path, line: str, name: str = "docs/page.md") -> list[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"first\n{line}\n", encoding="utf-8")
    return [found.split(": ")[1] for found in examine(root, [Path(name)])]


def test_the_place_of_the_checkout_is_refused(tmp_path: Path) -> None:
    line = f"see {tmp_path}/README.md"
    assert reasons(tmp_path, line, "tests/test_room.py") == ["a path of one machine"]


@pytest.mark.parametrize(
    "home", ["/ho" + "me/somebody/x", "/Us" + "ers/somebody/x", "/ro" + "ot/x"]
)
def test_a_home_is_refused(tmp_path: Path, home: str) -> None:
    assert reasons(tmp_path, f"in {home}") == ["a path of one machine"]


def test_an_invented_home_may_explain_something(tmp_path: Path) -> None:
    assert reasons(tmp_path, "as in /home/jovyan/notebooks") == []


@pytest.mark.parametrize("line", ["/api/rooms/root/x", "https://example.org/home", "src/home/x/y"])
def test_what_only_looks_like_a_path_of_a_machine_passes(tmp_path: Path, line: str) -> None:
    assert reasons(tmp_path, line) == []


def test_a_temporary_file_is_refused_outside_the_tests(tmp_path: Path) -> None:
    line = "open /tm" + "p/x"
    assert reasons(tmp_path / "a", line, "src/room.py") == ["a path of one machine"]


def test_a_lock_file_names_no_host(tmp_path: Path) -> None:
    line = '"resol' + 'ved": "https://example.org/x.tgz"'
    assert reasons(tmp_path, line, "package-lock.json") == ["a lock file's host"]


def test_a_registry_is_refused(tmp_path: Path) -> None:
    assert reasons(tmp_path, "at registry.npm" + "js.org") == ["the host of a registry"]


def test_work_left_for_later_is_refused(tmp_path: Path) -> None:
    assert reasons(tmp_path, "# TO" + "DO: finish", "src/room.py") == ["work left for later"]
