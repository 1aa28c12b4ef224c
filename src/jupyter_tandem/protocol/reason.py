"""Why a run ended as it did, a kernel is gone or a command was refused: a code for programs, a sentence for people.

Front ends say codes in their own language (docs/spec/execution.md, *Reasons*). What somebody else's
software says of itself is given as it is: as the argument of a code, or as a sentence without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tandem.errors import KernelUnavailable, TandemError


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        sentence: In English, for who does not know the code.
        why: The code, followed by its arguments; empty where there is none.
    """

    sentence: str
    why: tuple[str, ...] = ()


NONE: Final = Reason("")
"""There is nothing to explain."""

# Runs that were not started.
AFTER_FAILURE: Final = Reason("An earlier cell did not end well.", ("after-failure",))
TAKEN_OVER: Final = Reason("The cell was run anew.", ("run-anew",))
CELL_GONE: Final = Reason("The cell is not in the document any more.", ("cell-gone",))
RIGHT_GONE: Final = Reason("The right to run code was taken back.", ("right-gone",))

# Runs that did not come to their end.
INTERRUPTED: Final = Reason("It was interrupted.", ("interrupted",))
LOST: Final = Reason("The server stopped while it ran.", ("server-stopped",))
ENDED_AWAY: Final = Reason(
    "It ended while the server was away; what it printed meanwhile is lost.", ("ended-away",)
)

# Kernels.
RESTARTED: Final = Reason("The kernel was restarted.", ("kernel-restarted",))
DIED: Final = Reason("The kernel died.", ("kernel-died",))
SHUT_DOWN: Final = Reason("The kernel was shut down.", ("kernel-shut-down",))
WENT_AWAY: Final = Reason("The kernel went away.", ("kernel-away",))
KERNEL_GONE: Final = Reason(
    "The kernel is gone; run the cell again to start another one.", ("kernel-gone",)
)
NO_ANSWER: Final = Reason("The kernel does not answer.", ("kernel-silent",))
NO_KERNEL: Final = Reason("There is no kernel to interrupt.", ("kernel-none",))
FILE_ELSEWHERE: Final = Reason(
    "The document's file is not on this server, so no kernel is, either.", ("file-elsewhere",)
)

# Servers.
NOT_SAVING: Final = "Nothing can be run while the server cannot save."
COPY: Final = Reason("Nothing can be run in this copy; open the document itself.", ("copy",))
NO_WAY: Final = Reason(
    "The Hub's sharing service cannot be reached, so nothing can be run at the owner's server.",
    ("hub-away",),
)
UNANSWERED: Final = Reason(
    "The connection broke before the owner's server answered. When it is back, the queue says "
    "whether this is run; it is not asked for again by itself.",
    ("owner-unanswered",),
)
OWNER_SILENT: Final = Reason(
    "The owner's server does not answer; try again in a moment.", ("owner-silent",)
)


def cancelled_by(name: str) -> Reason:
    """A person took it out of the queue."""
    return Reason(f"{name} cancelled it.", ("cancelled-by", name))


def asked_of(name: str) -> Reason:
    """The kernel's question is for somebody else."""
    return Reason(f"{name} ran this cell and is here to answer.", ("asked-of", name))


def not_saving(error: object) -> Reason:
    """The store cannot make anything durable."""
    return Reason(f"{NOT_SAVING} {error}", ("not-saving", str(error)))


def owner_away(owner: str) -> Reason:
    """The server of a document's owner is stopped."""
    sentence = (
        f"{owner}'s server is stopped, so nothing can be run there. Nothing is started by itself "
        "when it is back; ask again then."
    )
    return Reason(sentence, ("owner-away", owner))


def owner_away_ask(owner: str) -> Reason:
    """The same, where the owner could let the person have it started, and does not."""
    sentence = (
        f"{owner}'s server is stopped, so nothing can be run there. Ask {owner} to start it, or to allow in "
        "the Share dialog that it is started for your runs."
    )
    return Reason(sentence, ("owner-away-ask", owner))


def owner_starts(owner: str) -> Reason:
    """The server of a document's owner is being started for a run."""
    return Reason(f"Starting {owner}'s server…", ("owner-starts", owner))


def owner_crowded(owner: str) -> Reason:
    """Too many wait for it already."""
    sentence = (
        f"Very many wait for {owner}'s server to start already, so this was not run. Run it again when the "
        "server is there."
    )
    return Reason(sentence, ("owner-crowded", owner))


def owner_late(owner: str) -> Reason:
    """It was not there in time."""
    sentence = (
        f"{owner}'s server was not there in time, so nothing was run. It may still be starting; try again "
        "in a while."
    )
    return Reason(sentence, ("owner-late", owner))


def owner_not_started(owner: str) -> Reason:
    """It failed."""
    sentence = (
        f"{owner}'s server could not be started, so nothing was run. Tell {owner}, or try again."
    )
    return Reason(sentence, ("owner-not-started", owner))


def owner_start_refused(owner: str) -> Reason:
    """The Hub does not let the service start it."""
    sentence = (
        f"The Hub did not let {owner}'s server be started, so nothing was run. Tell {owner}, or whoever looks "
        "after the Hub."
    )
    return Reason(sentence, ("owner-start-refused", owner))


def owner_asked_too_often(owner: str) -> Reason:
    """It was started for runs too often."""
    sentence = (
        f"{owner}'s server was started for runs too often of late, so nothing was run. Ask {owner} to "
        "start it, or try again in ten minutes."
    )
    return Reason(sentence, ("owner-too-often", owner))


def owner_given_up(owner: str) -> Reason:
    """Whoever asked did not want to wait any longer."""
    sentence = f"You stopped waiting for {owner}'s server; nothing was run."
    return Reason(sentence, ("owner-given-up", owner))


def owner_went_away(owner: str) -> Reason:
    """The server of a document's owner stopped while it was asked something."""
    sentence = (
        f"{owner}'s server went away before it answered. When it is back, the queue says "
        "whether this is run."
    )
    return Reason(sentence, ("owner-went-away", owner))


def not_started(error: object) -> Reason:
    """The server cannot start a kernel."""
    return Reason(f"The kernel could not be started: {error}", ("kernel-not-started", str(error)))


def not_restarted(error: object) -> Reason:
    """The server cannot start a kernel anew."""
    return Reason(
        f"The kernel could not be restarted: {error}", ("kernel-not-restarted", str(error))
    )


def not_interrupted(error: object) -> Reason:
    """The server cannot interrupt a kernel."""
    return Reason(
        f"The kernel could not be interrupted: {error}", ("kernel-not-interrupted", str(error))
    )


def unusable(error: object) -> Reason:
    """A kernel is there and cannot be had."""
    return Reason(f"The kernel cannot be used: {error}", ("kernel-unusable", str(error)))


def unreachable(error: object) -> Reason:
    """A kernel is there and does not let itself be connected to."""
    return Reason(f"The kernel does not answer: {error}", ("kernel-unreachable", str(error)))


def went_wrong(error: object) -> Reason:
    """Something that nobody thought of; all that is known of it is what it says itself."""
    return Reason(f"Something went wrong on the server: {error}")


def unavailable(reason: Reason) -> KernelUnavailable:
    """The error that says so."""
    return KernelUnavailable(reason.sentence, reason.why)


def reason_of(error: TandemError) -> Reason:
    """What an error says."""
    why = error.why if isinstance(error, KernelUnavailable) else ()
    return Reason(str(error), why)
