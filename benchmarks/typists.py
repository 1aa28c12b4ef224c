"""A hundred people at work: fifty documents, five people in each, two edits a second from each, and what that costs whoever serves them.

An edit's delay is the time from when it is sent until the last of the others has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from pycrdt import Array, Doc, Text

from benchmarks.process import Process
from jupyter_tandem.protocol import frames as f

PEOPLE: Final = 100
DOCUMENTS: Final = 50
IN_EACH: Final = 5
EDITS_PER_S: Final = 2.0

_WARM_UP_S: Final = 5.0
_READY_S: Final = 60.0


class Typist:
    """One person in one document.

    Attributes:
        ready: Set when the document is here.
    """

    def __init__(self, send: Callable[[bytes], None]) -> None:
        """Talk to the document's room through ``send``, which takes frames of the wire protocol."""
        self._send = send
        self._doc: Doc[Any] = Doc()
        self.ready = asyncio.Event()

    def take(self, frame: bytes) -> None:
        """Answer what the room asks; enough of a front end to be let in and to type."""
        if frame[:2] == b"\x00\x00":
            message = f.decode_server(frame)
            assert isinstance(message, f.SyncStep1)
            self._say(f.SyncStep1(self._doc.get_state()))
            self._say(f.SyncStep2(self._doc.get_update(message.state_vector)))
        elif frame[:1] == b"\x00" and not self.ready.is_set():
            # The answer may come in parts, and ends with the SyncStep2.
            message = f.decode_server(frame)
            assert isinstance(message, f.Update | f.SyncStep2)
            self._doc.apply_update(message.update)
            if isinstance(message, f.SyncStep2):
                self.ready.set()

    def type(self, mark: str) -> None:
        """Type a mark that is found again in what others get."""
        before = self._doc.get_state()
        source: Text = self._doc.get("cells", type=Array)[0]["source"]
        source.insert(0, mark)
        self._say(f.Update(self._doc.get_update(before)))

    def _say(self, message: f.ClientMessage) -> None:
        self._send(f.encode(message))


class Marks:
    """When each edit was sent, and when the others had it.

    Attributes:
        arrived: Set while the others have all of them.
    """

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self._sent: dict[bytes, tuple[float, int]] = {}
        self._numbers = itertools.count(10_000_000)
        self.delays_s: list[float] = []

    def next(self) -> str:
        """A mark that is sent now."""
        mark = f"<{next(self._numbers)}>"
        self._sent[mark.encode()] = (time.perf_counter(), IN_EACH - 1)
        self.arrived.clear()
        return mark

    def seen(self, frame: bytes) -> None:
        """A frame has arrived."""
        start = frame.find(b"<")
        while start >= 0:
            mark = frame[start : start + 10]
            known = self._sent.get(mark)
            if known is not None:
                at, left = known
                if left == 1:
                    del self._sent[mark]
                    self.delays_s.append(time.perf_counter() - at)
                else:
                    self._sent[mark] = (at, left - 1)
            start = frame.find(b"<", start + 1)
        if not self._sent:
            self.arrived.set()

    @property
    def missing(self) -> int:
        """Edits that not everybody has got."""
        return len(self._sent)


def members(number: int) -> list[int]:
    """Who is in a document; everybody is in two or three."""
    return [(number * 2 + step * 21) % PEOPLE for step in range(IN_EACH)]


async def working(
    process: Process, typists: Sequence[Typist], marks: Marks, seconds: float
) -> dict[str, float]:
    """What ``process`` takes while all of them type, and how long their edits are on their way."""
    for typist in typists:
        await asyncio.wait_for(typist.ready.wait(), _READY_S)
    typing = [asyncio.ensure_future(_type(one, marks, n)) for n, one in enumerate(typists)]
    await asyncio.sleep(_WARM_UP_S)
    marks.delays_s.clear()
    cpu_s, began = process.cpu_s(), time.perf_counter()
    await asyncio.sleep(seconds)
    lasted = time.perf_counter() - began
    cpu = (process.cpu_s() - cpu_s) / lasted
    delays = sorted(marks.delays_s)
    rss = process.rss_bytes()
    for task in typing:
        task.cancel()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(marks.arrived.wait(), _READY_S)
    return {
        "people": PEOPLE,
        "edits_per_s": len(delays) / lasted,
        "cpu_percent": cpu * 100,
        "rss_mb": rss / 1e6,
        "delay_p50_ms": statistics.median(delays) * 1000,
        "delay_p99_ms": delays[int(len(delays) * 0.99)] * 1000,
        "edits_missing": marks.missing,
    }


async def _type(typist: Typist, marks: Marks, number: int) -> None:
    """Type at an even pace; people do not all press their keys at once."""
    pace_s = 1 / EDITS_PER_S
    await asyncio.sleep(pace_s * (number % 100) / 100)
    while True:
        typist.type(marks.next())
        await asyncio.sleep(pace_s)
