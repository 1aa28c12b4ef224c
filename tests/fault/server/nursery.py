"""A process that has imported Jupyter Server and makes as many servers by fork as are asked for.

Importing takes two seconds, forking a few milliseconds: so a server can be killed hundreds of times.
Reads one JSON object a line, ``{"config", "environment", "log", "file_bytes"}`` or ``{"wait": pid}``,
and answers with the process id or with the exit status.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any

import jupyter_events.schema
import jupyter_server.serverapp
import jupyter_server_fileid.extension
import nbformat.v4
import pycrdt
import watchfiles

import jupyter_tandem.hosts.server_extension

_WHAT_IS_SHARED = (
    jupyter_events.schema,
    jupyter_server_fileid.extension,
    jupyter_tandem.hosts.server_extension,
    nbformat.v4,
    pycrdt,
    watchfiles,
)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                _be_a_server(order)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _be_a_server(order: dict[str, Any]) -> None:
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number, target in ((0, nothing), (1, nothing), (2, log)):
        os.dup2(target, number)
    os.environ.update(order["environment"])
    if order["file_bytes"]:
        _limit_files(order["file_bytes"])
    sys.argv = ["jupyter-server", f"--config={order['config']}"]
    jupyter_server.serverapp.main()
    os._exit(0)


def _limit_files(size: int) -> None:
    """Let every write beyond ``size`` fail as on a full disk; Python ignores the signal by itself."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))


if __name__ == "__main__":
    main()
