"""What of a display a document can hold (RUN-60)."""

from __future__ import annotations

from typing import Any, Final

from jupyter_tandem.core.value import DEEPEST, normalise_value
from jupyter_tandem.errors import DocumentError

NOT_KEPT: Final = "A part of this output is nested too deep to be kept in a document."
"""Stands where something is left out; in English, as what programs print into documents is."""

_PLAIN: Final = "text/plain"


def kept_metadata(metadata: Any) -> dict[str, Any]:
    """Those entries of a display's metadata that a document can hold."""
    return _kept(metadata)[0] if isinstance(metadata, dict) else {}


def kept_data(data: Any) -> dict[str, Any]:
    """Those representations of a display that a document can hold; its plain text says where some are left out."""
    if not isinstance(data, dict):
        return {}
    kept, whole = _kept(data)
    if not whole:
        plain = kept.get(_PLAIN)
        kept[_PLAIN] = f"{plain}\n{NOT_KEPT}" if isinstance(plain, str) else NOT_KEPT
    return kept


def _kept(members: dict[Any, Any]) -> tuple[dict[str, Any], bool]:
    """What can be held, and whether that is all."""
    try:
        return normalise_value(members), True
    except DocumentError:
        kept = {key: value for key, value in members.items() if _can_be_kept(value)}
        return normalise_value(kept), False


def _can_be_kept(value: Any) -> bool:
    try:
        normalise_value(value, DEEPEST - 1)
    except DocumentError:
        return False
    return True
