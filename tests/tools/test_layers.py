"""The layers are no decoration: an import that breaks one is refused by `make lint`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copied_source(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "src/jupyter_tandem"
    built = shutil.ignore_patterns("labextension", "__pycache__")
    shutil.copytree(ROOT / "src/jupyter_tandem", package, ignore=built)
    return package


def lint(package: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache", "--no-logo"],
        cwd=package.parents[1],
        env={"PYTHONPATH": str(package.parent), "PYTHONUTF8": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("core/planted.py", "import time"),
        ("core/planted.py", "from jupyter_tandem.ports import store"),
        ("protocol/planted.py", "import asyncio"),
        ("protocol/planted.py", "import jupyter_tandem.core"),
        ("adapters/planted.py", "import jupyter_tandem.engine"),
        ("engine/planted.py", "import pycrdt"),
        ("engine/planted.py", "import jupyter_tandem.adapters"),
    ],
)
def test_a_planted_import_is_refused(copied_source: Path, module: str, line: str) -> None:
    (copied_source / module).write_text(f"{line}\n", encoding="utf-8")
    found = lint(copied_source)
    assert found.returncode == 1
    assert "planted" in found.stdout


def test_the_source_as_it_is_keeps_every_contract(copied_source: Path) -> None:
    found = lint(copied_source)
    assert found.returncode == 0, found.stdout
