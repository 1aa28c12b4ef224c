"""Who is in which document now, for their managers and for the audit log."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from jupyter_tandem.core.sharing.throttle import Throttle
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.desks import Presence
from jupyter_tandem.sharing import GUEST_USERNAME, Subject, SubjectKind
from jupyter_tandem.types import Address, FileId, User

_MOST_SEEN: Final = 10_000

COMINGS: Final = (20, 1 / 60)
"""Times one person's coming to one document is recorded: at once, and per second in the long run. A network that comes
and goes, or somebody who means to, fills the log no faster.
"""


class Roster:
    """Listens to rooms on its way to the next listener."""

    def __init__(self, events: RoomEvents, ledger: Ledger, auditor: Auditor) -> None:
        """Pass everything on to ``events``."""
        self._events = events
        self._ledger = ledger
        self._auditor = auditor
        self._here: defaultdict[FileId, dict[str, Presence]] = defaultdict(dict)
        self._seen: set[Subject] = set()
        self._comings = Throttle(*COMINGS)
        self._untold: set[tuple[FileId, str]] = set()

    def here(self, file_id: FileId) -> list[Presence]:
        """Everybody in the document, readers too, in the order in which they came."""
        return list(self._here.get(file_id, {}).values())

    def documents(self) -> dict[FileId, list[Presence]]:
        """Every document somebody is in."""
        return {file_id: list(people.values()) for file_id, people in self._here.items() if people}

    # -- RoomEvents ----------------------------------------------------------

    def presence(self, address: Address, user: User, action: str) -> None:
        """Somebody joined or left."""
        if action == "join":
            self._joined(address.file_id, user)
        else:
            self._left(address.file_id, user)
        self._events.presence(address, user, action)

    def room(self, address: Address, action: str, message: str) -> None:
        """Pass it on."""
        self._events.room(address, action, message)

    def struck(self, channel: Channel) -> None:
        """Pass it on."""
        self._events.struck(channel)

    # -- inside --------------------------------------------------------------

    def _joined(self, file_id: FileId, user: User) -> None:
        people = self._here[file_id]
        known = people.get(user.username)
        if known is not None:
            known.connections += 1
            return
        subject = self._subject(user)
        people[user.username] = Presence(subject, user.display_name, self._ledger.now(), 1)
        self._first_seen(subject, user)
        now, who = self._ledger.now(), (file_id, user.username)
        if self._comings.blocked(who, now):
            self._untold.add(who)
            return
        self._comings.fail(who, now)
        self._auditor.record("document.joined", str(subject), file_id, name=user.display_name)

    def _left(self, file_id: FileId, user: User) -> None:
        people = self._here[file_id]
        known = people.get(user.username)
        if known is None:
            return
        known.connections -= 1
        if not known.connections:
            del people[user.username]
            if (file_id, user.username) in self._untold:
                self._untold.remove((file_id, user.username))
            else:
                self._auditor.record("document.left", str(known.subject), file_id)
        if not people:
            del self._here[file_id]

    def _first_seen(self, subject: Subject, user: User) -> None:
        """The server does not tell of sign-ins; the first document somebody opens is what can be seen."""
        if subject.kind is SubjectKind.USER and subject not in self._seen:
            if len(self._seen) < _MOST_SEEN:
                self._seen.add(subject)
            self._auditor.record("user.seen", str(subject), name=user.display_name)

    def _subject(self, user: User) -> Subject:
        guest_id = user.username.removeprefix(GUEST_USERNAME)
        if guest_id != user.username and guest_id in self._ledger.book.guests:
            return Subject(SubjectKind.GUEST, guest_id)
        return Subject(SubjectKind.USER, user.username)
