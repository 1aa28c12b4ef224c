"""What people can set on a Jupyter Server, with units (docs/reference/settings.md)."""

from __future__ import annotations

from typing import Any, cast

from traitlets import Bool, Float, Integer, TraitType, Unicode
from traitlets.config import Configurable

from jupyter_tandem.adapters.server.file_watch import POLL_S
from jupyter_tandem.core.big_output import BIG_OUTPUT_BYTES
from jupyter_tandem.core.execution.overflow import OUTPUT_BYTES
from jupyter_tandem.engine.door import RECHECK_S
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.protocol.limits import Limits

_LIMITS = Limits()
_ROOMS = RoomSettings()
_SAVE = SaveSettings()


def _seconds(default: float, text: str, least: float = 0.0) -> Any:
    return Float(default, min=least, help=f"{text} In seconds.").tag(config=True)


def _number(default: int, text: str, least: int = 1) -> Any:
    return Integer(default, min=least, help=text).tag(config=True)


class TandemSettings(Configurable):
    """Delays and bounds; set them as ``c.TandemApp.<name>``."""

    store_dir = Unicode(
        "",
        help=(
            "Folder of the journals, one folder in it per served root. Must not lie below a served root. "
            "Empty: `tandem` in the user's Jupyter data directory."
        ),
    ).tag(config=True)

    save_quiet_s = _seconds(
        _SAVE.quiet_s, "Pause in typing after which a document is written to its file."
    )
    save_latest_s = _seconds(
        _SAVE.latest_s, "Longest time an edit waits for its file while typing goes on."
    )
    room_idle_s = _seconds(
        _ROOMS.idle_s, "How long a document stays in memory after the last person left."
    )
    access_check_s = _seconds(
        RECHECK_S,
        "How often the authorizer is asked whether those who are connected still may be.",
        least=0.1,
    )
    file_poll_s = _seconds(
        POLL_S,
        "How often files are looked at where the system gives no notice of changes.",
        least=0.5,
    )
    stop_s = _seconds(
        2.5, "Longest time saving may take when the server stops; the journal has everything."
    )

    return_memory = Bool(
        True,
        help=(
            "Whether large blocks of memory go back to the system as soon as they are free, and small ones a few "
            "seconds later. It concerns the whole server; where the environment says how memory is allocated, that "
            "counts."
        ),
    ).tag(config=True)

    spare_collector = Bool(
        True,
        help=(
            "Whether Python's garbage collector leaves alone what the server has set up when it begins: looking through "
            "it makes everybody wait for a tenth of a second, again and again. It concerns the whole server."
        ),
    ).tag(config=True)

    switch_often = Bool(
        True,
        help=(
            "Whether threads that wait for Python's interpreter get it after a fifth of a millisecond instead of five: "
            "the event loop waits for it at every message it sends while a large notebook is read or written. It "
            "concerns the whole server."
        ),
    ).tag(config=True)

    most_rooms = _number(_ROOMS.rooms, "Most documents in memory; one more is refused politely.")
    frame_bytes = _number(
        _LIMITS.frame_bytes,
        "Longest WebSocket message in bytes. Stock clients send a whole notebook in one.",
        least=1024,
    )
    document_bytes = _number(
        _LIMITS.document_bytes, "Most bytes of edits a document may hold.", least=1024
    )
    awareness_bytes = _number(
        _LIMITS.awareness_bytes, "Longest awareness message in bytes.", least=256
    )
    history_entries = _number(
        _ROOMS.history_entries, "Most edits of a document that are kept for its history.", least=0
    )
    history_bytes = _number(_ROOMS.history_bytes, "Most bytes of such edits.", least=0)

    hub_file_bytes = _number(
        100_000_000,
        "Largest file of a folder shared across a JupyterHub that is sent to others, in bytes.",
        least=0,
    )

    output_bytes = _number(
        OUTPUT_BYTES,
        "Most bytes of text that are kept of what one cell prints; the last 64 kB are kept besides.",
        least=1024,
    )

    big_output_bytes = _number(
        BIG_OUTPUT_BYTES,
        "An output with more bytes is kept beside its notebook's document and fetched when it comes into view.",
        least=1024,
    )

    def limits(self) -> Limits:
        """What one connection may send."""
        return Limits(
            frame_bytes=cast("int", self.frame_bytes),
            awareness_bytes=cast("int", self.awareness_bytes),
            document_bytes=cast("int", self.document_bytes),
        )

    def rooms(self) -> RoomSettings:
        """How rooms live."""
        return RoomSettings(
            idle_s=cast("float", self.room_idle_s),
            rooms=cast("int", self.most_rooms),
            history_entries=cast("int", self.history_entries),
            history_bytes=cast("int", self.history_bytes),
            limits=self.limits(),
        )

    def save(self) -> SaveSettings:
        """When files are written."""
        return SaveSettings(
            quiet_s=cast("float", self.save_quiet_s), latest_s=cast("float", self.save_latest_s)
        )


def described() -> list[tuple[str, str, str]]:
    """Name, default and help of every setting, for the reference page."""
    traits: dict[str, TraitType[Any, Any]] = TandemSettings.class_own_traits(config=True)
    return [
        (name, repr(trait.default_value), str(trait.help)) for name, trait in sorted(traits.items())
    ]
