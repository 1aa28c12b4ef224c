"""Errors as answers over the connection between servers and the service, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jupyter_tandem.errors import TandemError, error_told

_LONGEST: Final = 500


def refusal(error: TandemError) -> dict[str, str]:
    """What an error says about itself."""
    return {"reason": error.code, "message": str(error)[:_LONGEST]}


def raise_refused(body: Mapping[str, Any]) -> None:
    """Do nothing, unless ``body`` is a refusal.

    Raises:
        TandemError: it is this one.
    """
    reason = body.get("reason")
    if isinstance(reason, str):
        message = str(body.get("message") or "It was refused.")[:_LONGEST]
        raise error_told(reason, message)
