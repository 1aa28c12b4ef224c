"""What every page tells browsers to refuse (PAGES-3)."""

from __future__ import annotations

from typing import Final

from tornado.web import RequestHandler

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def protect(handler: RequestHandler, *, scripts: bool = False) -> None:
    """Let nothing be kept, sniffed, framed or run; ``scripts``: but the service's own."""
    handler.clear_header("Server")
    policy = f"{_POLICY}; script-src 'self'; connect-src 'self'" if scripts else _POLICY
    handler.set_header("Content-Security-Policy", policy)
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("Cross-Origin-Opener-Policy", "same-origin")
    handler.set_header("Cross-Origin-Resource-Policy", "same-origin")
    handler.set_header("Referrer-Policy", "no-referrer")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("X-Frame-Options", "DENY")
    handler.set_header("X-Robots-Tag", "noindex")
