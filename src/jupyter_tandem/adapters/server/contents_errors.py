"""What a contents manager's failures mean for a document."""

from __future__ import annotations

import errno
from http import HTTPStatus
from typing import Final

from tornado.web import HTTPError

from jupyter_tandem.errors import (
    FileError,
    FileMissing,
    FileReadOnly,
    FileUnreadable,
    TandemError,
)
from jupyter_tandem.types import DocumentKind

_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_ALLOWED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def reading_failed(error: Exception, path: str, kind: DocumentKind | None) -> FileError:
    """Why the file at ``path`` could not be read (``kind``: as what, if content was asked for)."""
    status = error.status_code if isinstance(error, HTTPError) else 0
    cause = _system_error(error)
    if status == HTTPStatus.NOT_FOUND or isinstance(cause, FileNotFoundError):
        return FileMissing(f"There is no file {path!r}.")
    if status == HTTPStatus.BAD_REQUEST and kind is not None:
        return FileUnreadable(_not_of_kind(kind))
    return FileError(f"the file cannot be read ({_reason(error)})")


def writing_failed(error: Exception, path: str) -> TandemError:
    """Why the file at ``path`` could not be written."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TandemError):
            return cause
        cause = cause.__cause__
    system = _system_error(error)
    number = system.errno if system is not None else None
    status = error.status_code if isinstance(error, HTTPError) else 0
    if number in _DISK_FULL or status == HTTPStatus.INSUFFICIENT_STORAGE:
        return FileError("disk full")
    if number in _NOT_ALLOWED or status == HTTPStatus.FORBIDDEN:
        return FileReadOnly(f"The file {path!r} cannot be written.")
    if number == errno.ENOENT or status == HTTPStatus.NOT_FOUND:
        return FileMissing(f"The folder of {path!r} is gone.")
    return FileError(_reason(error))


def _system_error(error: BaseException) -> OSError | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return cause
        cause = cause.__cause__
    return None


def _reason(error: Exception) -> str:
    system = _system_error(error)
    if system is not None:
        return system.strerror or type(system).__name__
    if isinstance(error, HTTPError):
        return error.reason or error.log_message or HTTPStatus(error.status_code).phrase
    return type(error).__name__


def _not_of_kind(kind: DocumentKind) -> str:
    if kind.type == "notebook":
        return "it is no notebook that can be read."
    if kind.format == "text":
        return "it is not text in UTF-8."
    return f"it is no document of type {kind.type}."
