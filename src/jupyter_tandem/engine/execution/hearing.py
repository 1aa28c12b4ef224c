"""Whom it concerns what a kernel says: the run under way, displays, widgets, or whoever is asked."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.engine.execution.attempt import Attempt
from jupyter_tandem.engine.execution.displays import Displays
from jupyter_tandem.engine.execution.link import KernelLink
from jupyter_tandem.engine.execution.question import Questions
from jupyter_tandem.engine.execution.widgets import WidgetFiller
from jupyter_tandem.ports.kernels import KernelMessage

COMMS: Final = frozenset({"comm_open", "comm_msg", "comm_close"})
"""Messages between a kernel and the widgets in browsers, which need no server."""


class Hearing:
    """Hands on the messages of one document's kernel, and what it has learned of that kernel.

    Attributes:
        displays: Those of cells that have ended.
        widgets: Those that take what runs print.
    """

    def __init__(
        self, link: KernelLink, displays: Displays, widgets: WidgetFiller, questions: Questions
    ) -> None:
        """Nothing was said yet."""
        self._link = link
        self._questions = questions
        self.displays = displays
        self.widgets = widgets

    def heard(self, message: KernelMessage, attempt: Attempt | None) -> None:
        """Take a message; ``attempt`` is the run under way."""
        ours = attempt is not None and message.parent == attempt.run.message
        if attempt is not None and ours:
            attempt.goes_on()
        if message.kind == "status":
            state = str(message.content.get("execution_state", ""))
            # Beside a cell a kernel answers other requests, and says that it is idle after each.
            if state != "idle" or attempt is None or ours:
                self._link.state_changed(state)
        if message.kind == "update_display_data":
            self.displays.update(message.content, attempt)
        elif message.kind in COMMS:
            self.widgets.heard(message)
        elif attempt is not None and ours:
            self._heard_of_run(attempt, message)

    def forget(self) -> None:
        """The kernel is another one."""
        self.displays.clear()
        self.widgets.clear()

    def close(self) -> None:
        """Do nothing more by itself."""
        self.displays.close()
        self.widgets.close()

    # -- inside ------------------------------------------------------------------------------------

    def _heard_of_run(self, attempt: Attempt, message: KernelMessage) -> None:
        if self.widgets.take(message):
            return
        if message.kind == "input_request":
            content = message.content
            prompt = str(content.get("prompt", ""))
            self._questions.ask(attempt.run, prompt, password=bool(content.get("password")))
        else:
            attempt.heard(message)
