"""The error tree of Tandem.

::

    TandemError
    ├── ProtocolError            the peer sent something that is not allowed; costs the peer its connection
    │   ├── MalformedFrame       bytes that are no message
    │   ├── LimitExceeded        an advertised limit was passed
    │   ├── UpdateGap            an update builds on edits this server does not have
    │   └── ForgedClient         a client id that belongs to another live session
    ├── AccessDenied             the person may not do this
    ├── NotFound                 there is no such thing, or it is not yours (deliberately the same answer)
    ├── LineageMismatch          the peer holds another history of this document
    ├── DocumentError            content that is no document of the expected kind
    ├── FileError
    │   ├── FileMissing          the file is gone
    │   ├── FileReadOnly         the file cannot be written
    │   ├── FileChanged          the file is not what it was when last read or written
    │   ├── FileUnreadable       the file is there but holds no valid document
    │   └── FileOpenAsOtherKind  people are in the same file, opened as another kind
    ├── ServerFull               no more rooms fit into memory
    ├── Blocked                  the peer sent broken frames too often and has to wait
    ├── InvalidInput             a value that cannot be; nothing was stored
    ├── SignInRequired           only somebody with an account here may do this
    ├── WrongPassword            the link's password is missing or not this one
    ├── LinkEnded                the link has expired, was revoked or is used up
    ├── TooManyTries             too many tries from here; wait
    ├── KernelUnavailable        no kernel can be started or reached
    ├── HubUnreachable           the Hub's sharing service does not answer, or not this server
    └── StoreError
        ├── StoreUnavailable     nothing can be made durable at the moment; retry
        ├── StoreCorrupt         a check of stored bytes failed
        ├── SequenceConflict     an append that does not continue the document's sequence
        └── LeaseLost            another server has taken over; this one must stop writing

Every class says how it leaves the process: ``code`` (stable, for programs), ``http_status``,
``close_code`` (WebSocket) and ``retryable``. The message tells the person what happened and what to do.
"""

from __future__ import annotations

from typing import ClassVar, Final


class TandemError(Exception):
    """Base of every error Tandem raises on purpose."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    close_code: ClassVar[int] = 4500
    retryable: ClassVar[bool] = False


class ProtocolError(TandemError):
    """The peer broke the protocol. Nothing it sent in the offending frame took effect."""

    code = "protocol"
    http_status = 400
    close_code = 4400


class MalformedFrame(ProtocolError):
    """A frame that cannot be decoded."""

    code = "malformed"


class LimitExceeded(ProtocolError):
    """A frame or count above an advertised limit."""

    code = "limit"
    http_status = 413
    close_code = 4413


class UpdateGap(ProtocolError):
    """An update that builds on edits this server never received; a fresh synchronisation mends it."""

    code = "gap"
    http_status = 409
    close_code = 4409
    retryable = True


class ForgedClient(ProtocolError):
    """Edits or awareness in the name of a client id that belongs to another live session."""

    code = "forged-client"
    http_status = 403
    close_code = 4403


class AccessDenied(TandemError):
    """The authenticated person lacks the right for this action."""

    code = "denied"
    http_status = 403
    close_code = 4403


class NotFound(TandemError):
    """There is no such document, or it is not this person's: the answer is the same."""

    code = "not-found"
    http_status = 404
    close_code = 4404


class LineageMismatch(TandemError):
    """The peer's history belongs to another lineage and must not be merged as a CRDT."""

    code = "lineage"
    http_status = 409
    close_code = 1003
    retryable = True


class DocumentError(TandemError):
    """Content that is not a valid document of its kind."""

    code = "document"
    http_status = 422


class FileError(TandemError):
    """Something is wrong with the file behind a document."""

    code = "file"


class FileMissing(FileError):
    """The file has been deleted or moved away."""

    code = "file-missing"
    http_status = 404
    close_code = 4404


class FileReadOnly(FileError):
    """The file or its folder cannot be written."""

    code = "file-read-only"
    http_status = 403


class FileChanged(FileError):
    """The file on disk is not what was last read or written; merge before writing."""

    code = "file-changed"
    http_status = 409
    retryable = True


class FileUnreadable(FileError):
    """The file holds no valid document (for example a notebook with broken JSON)."""

    code = "file-unreadable"
    http_status = 422


class FileOpenAsOtherKind(FileError):
    """The file is live as another kind (for example as text); two rooms would overwrite each other."""

    code = "other-kind"
    http_status = 409
    close_code = 4400


class Blocked(TandemError):
    """The peer sent broken frames too often; it is let in again after a while."""

    code = "blocked"
    http_status = 429
    close_code = 4429
    retryable = True


class ServerFull(TandemError):
    """The server holds as many rooms as it may."""

    code = "full"
    http_status = 503
    close_code = 1013
    retryable = True


class InvalidInput(TandemError):
    """A value that cannot be: an unknown role, an expiry in the past, a name too long. Nothing was stored."""

    code = "invalid"
    http_status = 400
    close_code = 4400


class SignInRequired(TandemError):
    """Only somebody with an account on this server may do this."""

    code = "sign-in"
    http_status = 401
    close_code = 4403


class WrongPassword(TandemError):
    """The link asks for a password, and none or another one was given."""

    code = "password"
    http_status = 403
    close_code = 4403


class LinkEnded(TandemError):
    """The link has expired, was revoked or has been used as often as it may."""

    code = "link-ended"
    http_status = 410
    close_code = 4404


class TooManyTries(TandemError):
    """Too many tries from here; they count as guessing."""

    code = "tries"
    http_status = 429
    close_code = 4429
    retryable = True


class HubUnreachable(TandemError):
    """The Hub's sharing service does not answer, or does not let this server in."""

    code = "hub-unreachable"
    http_status = 503
    close_code = 1013
    retryable = True


class KernelUnavailable(TandemError):
    """A kernel cannot be started or reached.

    Attributes:
        why: The message as a code and its arguments (:mod:`jupyter_tandem.protocol.reason`), where it has one.
    """

    code = "no-kernel"
    http_status = 503
    close_code = 1013
    retryable = True

    def __init__(self, message: str, why: tuple[str, ...] = ()) -> None:
        """Say ``message``."""
        super().__init__(message)
        self.why = why


class StoreError(TandemError):
    """The store failed."""

    code = "store"
    http_status = 503


class StoreUnavailable(StoreError):
    """Nothing can be made durable now (disk full, database away). Nothing was acknowledged."""

    code = "store-unavailable"
    retryable = True


class StoreCorrupt(StoreError):
    """Stored bytes fail their checksum."""

    code = "store-corrupt"


class SequenceConflict(StoreError):
    """An append whose sequence numbers do not continue the document's journal."""

    code = "sequence"


class LeaseLost(StoreError):
    """Another server holds the journal now; this one must stop acknowledging."""

    code = "lease-lost"


_TOLD: Final[dict[str, type[TandemError]]] = {
    error.code: error
    for error in (
        AccessDenied,
        DocumentError,
        FileError,
        HubUnreachable,
        InvalidInput,
        LimitExceeded,
        NotFound,
        ServerFull,
        StoreUnavailable,
    )
}
"""What servers and the Hub's service tell each other."""


def error_told(code: object, message: str) -> TandemError:
    """The error that another process of Tandem has told by its ``code``.

    One that is not told between processes, or that this version does not know, is as if nobody had answered.
    """
    return _TOLD.get(str(code), HubUnreachable)(message)
