"""What is printed inside an output widget of ipywidgets belongs to the widget, not to the cell (RUN-36).

The widget says by its ``msg_id`` whose outputs it takes, and shows its ``outputs``; both are part of its state, which
travels as comm messages (the widget messaging protocol, ``jupyter.widget``). Whoever has the code run fills it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jupyter_tandem.core.execution.outputs import MOST_OUTPUTS, CellOutputs
from jupyter_tandem.core.execution.overflow import TAIL_CHARACTERS

_TARGET: Final = "jupyter.widget"
_MODEL: Final = "OutputModel"
_TAKEN: Final = frozenset({"stream", "display_data", "execute_result", "error", "clear_output"})
_UPDATES: Final = frozenset({"update", "echo_update"})


class OutputWidgets:
    """The output widgets of one kernel."""

    def __init__(self, limit: int) -> None:
        """None is known; ``limit`` bytes of text are kept of what one takes from one run, twice as much in all."""
        self._limit = limit
        self._in_all = 2 * (limit + TAIL_CHARACTERS)
        self._contents: dict[str, CellOutputs] = {}
        self._takers: dict[str, list[str]] = {}
        self._changed: set[str] = set()

    def clear(self) -> None:
        """The kernel is another one."""
        self._contents.clear()
        self._takers.clear()
        self._changed.clear()

    def heard(self, kind: str, content: Mapping[str, Any], *, own: bool) -> None:
        """Take a comm message of the kernel; others change nothing.

        Args:
            kind: The message's type.
            content: As the kernel sent it.
            own: Whether it follows from a request of ours; an echo of what we said ourselves is no news.
        """
        comm, data = content.get("comm_id"), content.get("data")
        if not isinstance(comm, str) or not isinstance(data, dict):
            return
        state = data.get("state")
        if kind == "comm_close":
            self._forget(comm)
        elif own and data.get("method") == "echo_update":
            return
        elif isinstance(state, dict) and self._is_known_as(comm, kind, content, state):
            # All of its state a kernel tells because somebody asked; it may not know yet what we have to say.
            assigned = data.get("method") == "update" and "_model_name" not in state
            self._take_state(comm, state, assigned=assigned)

    def take(self, parent: str, kind: str, content: Mapping[str, Any]) -> bool:
        """Whether a widget takes an output of the request ``parent``: the one that was entered last."""
        takers = self._takers.get(parent)
        if not takers or kind not in _TAKEN:
            return False
        self._contents[takers[-1]].take(kind, content)
        self._changed.add(takers[-1])
        return True

    def finish(self) -> None:
        """The run has ended: show the end of what was too much, and keep as much of the next one."""
        self._changed.update(
            comm for comm, contents in self._contents.items() if contents.begin_anew()
        )

    def changes(self) -> dict[str, dict[str, Any]]:
        """The state to send to the kernel, by comm id; taken as done."""
        changed, self._changed = self._changed, set()
        for comm in changed:
            # The other half is room for what comes until the next time.
            self._contents[comm].keep_newest(self._in_all, MOST_OUTPUTS // 2)
        return {comm: {"outputs": self._contents[comm].whole()} for comm in changed}

    # -- inside ------------------------------------------------------------------------------------

    def _is_known_as(
        self, comm: str, kind: str, content: Mapping[str, Any], state: Mapping[str, Any]
    ) -> bool:
        if kind == "comm_open":
            return content.get("target_name") == _TARGET and state.get("_model_name") == _MODEL
        updates = kind == "comm_msg" and content["data"].get("method") in _UPDATES
        # One that was made before anybody listened: only output widgets have a ``msg_id``.
        return updates and (comm in self._contents or "msg_id" in state)

    def _take_state(self, comm: str, state: Mapping[str, Any], *, assigned: bool) -> None:
        outputs = state.get("outputs")
        news = isinstance(outputs, list) and (assigned or comm not in self._changed)
        if comm not in self._contents or news:
            contents = self._contents[comm] = CellOutputs(self._limit)
            contents.resume([o for o in outputs or () if isinstance(o, dict)])
            self._changed.discard(comm)
        if "msg_id" in state:
            self._takes(comm, state["msg_id"])

    def _takes(self, comm: str, parent: object) -> None:
        for takers in self._takers.values():
            if comm in takers:
                takers.remove(comm)
        self._takers = {key: takers for key, takers in self._takers.items() if takers}
        if isinstance(parent, str) and parent:
            self._takers.setdefault(parent, []).append(comm)

    def _forget(self, comm: str) -> None:
        self._takes(comm, "")
        self._contents.pop(comm, None)
        self._changed.discard(comm)
