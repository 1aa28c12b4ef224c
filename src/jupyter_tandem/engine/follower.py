"""An unseen reader of a room: hands every edit to somebody else in this process."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.protocol.frames import SyncStep1, SyncStep2, Update, decode_server, encode
from jupyter_tandem.types import Rights, Role, User

_SERVER = User("", "Jupyter Server", "Jupyter Server", "JS")


class Follower:
    """A channel into this process. Holds its room in memory for as long as it follows."""

    def __init__(self, on_update: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        """Call ``on_update`` with every Yjs update and ``on_closed`` when the room has gone."""
        self._on_update = on_update
        self._on_closed = on_closed
        self._leave: Callable[[], None] | None = None

    @property
    def backlog_bytes(self) -> int:
        """Nothing ever waits."""
        return 0

    def follow(self, live: LiveRoom, state_vector: bytes) -> None:
        """Follow ``live`` from what ``state_vector`` says is known already."""
        session = live.join(_SERVER, Rights.of(Role.VIEWER), Dialect.STOCK, live.lineage, self)
        self._leave = lambda: live.leave(session)
        live.receive(session, encode(SyncStep1(state_vector)))

    def send(self, frame: bytes) -> None:
        """Take what the room says."""
        match decode_server(frame):
            case Update(update) | SyncStep2(update):
                self._on_update(update)
            case _:
                pass

    def close(self, code: int, reason: str) -> None:  # noqa: ARG002
        """The room has gone."""
        self._leave = None
        self._on_closed()

    def stop(self) -> None:
        """Follow no more."""
        if self._leave is not None:
            leave, self._leave = self._leave, None
            leave()
