"""The cookies of the guest view. All are sent to its addresses only."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from jupyter_tandem.adapters.server.guest.view import guest_path

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

GUEST_COOKIE: Final = "tandem-guest"
"""Begins the name of the cookie that tells who a guest is."""

LINK_COOKIE: Final = "tandem-link"
"""Begins the name of the cookie that proves that our page of a link asks."""

XSRF_COOKIE: Final = "_xsrf"
"""What JupyterLab reads and sends back as ``X-XSRFToken``."""

COOKIE_DAYS: Final = 90
LINK_MINUTES: Final = 60


def read_guest(handler: JupyterHandler) -> str:
    """The secret in a request's guest cookie, or ``""``."""
    return handler.get_cookie(_named(handler, GUEST_COOKIE)) or ""


def set_guest(handler: JupyterHandler, secret: str) -> None:
    """Make the browser a guest's, and give JupyterLab what it proves itself with."""
    _set(handler, _named(handler, GUEST_COOKIE), secret, days=COOKIE_DAYS, httponly=True)
    _set(handler, XSRF_COOKIE, xsrf_token(secret), days=COOKIE_DAYS, httponly=False)


def clear_guest(handler: JupyterHandler) -> None:
    """Make the browser nobody's."""
    for name in (_named(handler, GUEST_COOKIE), XSRF_COOKIE):
        handler.clear_cookie(name, path=guest_path(handler))


def xsrf_token(secret: str) -> str:
    """What a guest's page proves itself with. Tells nothing of the secret."""
    return hmac.new(secret.encode(), b"tandem xsrf", hashlib.sha256).hexdigest()


def xsrf_proven(handler: JupyterHandler, secret: str) -> bool:
    """Whether a page of ours made this guest's request. The header alone counts: an owner's browser may
    send a second cookie of that name.
    """
    given = handler.request.headers.get("X-XSRFToken", "")
    return hmac.compare_digest(given.encode(), xsrf_token(secret).encode())


def set_link_proof(handler: JupyterHandler, token: str) -> None:
    """Remember that this browser was given our page with ``token`` in it."""
    name = _named(handler, LINK_COOKIE)
    _set(handler, name, token, days=LINK_MINUTES / 1440, httponly=True, same_site="Strict")


def link_proven(handler: JupyterHandler) -> bool:
    """Whether our page of a link made this request."""
    kept = handler.get_cookie(_named(handler, LINK_COOKIE)) or ""
    given = handler.request.headers.get("X-XSRFToken", "")
    return len(kept) >= 20 and hmac.compare_digest(given.encode(), kept.encode())


def _named(handler: JupyterHandler, name: str) -> str:
    # Browsers share cookies between the ports of a host.
    return f"{name}-{re.sub(r'[^A-Za-z0-9]', '-', handler.request.host)}"


def _set(
    handler: JupyterHandler,
    name: str,
    value: str,
    *,
    days: float,
    httponly: bool,
    same_site: str = "Lax",
) -> None:
    handler.set_cookie(
        name,
        value,
        path=guest_path(handler),
        max_age=int(days * 86_400),
        httponly=httponly,
        samesite=same_site,
        secure=handler.request.protocol == "https",
    )
