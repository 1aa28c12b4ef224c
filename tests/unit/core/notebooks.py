"""Notebooks and kinds, briefly."""

from __future__ import annotations

from typing import Any

from jupyter_tandem.types import DocumentKind

NOTEBOOK = DocumentKind("json", "notebook")
TEXT = DocumentKind("text", "file")
BLOB = DocumentKind("base64", "blob")


def code(cell_id: str | None, source: str, **more: Any) -> dict[str, Any]:
    cell = {
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        **more,
    }
    return cell if cell_id is None else {"id": cell_id, **cell}


def markdown(cell_id: str | None, source: str, **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "markdown", "source": source, "metadata": {}, **more}
    return cell if cell_id is None else {"id": cell_id, **cell}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def notebook(*cells: dict[str, Any], minor: int = 5, **metadata: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": list(cells)}


def sources(content: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in content["cells"]]


def ids(content: dict[str, Any]) -> list[str]:
    return [cell["id"] for cell in content["cells"]]
