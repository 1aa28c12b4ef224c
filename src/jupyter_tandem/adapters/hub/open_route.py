"""``tandem/hub/open``: where people land who follow a link or the service's page (PAGES-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import quote, urlencode

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

from jupyter_tandem.core.federation.naming import drive_path
from jupyter_tandem.errors import NotFound, TandemError
from jupyter_tandem.ports.hub_drive import Signpost
from jupyter_tandem.types import Action

_MOST_ID: Final = 200


class OpenRoute(JupyterHandler):
    """``open?document=<id>``: sends its person's browser to JupyterLab with the document open.

    Reached through the Hub's ``user-redirect``, which starts the server if need be. Changes nothing; the
    address holds an id that opens nothing to anybody else.
    """

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, signpost: Signpost, pages: str) -> None:
        """Ask ``signpost`` for the way; who has none is sent on to the service's ``pages``."""
        self._signpost = signpost
        self._pages = pages

    @authenticated
    async def get(self) -> None:
        """Answer 302, or with a page that says why not."""
        if self.current_user.username != self._signpost.username:
            raise HTTPError(404)
        document = self.get_query_argument("document", "")[:_MOST_ID]
        try:
            path = await self._signpost.path_of(document)
        except NotFound:
            self.redirect(f"{self._pages}ask?{urlencode({'document': document})}")
            return
        except TandemError as error:
            self._refuse(error)
            return
        lab = url_path_join(self.base_url, "lab")
        if drive_path(path) is None:
            self.redirect(url_path_join(lab, "tree", quote(path)))
        else:
            # JupyterLab's own addresses know its file browsers' drives alone; see ``arrival.ts``.
            self.redirect(f"{lab}?{urlencode({'tandem-open': path})}")

    def _refuse(self, error: TandemError) -> None:
        """Say why not; the server's own page for 404 says nothing but that."""
        self.set_status(error.http_status)
        words = {"status_code": error.http_status, "status_message": "This cannot be opened"}
        page = self.render_template(  # type: ignore[no-untyped-call]  # jupyter_server has no type for it
            "error.html", **words, message=str(error), exception=None
        )
        self.finish(page)
