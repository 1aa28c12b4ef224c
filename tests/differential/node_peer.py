"""A program in Node, driven from Python: one JSON command per line in, one JSON answer per line out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any


class NodeError(Exception):
    """The program threw."""


class NodePeer:
    """One process that runs a script of this folder."""

    def __init__(self, script: str) -> None:
        node = shutil.which("node")
        assert node is not None, "Node.js is needed for the differential tests: see CONTRIBUTING"
        self._process = subprocess.Popen(
            [node, str(Path(__file__).with_name(script))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def close(self) -> None:
        self._process.communicate()

    def ask(self, command: str, **parameters: Any) -> Any:
        """Carry out a command of the script.

        Raises:
            NodeError: it threw.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **parameters}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the program ended; are the npm packages installed (npm ci)?"
        answer = json.loads(line)
        if "error" in answer:
            raise NodeError(answer["error"])
        return answer["ok"]
