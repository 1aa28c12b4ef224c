"""Reads shared types by way of JSON: every shared type that the library returns costs microseconds."""

from __future__ import annotations

import json
from typing import Any

from pycrdt import Array, Map


def as_json(shared: Array[Any] | Map[Any]) -> Any:
    """The content of a shared type as JSON values.

    Bytes become lists of numbers, ``undefined`` and numbers that are not finite become ``None``.
    """
    return json.loads(str(shared))
