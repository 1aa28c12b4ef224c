"""Which files of the checkout are ours to check."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def checked_files(root: Path = ROOT) -> list[Path]:
    """Return, sorted, every file git tracks or would add, relative to root.

    Files not committed yet count too: a check should speak before the commit, not after it.
    """
    # In CI the checkout often belongs to another user than the one who checks it.
    git = ["git", "-c", "safe.directory=*"]
    listing = subprocess.run(
        [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        cwd=root,
    ).stdout.decode()
    names = {Path(name) for name in listing.split("\0") if name}
    return sorted(name for name in names if (root / name).is_file())
