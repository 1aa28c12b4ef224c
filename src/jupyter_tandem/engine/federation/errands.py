"""At the server that keeps the file: runs what others on the Hub want, in their name (docs/spec/hub-runs.md)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final

from jupyter_tandem.core.execution.answer import refused, refused_for
from jupyter_tandem.engine.execution.hall import RunHall
from jupyter_tandem.engine.federation.link import Link
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.execution import parse_command
from jupyter_tandem.protocol.federation import Errand, Outcome, Told, Warrant
from jupyter_tandem.protocol.frames import Execution, RunAnswer
from jupyter_tandem.protocol.reason import reason_of
from jupyter_tandem.types import Action, User

WARRANT_S: Final = 10.0
"""How long a run waits for the service's word; its restart takes less. Without the word it is not started."""

_MAY: Final = frozenset({Action.READ, Action.RUN})
_NO_CELLS: Final = "Only the cells of notebooks can be run."

_Asked = dict[str, asyncio.Future[bool]]


class Errands:
    """:class:`~jupyter_tandem.engine.federation.link.LinkRuns` of documents whose file is here."""

    def __init__(self, hall: RunHall) -> None:
        """Have ``hall`` run them."""
        self._hall = hall
        self._asked: defaultdict[str, _Asked] = defaultdict(dict)
        self._links: dict[str, Link] = {}

    def joined(self, link: Link) -> None:
        """See the protocol."""
        self._links[link.document] = link
        for username in self._asked[link.document]:
            link.tell_of_runs(Warrant(link.channel, username, None))

    def ended(self, link: Link) -> None:
        """See the protocol."""
        if self._links.get(link.document) is link:
            del self._links[link.document]

    def from_room(self, link: Link, message: Execution | RunAnswer) -> None:
        """See the protocol."""
        if isinstance(message, Execution):
            link.tell_of_runs(Told(link.channel, message.body))

    def from_hub(self, link: Link, message: Execution | RunAnswer) -> None:
        """See the protocol: the service tells what it was told from here."""

    def asked(self, link: Link, message: Errand | Warrant) -> None:
        """See the protocol."""
        match message:
            case Errand():
                # After the edits that came before it, which are dealt with at the end of this turn.
                asyncio.get_running_loop().call_soon(self._carry_out, link, message)
            case Warrant(_, username, may_run):
                self._heard(link, username, may_run)

    async def may_run(self, document: str, username: str) -> bool:
        """The service's word on somebody; without it in time: no."""
        asked = self._asked[document]
        word = asked.get(username)
        if word is None:
            word = asked[username] = asyncio.get_running_loop().create_future()
            link = self._links.get(document)
            if link is not None:
                link.tell_of_runs(Warrant(link.channel, username, None))
        try:
            return await asyncio.wait_for(asyncio.shield(word), WARRANT_S)
        except asyncio.TimeoutError:
            return False
        finally:
            asked.pop(username, None)

    def _heard(self, link: Link, username: str, may_run: bool | None) -> None:
        word = self._asked[link.document].get(username)
        if word is not None and not word.done():
            word.set_result(bool(may_run))
        # That there is no word on somebody takes nothing from them: they may be about to ask again.
        if may_run is False:
            self._hall.desk(link.address).withdraw(username)

    def _carry_out(self, link: Link, errand: Errand) -> None:
        def answer(found: RunAnswer) -> None:
            link.tell_of_runs(Outcome(link.channel, errand.number, found.body))

        if link.address.kind.type != "notebook":
            answer(refused(errand.number, "no-cell", _NO_CELLS))
            return
        try:
            command = parse_command(errand.command)
        except ProtocolError as error:
            answer(refused_for(errand.number, "unavailable", reason_of(error)))
            return
        name = errand.display_name
        user = User(errand.username, name, name, name[:1].upper())
        word = _Word(self, link.document, errand.username)
        self._hall.desk(link.address).order(user, command, word, answer)


class _Word:
    """:class:`jupyter_tandem.ports.reception.Grants`: may somebody elsewhere run code, asked now."""

    def __init__(self, errands: Errands, document: str, username: str) -> None:
        self._errands = errands
        self._document = document
        self._username = username

    async def actions(self) -> frozenset[Action]:
        may_run = await self._errands.may_run(self._document, self._username)
        return _MAY if may_run else frozenset()
