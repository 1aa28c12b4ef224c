"""Where edits go that nobody takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from jupyter_tandem.types import DocumentKind


class Keepsake(Protocol):
    """Makes a file of the person's own (HUB-13)."""

    async def keep(self, name: str, kind: DocumentKind, content: object) -> str:
        """Write ``content`` to a new file that is called like ``name``; its path.

        Raises:
            FileError: it cannot be written.
        """

    async def copy(self, name: str, folder: str, model: Mapping[str, object]) -> dict[str, object]:
        """Write a new file into one of the person's own folders.

        Args:
            name: What it is to be called; numbered where there is one of that name.
            folder: Path of the folder.
            model: ``type``, ``format`` and ``content`` as the Contents API means them.

        Returns:
            The Contents API's model of it, without content.

        Raises:
            FileError: it cannot be written. NotFound: there is no such folder.
        """
