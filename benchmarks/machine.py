"""On what, and with which versions, the figures were measured."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from importlib.metadata import version

PACKAGES = ("jupyter-tandem", "jupyter_server", "picows", "pycrdt", "tornado", "uvloop")


def describe() -> dict[str, object]:
    """Machine, versions, commit and date."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit or "unknown",
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "load_before": round(os.getloadavg()[0], 1),
    }
