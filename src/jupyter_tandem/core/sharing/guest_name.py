"""Friendly names for guests who did not choose one."""

from __future__ import annotations

from typing import Final

_HUES: Final = (
    "Amber", "Azure", "Coral", "Crimson", "Golden", "Indigo", "Ivory", "Jade",
    "Lilac", "Mint", "Ochre", "Pearl", "Plum", "Ruby", "Silver", "Teal",
)  # fmt: skip
_BIRDS: Final = (
    "Avocet", "Crane", "Curlew", "Finch", "Heron", "Ibis", "Kestrel", "Kingfisher",
    "Lapwing", "Linnet", "Oriole", "Osprey", "Plover", "Puffin", "Swift", "Wren",
)  # fmt: skip


def friendly_name(number: int) -> str:
    """One of 256 names, by any number that is not negative."""
    return f"{_HUES[number % len(_HUES)]} {_BIRDS[number // len(_HUES) % len(_BIRDS)]}"
