"""The name of a source: by it a command says which one it means (RUN-2)."""

from __future__ import annotations

import hashlib

from jupyter_tandem.core.value import normalise_text


def source_hash(source: str) -> str:
    """sha256 (hexadecimal) of ``source`` in UTF-8."""
    return hashlib.sha256(normalise_text(source).encode()).hexdigest()
