"""How the threads of a server take turns at the interpreter."""

from __future__ import annotations

import sys
from typing import Final

SWITCH_S: Final = 0.0002
"""Who waits for the interpreter while another thread uses it gets it after so long. A fifth of a millisecond for each
connection that is written to is not felt by fifty readers, and costs the thread that works a few switches."""


def switch_often() -> None:
    """Let nobody keep the interpreter for longer than :data:`SWITCH_S` while others wait for it.

    Python's own five milliseconds (``sys.getswitchinterval``) come not once in a turn of the loop, but at every system
    call in it: with a thread at work on a notebook, an edit that goes to fifty people takes a quarter of a second. What
    somebody has set lower already is left.
    """
    if sys.getswitchinterval() > SWITCH_S:
        sys.setswitchinterval(SWITCH_S)
