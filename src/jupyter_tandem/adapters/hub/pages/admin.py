"""Pages for administrators: documents, people, links, live rooms, storage (PAGES-5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from jupyter_tandem.adapters.hub.pages.route import PageRoute
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.hub_pages import Kept, Participant, Told
from jupyter_tandem.sharing import GrantId, LinkId
from jupyter_tandem.types import Action

MOST_LINES: Final = 200
"""Lines of one table; more are found by searching."""

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Lines(Generic[Line]):
    """A table's lines as far as they are shown.

    Attributes:
        wanted: What was searched for.
        found: How many fit.
        shown: The first of them.
    """

    wanted: str
    found: int
    shown: Sequence[Line]


class AdminRoute(PageRoute):
    """A page for administrators."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}
    admins_only: ClassVar[bool] = True

    def search(self, lines: Sequence[Line], words: Callable[[Line], Sequence[str]]) -> Lines[Line]:
        """The lines in whose words is what was searched for."""
        wanted = self.get_query_argument("q", "")[:255]
        small = wanted.casefold()
        found = [line for line in lines if any(small in word.casefold() for word in words(line))]
        return Lines(wanted, len(found), found[:MOST_LINES])


class AdminPage(AdminRoute):
    """The first page: how much there is."""

    async def get(self) -> None:
        """Show it."""
        with self.refusing():
            bureau = self.site.bureau
            counts = {
                "documents": len(bureau.documents()),
                "people": len(bureau.participants()),
                "links": sum(1 for one in bureau.links() if one.link.ended_at is None),
                "rooms": len(bureau.rooms()),
            }
            self.show("admin.html", counts=counts, room=await self.site.vault.measure())


class DocumentsPage(AdminRoute):
    """``admin/documents``."""

    async def get(self) -> None:
        """Show them."""
        lines = self.search(self.site.bureau.documents(), _words_of_document)
        self.show("documents.html", lines=lines)


class DocumentPage(AdminRoute):
    """``admin/documents/<id>``: who has it, and who is in it."""

    async def get(self, document_id: str) -> None:
        """Show it."""
        with self.refusing():
            kept = self.site.bureau.document(document_id)
            if kept is None:
                raise NotFound("There is no such document.")
            self.show("document.html", kept=kept)


class PeoplePage(AdminRoute):
    """``admin/people``."""

    async def get(self) -> None:
        """Show them."""
        self.show(
            "people.html", lines=self.search(self.site.bureau.participants(), _words_of_person)
        )


class LinksPage(AdminRoute):
    """``admin/links``."""

    async def get(self) -> None:
        """Show them."""
        self.show("links.html", lines=self.search(self.site.bureau.links(), _words_of_link))


class RoomsPage(AdminRoute):
    """``admin/rooms``: who is where now."""

    async def get(self) -> None:
        """Show them."""
        lines = self.search(self.site.bureau.rooms(), _words_of_document)
        self.show("rooms.html", lines=lines)


class AdminEndGrantRoute(PageRoute):
    """``admin/shares/end``: end anybody's share."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}
    admins_only: ClassVar[bool] = True

    async def post(self) -> None:
        """End one grant; open connections are closed before the answer."""
        with self.refusing():
            office, caller = self.site.desks.counter.office, self.site.bureau.administrator(self.me)
            await office.shares.end(caller, GrantId(self.get_body_argument("grant")))
            self.back(f"admin/documents/{self.get_body_argument('document')}", "ended")


class AdminEndLinkRoute(PageRoute):
    """``admin/links/end``: withdraw anybody's link."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}
    admins_only: ClassVar[bool] = True

    async def post(self) -> None:
        """Withdraw it. Who came by it keeps what they have, but for those without an account: nobody else could
        ever end what they have.
        """
        with self.refusing():
            bureau, link_id = self.site.bureau, LinkId(self.get_body_argument("link"))
            links = self.site.desks.counter.office.links
            out = any(one.link.id == link_id and one.link.guests for one in bureau.links())
            await links.end(bureau.administrator(self.me), link_id, with_grants=out)
            self.back("admin/links", "link")


def _words_of_document(kept: Kept) -> list[str]:
    return [kept.document.name, kept.document.owner, kept.document.id]


def _words_of_person(person: Participant) -> list[str]:
    return [person.name]


def _words_of_link(told: Told) -> list[str]:
    owner = "" if told.document is None else told.document.owner
    return [told.link.name, told.link.giver_name, owner]
