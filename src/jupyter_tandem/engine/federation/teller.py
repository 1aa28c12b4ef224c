"""At the service: the server that keeps a document's file, as its room and its runs know it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from jupyter_tandem.engine.federation.distant import DistantFiles, report_from
from jupyter_tandem.engine.federation.relay import Relay
from jupyter_tandem.protocol.federation import (
    Errand,
    FederationMessage,
    Outcome,
    Report,
    Told,
    Warrant,
)
from jupyter_tandem.types import DocumentId, User

_AWAY: Final = "{owner}'s server is stopped. Edits are kept; the file gets them when it starts."


class Teller:
    """Passes on what that server says, and what is asked of it.

    Attributes:
        owner: Its person, as others see them.
    """

    def __init__(
        self,
        files: DistantFiles,
        document_id: DocumentId,
        channel: int,
        owner: str,
        send: Callable[[FederationMessage], None],
        on_located: Callable[[object, object], None],
        relay: Relay | None,
    ) -> None:
        """It is there, at the other end of ``send``; ``on_located`` hears what the file is called, and in
        which shared folders it lies.
        """
        self.owner = owner
        self._files = files
        self._document_id = document_id
        self._channel = channel
        self._send = send
        self._on_located = on_located
        self._relay = relay
        if relay is not None:
            relay.keeper_came(self)

    def take(self, message: Report | Outcome | Told | Warrant) -> None:
        """Take what the server says."""
        # After the edits that came before it, which are dealt with at the end of this turn.
        soon = asyncio.get_running_loop().call_soon
        relay = self._relay
        match message:
            case Report(_, body):
                self._on_located(body.get("name"), body.get("within"))
                soon(self._files.told, self._document_id, report_from(body))
            case Told(_, body) if relay is not None:
                soon(relay.told, body)
            case Outcome(_, number, answer) if relay is not None:
                soon(relay.outcome, number, answer)
            case Warrant(_, username, None) if relay is not None:
                # After the runs that were told of before.
                soon(relay.asked, username)
            case _:
                pass

    def gone(self) -> None:
        """It is not there any more."""
        self._files.silent(self._document_id, _AWAY.format(owner=self.owner))
        if self._relay is not None:
            self._relay.keeper_left(self)

    # -- Keeper ----------------------------------------------------------------

    def errand(self, number: int, user: User, command: dict[str, Any]) -> None:
        """See :class:`jupyter_tandem.engine.federation.relay.Keeper`."""
        self._send(Errand(self._channel, number, user.username, user.display_name, command))

    def warrant(self, username: str, *, may_run: bool | None) -> None:
        """See :class:`jupyter_tandem.engine.federation.relay.Keeper`."""
        self._send(Warrant(self._channel, username, may_run))
