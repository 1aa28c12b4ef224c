"""The demo's JupyterLab: ends in order when the demo has ended, however that came about."""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import sys
import threading


def main() -> None:
    """Serve until told to end, or until whoever holds the other end of standard input is gone."""
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)


def _end_with_the_demo() -> None:
    # Nothing is ever written there. The pipe ends with the demo, also when that was killed.
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
