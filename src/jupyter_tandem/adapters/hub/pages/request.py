"""Asking for access, and answering (REQUEST-1 to REQUEST-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from jupyter_tandem.adapters.hub.pages.route import PageRoute
from jupyter_tandem.adapters.server.sharing.wish import role_of
from jupyter_tandem.types import Action


class AskPage(PageRoute):
    """``ask?document=``: the same whether there is such a document or not."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "POST": Action.MANAGE}

    async def get(self) -> None:
        """Show what asking means."""
        self.show("ask.html", document=self.get_query_argument("document", "")[:200], asked=False)

    async def post(self) -> None:
        """Ask."""
        with self.refusing():
            document = self.get_body_argument("document")[:200]
            await self.site.petitions.ask(self.me, document)
            self.show("ask.html", document=document, asked=True)


class AcceptRoute(PageRoute):
    """``requests/accept``: share with whoever asked."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Share it in the chosen role."""
        with self.refusing():
            document, name = self.get_body_argument("document"), self.get_body_argument("name")
            role = role_of(self.get_body_argument("role"))
            await self.site.petitions.accept(self.me, document, name, role)
            self.back("", "accepted")


class DeclineRoute(PageRoute):
    """``requests/decline``: forget that somebody asked."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Forget it."""
        with self.refusing():
            document, name = self.get_body_argument("document"), self.get_body_argument("name")
            await self.site.petitions.decline(self.me, document, name)
            self.back("", "declined")
