from pathlib import Path

import pytest

from tools import setup


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "STAMPS", tmp_path / ".stamps")
    return tmp_path


def test_a_step_that_succeeded_is_not_done_again(checkout: Path) -> None:
    with setup.stamping("npm", "key"):
        assert not setup.is_stamped("npm", "key")
    assert setup.is_stamped("npm", "key")
    assert not setup.is_stamped("npm", "another key")


def test_a_step_that_failed_is_done_again_though_it_succeeded_before(checkout: Path) -> None:
    with setup.stamping("npm", "key"):
        pass
    with pytest.raises(OSError, match="disk"), setup.stamping("npm", "key"):
        raise OSError("disk")
    assert not setup.is_stamped("npm", "key")


def test_the_key_changes_with_content_name_and_tool(checkout: Path) -> None:
    source = checkout / "a.ts"
    source.write_text("1", encoding="utf-8")
    before = setup.digest([source], "v20")
    assert setup.digest([source], "v22") != before
    source.write_text("2", encoding="utf-8")
    assert setup.digest([source], "v20") != before
    source.write_text("1", encoding="utf-8")
    assert setup.digest([source], "v20") == before
    assert setup.digest([source.rename(checkout / "b.ts")], "v20") != before


def test_what_a_build_leaves_is_no_source(checkout: Path) -> None:
    for name in ("src/index.ts", "lib/index.js", "node_modules/x/index.js", "a.tsbuildinfo"):
        path = checkout / "ui" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert setup.files_below(checkout / "ui") == [checkout / "ui/src/index.ts"]


def test_a_missing_node_is_said_with_what_to_do(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert setup.main(["ui"]) == 1
    assert "Node.js is missing" in capsys.readouterr().err


def test_an_old_node_is_said_with_its_version(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("node", "npm"):
        program = checkout / name
        program.write_text("#!/bin/sh\necho v18.20.1\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(checkout))
    assert setup.main(["ui"]) == 1
    assert "v18.20.1 is too old" in capsys.readouterr().err


def test_a_browser_somebody_chose_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_CHROMIUM", "/opt/chromium")
    assert setup.find_browser() == "/opt/chromium"


def test_a_missing_browser_is_said_where_nothing_can_be_installed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    monkeypatch.delenv("TANDEM_CHROMIUM", raising=False)
    assert setup.main(["browser"]) == 1
    assert "sudo apt-get install chromium" in capsys.readouterr().err
