"""A way to a kernel beside the cell it runs: a subshell (Jupyter messaging protocol 5.5, JEP 91)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Final

from websocket import WebSocketException

from jupyter_tandem.adapters.server.execution.channels import say

FEATURE: Final = "kernel subshells"
"""Names the ability in ``supported_features`` of a kernel's info."""


class SideShell:
    """Sends requests that a kernel without subshells would deal with after the cell only."""

    def __init__(self, client: Any, session: Any) -> None:
        """Nothing is known of the kernel yet: what is sent goes the common way."""
        self._client = client
        self._session = session
        self._waiting: list[dict[str, Any]] = []
        self._possible = False
        self._asked = False
        self._id = ""

    def learned(self, info: Mapping[str, Any]) -> None:
        """The kernel has said what it can do."""
        features = info.get("supported_features")
        self._possible = isinstance(features, list) and FEATURE in features

    def created(self, reply: Mapping[str, Any]) -> None:
        """The kernel's answer to our request for a subshell."""
        self._id = str(reply.get("subshell_id") or "")
        self._possible = bool(self._id)
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._send(message)

    def send(self, kind: str, content: Mapping[str, Any]) -> None:
        """Send a request; they arrive in order."""
        message = self._session.msg(kind, dict(content))
        if not self._possible or self._id:
            self._send(message)
            return
        self._waiting.append(message)
        if not self._asked:
            self._asked = True
            request = self._session.msg("create_subshell_request")
            say(self._client.control_channel, self._session, request)

    def close(self) -> None:
        """Give the subshell back."""
        if self._id:
            request = self._session.msg("delete_subshell_request", {"subshell_id": self._id})
            self._id = ""
            # A connection that has ended takes nothing, and its end has given the subshell back.
            with contextlib.suppress(OSError, WebSocketException):
                say(self._client.control_channel, self._session, request)

    def _send(self, message: dict[str, Any]) -> None:
        if self._id:
            message["header"]["subshell_id"] = self._id
        say(self._client.shell_channel, self._session, message)
