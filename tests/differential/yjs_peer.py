"""A Yjs document in Node, driven from Python: what a browser would do with the same bytes."""

from __future__ import annotations

import base64
from typing import Any

from tests.differential.node_peer import NodePeer


class YjsPeer(NodePeer):
    """One Node process that holds any number of Yjs documents by name."""

    def __init__(self) -> None:
        super().__init__("yjs_peer.mjs")
        self._names = 0

    def document(self, client: int) -> YjsDocument:
        self._names += 1
        return YjsDocument(self, f"document-{self._names}", client)

    def random_updates(self, seed: int, steps: int, *, cuts: bool = False) -> list[bytes]:
        """Updates of several peers; with ``cuts`` they also insert and delete inside characters."""
        updates = self.ask("random", seed=seed, steps=steps, cuts=cuts)
        return [base64.b64decode(update) for update in updates]

    def shapes(self, updates: list[bytes]) -> list[dict[str, Any]]:
        return self.ask("shapes", updates=[_text(update) for update in updates])


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
