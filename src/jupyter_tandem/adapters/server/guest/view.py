"""Where the guest view lies, and what else is at its origin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jupyter_server.utils import url_path_join

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

SETTING: Final = "tandem_guest_view"
"""The tornado setting that holds a :class:`GuestView`."""

_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class GuestView:
    """How a server has its guest view.

    Attributes:
        home: Where guests' addresses begin, below the base URL, with a slash at the end.
        style: The style of its plain pages, below the base URL.
        alone: Whether everything else at this origin is as trusted as the view itself. On a Hub it is not: there
            are the servers of other people.
        mark: What follows a guest's name wherever it is shown, so that nobody is taken for somebody else.
    """

    home: str
    style: str
    alone: bool
    mark: str = ""


OF_A_SERVER: Final = GuestView("tandem/g/", "tandem/l/page.css", alone=True)


def guest_view(handler: JupyterHandler) -> GuestView:
    """How the server of this request has its guest view."""
    found: GuestView = handler.settings.get(SETTING, OF_A_SERVER)
    return found


def guest_path(handler: JupyterHandler) -> str:
    """Where guests' addresses begin, with a slash at the end."""
    return str(url_path_join(handler.base_url, guest_view(handler).home))


def content_security_policy(handler: JupyterHandler) -> str:
    """What a guest's JupyterLab may load and reach (GUEST-8, HUBGUEST-6)."""
    sources = _sources("'self'", "'self'", "'self'") if guest_view(handler).alone else _own(handler)
    return "; ".join(f"{what} {who}" for what, who in sources.items())


def _own(handler: JupyterHandler) -> dict[str, str]:
    """The same by path: at this origin somebody else may serve a script, and have answers for one."""
    host = handler.request.host
    if _HOST.fullmatch(host) is None:
        return _sources("'none'", "'none'", "'none'")
    home = f"{host}{guest_path(handler)}"
    scripts = f"{home}static/lab/ {home}lab/extensions/"
    return _sources(home, scripts, f"{home} ws://{home} wss://{home}")


def _sources(own: str, scripts: str, reached: str) -> dict[str, str]:
    return {
        "default-src": "'none'",
        # JupyterLab compiles its settings' schemas; nothing else needs eval. No inline script ever runs, so
        # what others put into outputs, names or markdown cannot.
        "script-src": f"{scripts} 'unsafe-eval'",
        "worker-src": f"{scripts} blob:",
        "style-src": f"{own} 'unsafe-inline'",
        "img-src": f"{own} data: blob:",
        "media-src": f"{own} data: blob:",
        "font-src": f"{own} data:",
        "connect-src": reached,
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
