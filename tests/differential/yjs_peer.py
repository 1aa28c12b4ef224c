"""A Yjs document in Node, driven from Python: what a browser would do with the same bytes."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any


class YjsPeer:
    """One Node process that holds any number of Yjs documents by name."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node is not None, "Node.js is needed for the differential tests: see CONTRIBUTING"
        self._process = subprocess.Popen(
            [node, str(Path(__file__).with_name("yjs_peer.mjs"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._names = 0

    def close(self) -> None:
        self._process.communicate()

    def ask(self, command: str, **parameters: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **parameters}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the Yjs peer ended; are the npm packages installed (npm ci)?"
        answer = json.loads(line)
        if "error" in answer:
            raise YjsError(answer["error"])
        return answer["ok"]

    def document(self, client: int) -> YjsDocument:
        self._names += 1
        return YjsDocument(self, f"document-{self._names}", client)

    def random_updates(self, seed: int, steps: int, *, cuts: bool = False) -> list[bytes]:
        """Updates of several peers; with ``cuts`` they also insert and delete inside characters."""
        updates = self.ask("random", seed=seed, steps=steps, cuts=cuts)
        return [base64.b64decode(update) for update in updates]

    def shapes(self, updates: list[bytes]) -> list[dict[str, Any]]:
        return self.ask("shapes", updates=[_text(update) for update in updates])


class YjsError(Exception):
    """Yjs threw."""


class YjsDocument:
    """One document of the peer."""

    def __init__(self, peer: YjsPeer, name: str, client: int) -> None:
        self._peer = peer
        self._name = name
        self._ask("new", client=client)

    def apply(self, *updates: bytes) -> None:
        self._ask("apply", updates=[_text(update) for update in updates])

    def edit(self, *edits: dict[str, Any]) -> list[bytes]:
        return [base64.b64decode(update) for update in self._ask("edit", edits=list(edits))]

    def encode(self, since: bytes | None = None) -> bytes:
        return base64.b64decode(self._ask("encode", since=None if since is None else _text(since)))

    def vector(self) -> dict[int, int]:
        return {int(client): clock for client, clock in self._ask("vector").items()}

    def content(self, kind: str) -> Any:
        return self._ask("content", kind=kind)

    def text(self, root: str) -> str:
        return self._ask("text", root=root)

    def fingerprint(self, kind: str) -> str:
        return self._ask("fingerprint", kind=kind)

    def _ask(self, command: str, **parameters: Any) -> Any:
        return self._peer.ask(command, document=self._name, **parameters)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
