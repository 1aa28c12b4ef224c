"""Where edits go that nobody takes."""

from __future__ import annotations

from typing import Protocol

from jupyter_tandem.types import DocumentKind


class Keepsake(Protocol):
    """Makes a file of the person's own (HUB-13)."""

    async def keep(self, name: str, kind: DocumentKind, content: object) -> str:
        """Write ``content`` to a new file that is called like ``name``; its path.

        Raises:
            FileError: it cannot be written.
        """
