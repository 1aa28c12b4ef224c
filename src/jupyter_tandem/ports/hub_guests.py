"""What people without an account see of the Hub's service (docs/spec/hub-guests.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.sharing import Person
from jupyter_tandem.types import DocumentKind


@dataclass(frozen=True, slots=True)
class Leaf:
    """A document as a guest finds it.

    Attributes:
        path: Where.
        name: What it is called.
        kind: How it is read.
        made_at: When it was shared first, Unix seconds.
    """

    path: str
    name: str
    kind: DocumentKind
    made_at: float


class Leaves(Protocol):
    """Shows a guest their documents."""

    async def all(self, person: Person) -> list[Leaf]:
        """What is shared with a guest, by name."""

    async def at(self, person: Person, path: str) -> Leaf:
        """The document at ``path``.

        Raises:
            NotFound: there is none, or it is not theirs.
        """

    async def content(self, person: Person, path: str) -> object:
        """What is in it now, as notebook JSON or text.

        Raises:
            NotFound: as :meth:`at`. TandemError: it cannot be opened now.
        """
