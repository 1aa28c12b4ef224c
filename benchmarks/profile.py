"""Where a server's time goes while it fans out: a table of shares, from py-spy.

    python -m benchmarks.profile [--readers 50] [--rate 200] [--seconds 8]

py-spy looks at the process 500 times a second from outside; it needs the right to (root, or ``kernel.yama.ptrace_scope=0``).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.fanout import on_tandem, typing
from benchmarks.jupyter import running

_HZ: Final = 500
_SHOWN: Final = 18


async def profile(readers: int, rate: float, seconds: float) -> list[str]:
    """Stacks of the server, folded: frames from the outermost on, and how often they were seen."""
    async with running() as server, on_tandem(server, "profile.txt", readers) as gathering:
        await typing(gathering, rate, round(rate))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "stacks")
            spy = await asyncio.create_subprocess_exec(
                *(str(Path(sys.executable).with_name("py-spy")), "record", "--format", "raw"),
                *("--rate", str(_HZ), "--duration", str(round(seconds))),
                *("--pid", str(server.process.pid), "--output", str(file)),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            traffic = await typing(gathering, rate, round(rate * (seconds + 1)))
            if await spy.wait() != 0:
                raise RuntimeError("py-spy could not look at the server")
            print(f"{traffic.per_10k:.3f} CPU seconds per 10,000 deliveries", file=sys.stderr)
            stacks = await asyncio.to_thread(file.read_text, encoding="utf-8")
            return stacks.splitlines()


_PARTS: Final = (
    (
        "the system's writing to sockets",
        # The call has no frame of its own: what it takes shows in the function around it.
        ("write_to_fd (", "SocketLine.write (", "write (asyncio", "writelines ("),
    ),
    ("the system's reading from sockets", ("read_from_fd (", "SocketLine._readable (")),
    ("the CRDT", ("pycrdt/",)),
    (
        "reading and checking frames and updates",
        ("protocol/", "core/intake", "adapters/server/websocket_message"),
    ),
    ("the room's decisions", ("core/",)),
    ("connections", ("adapters/server/", "tornado/", "websockets/", "picows")),
    ("turns, fan-out and group commit", ("engine/",)),
    (
        "handing over to the journal's thread",
        ("concurrent/", "adapters/store", "queue", "threading"),
    ),
    ("the event loop", ("asyncio/", "selectors", "uvloop")),
)
"""What a stack belongs to: the first of these that its innermost frame with any of them names."""


def shares(stacks: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each part and each function was at work on the event loop's thread; waiting is no work."""
    parts: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for stack in stacks:
        path, _, times = stack.rpartition(" ")
        frames = [_function(frame) for frame in path.split(";")]
        if frames[0].startswith("Thread.") or ".select (" in frames[-1]:
            continue
        own[frames[-1]] += int(times)
        parts[part_of(frames)] += int(times)
    return parts, own


def part_of(frames: Sequence[str]) -> str:
    """What a stack, from the outermost frame on, is counted for."""
    for frame in reversed(frames):
        for part, signs in _PARTS:
            if any(sign in frame for sign in signs):
                return part
    return "other"


def _function(frame: str) -> str:
    """Function and file, without the line."""
    name, _, place = frame.rpartition(" (")
    path = place.rstrip(")").partition(":")[0]
    for root in ("jupyter_tandem/", "site-packages/", "python3."):
        if root in path:
            path = path.rpartition(root)[2]
    return f"{name} ({path})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    parts, own = shares(uvloop.run(profile(given.readers, given.rate, given.seconds)))
    for counted in (parts, own):
        print("\n% of the event loop's time at work")
        for name, times in counted.most_common(_SHOWN):
            print(f"{100 * times / counted.total():6.1f}  {name}")


if __name__ == "__main__":
    main()
