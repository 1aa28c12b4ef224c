"""Tandem: several people and programs at work in one Jupyter document, safely."""

from typing import Any

__version__ = "0.1.0"

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Say where the built labextension lies (asked by `jupyter labextension develop`)."""
    return [{"src": "labextension", "dest": "@jupyter-tandem/lab-extension"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Say which application Jupyter Server loads; imported here so that clients stay light."""
    from jupyter_tandem.hosts.server_extension import TandemApp

    return [{"module": "jupyter_tandem.hosts.server_extension", "app": TandemApp}]
