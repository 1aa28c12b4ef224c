"""The page a link opens. The link's secret is behind the ``#``: no server sees it before *Continue*."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.cookie import set_link_proof
from jupyter_tandem.adapters.server.guest.session_routes import new_proof
from jupyter_tandem.adapters.server.guest.view import guest_path
from jupyter_tandem.types import Action

FOLDER: Final = Path(__file__).parent / "link_page"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_KINDS: Final = {"page.js": "text/javascript", "page.css": "text/css"}


class LinkPage(JupyterHandler):
    """``tandem/l`` and its script and style: the same for every link."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @property
    def content_security_policy(self) -> str:
        """Only what the page itself brings, from here."""
        return CONTENT_SECURITY_POLICY

    def set_default_headers(self) -> None:
        """Tell nobody where this page was."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Robots-Tag", "noindex")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    @allow_unauthenticated
    async def get(self, part: str | None = None) -> None:
        """Answer with the page or a part of it."""
        if part:
            await self._part(part)
            return
        proof = new_proof()
        set_link_proof(self, proof)
        page = (FOLDER / "page.html").read_text(encoding="utf-8")
        values: dict[str, Any] = {
            "proof": proof,
            "api": url_path_join(guest_path(self), "tandem/api/link"),
            "parts": url_path_join(self.base_url, "tandem/l"),
        }
        for name, value in values.items():
            page = page.replace(f"[[{name}]]", escape(str(value)))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    async def _part(self, part: str) -> None:
        if part not in _KINDS:
            raise HTTPError(404)
        self.set_header("Content-Type", f"{_KINDS[part]}; charset=utf-8")
        self.finish((FOLDER / part).read_bytes())
