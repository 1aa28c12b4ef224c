"""What a single-user server remembers of documents that others share: one small JSON file."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jupyter_tandem.ports.federation import Offered, Remembered
from jupyter_tandem.types import Action, DocumentKind

_log = logging.getLogger(__name__)

FILE_NAME: Final = "shared-with-me.json"


class JsonKnownStore:
    """:class:`jupyter_tandem.ports.federation.KnownStore`."""

    def __init__(self, directory: Path) -> None:
        """Keep the file in ``directory``, readable by its owner alone."""
        self._path = directory / FILE_NAME

    def load(self) -> Sequence[Remembered]:
        """See the port."""
        try:
            return [_remembered(told) for told in json.loads(self._path.read_bytes())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("%s cannot be read (%r); the Hub tells it again", self._path, error)
            return []

    def save(self, documents: Sequence[Remembered]) -> None:
        """See the port."""
        body = json.dumps([_body(document) for document in documents]).encode()
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            fresh.replace(self._path)
        except OSError as error:
            _log.warning("%s cannot be written: %s", self._path, error)


def _body(document: Remembered) -> dict[str, Any]:
    offered = document.offered
    return {
        "id": offered.id,
        "owner": offered.owner,
        "name": offered.name,
        "format": offered.kind.format,
        "type": offered.kind.type,
        "actions": sorted(action.value for action in offered.actions),
        "within": dict(offered.within),
        "waiting": document.waiting,
        "placed": document.placed,
    }


def _paths(told: Any) -> dict[str, str]:
    return {str(folder): str(path) for folder, path in told.items()}


def _remembered(told: Mapping[str, Any]) -> Remembered:
    offered = Offered(
        id=str(told["id"]),
        owner=str(told["owner"]),
        name=str(told["name"]),
        kind=DocumentKind(str(told["format"]), str(told["type"])),
        actions=frozenset(Action(value) for value in told["actions"]),
        within=_paths(told.get("within", {})),
    )
    return Remembered(offered, bool(told["waiting"]), str(told.get("placed", "")))
