"""No space is left: nothing is acknowledged, everything can be read, and it heals by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from tests.fault.store import full_disk

pytestmark = pytest.mark.fault


@pytest.mark.spec("JOURNAL-5", "JOURNAL-6", "JOURNAL-7")
def test_a_full_disk_heals_when_there_is_space(tmp_path: Path) -> None:
    script = Path(full_disk.__file__)
    subprocess.run([sys.executable, script, tmp_path / "store"], check=True, timeout=300)
    assert inspect(tmp_path / "store").findings == []
