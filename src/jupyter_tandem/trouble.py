"""What is tried again and again, whatever it fails with."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_tandem.errors import TandemError

_log = logging.getLogger(__name__)


class Trouble:
    """Tells once of a failure that lasts, however often it is met, and when it is over.

    True while the last attempt failed: then whoever tries again has to pause before.
    """

    def __init__(self, what: str) -> None:
        """No trouble yet with ``what``, with which the sentences in the log begin."""
        self._what = what
        self._told = ""

    def __bool__(self) -> bool:
        return self._told != ""

    @contextmanager
    def outlived(self) -> Iterator[None]:
        """One attempt. Nothing that it fails with comes out of it; that it was cancelled does."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  (its task is looked at by nobody, and has to go on)
            self._tell(error)
            return
        if self._told:
            self._told = ""
            _log.info("%s: it works again.", self._what)

    def _tell(self, error: Exception) -> None:
        told = f"{type(error).__name__}: {error}"
        if told == self._told:
            return
        self._told = told
        if isinstance(error, TandemError):
            _log.warning("%s: %s", self._what, error)
        else:
            _log.error("%s: %s", self._what, told, exc_info=error)
