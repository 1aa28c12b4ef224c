"""Shared documents: the one home of the CRDT library and of the document schemas."""

from jupyter_tandem.core.document.document import Document
from jupyter_tandem.core.document.growth import extended, grow, grow_normal, seed, unite

__all__ = ["Document", "extended", "grow", "grow_normal", "seed", "unite"]
