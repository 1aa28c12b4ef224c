"""Values that no database takes: half a character, NUL in PostgreSQL, a number that is too large."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DataError

from jupyter_tandem.errors import InvalidInput

UNFIT: Final = (DataError, UnicodeError, OverflowError)
"""What SQLAlchemy and its drivers raise for them. To try again would not help."""


def unfit() -> InvalidInput:
    """The error that tells so; never the value."""
    return InvalidInput("A name or a number in this cannot be stored; nothing was changed.")
