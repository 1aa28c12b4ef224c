"""Names that people type, made fit to be shown to others."""

from __future__ import annotations

import unicodedata
from typing import Final

from jupyter_tandem.errors import InvalidInput

LONGEST_NAME: Final = 80
"""Characters of a display name: long enough for real ones, short enough for a cursor's label."""

LONGEST_SUBJECT: Final = 255
"""Characters of a username or group, as JupyterHub takes them."""

_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that could break a log line, turn text round or show nothing."""

_JOINERS: Final = "\u200c\u200d"
"""Format characters that Persian, Indic scripts and emoji are spelled with."""


def display_name(text: object) -> str:
    """A guest's name: normalised, without surrounding or doubled space.

    Raises:
        InvalidInput: it is no text, empty, too long, or holds control characters.
    """
    shown = " ".join(_checked(text, LONGEST_NAME, "The name").split())
    if not any(unicodedata.category(c)[0] in "LNS" for c in shown):
        raise InvalidInput("The name must have at least one letter, digit or symbol.")
    return shown


def subject_name(text: object) -> str:
    """A username or group name, exactly as the server knows it.

    Raises:
        InvalidInput: it is no text, empty, too long, or holds control characters.
    """
    found = _checked(text, LONGEST_SUBJECT, "The user or group")
    if found != found.strip():
        raise InvalidInput("The user or group must not begin or end with a space.")
    return found


def _checked(text: object, longest: int, what: str) -> str:
    if not isinstance(text, str) or not text or len(text) > longest:
        raise InvalidInput(f"{what} must be text of 1 to {longest} characters.")
    normal = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(c) in _FORBIDDEN and c not in _JOINERS for c in normal):
        raise InvalidInput(f"{what} must not hold control characters.")
    return normal
