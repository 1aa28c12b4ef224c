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
from collections.abc import Iterable
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


def shares(stacks: Iterable[str]) -> tuple[Counter[str], Counter[str], int]:
    """How often each function was at work itself, how often it or what it called was, and how often anything was.

    Waiting for the network is not work, nor is a thread that waits for something to do.
    """
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    total = 0
    for stack in stacks:
        path, _, times = stack.rpartition(" ")
        frames = [_function(frame) for frame in path.split(";")]
        if frames[-1].startswith(("select (", "_worker (", "wait (", "run_until_complete (")):
            continue
        total += int(times)
        own[frames[-1]] += int(times)
        for frame in set(frames):
            within[frame] += int(times)
    return own, within, total


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
    own, within, total = shares(uvloop.run(profile(given.readers, given.rate, given.seconds)))
    for title, counted in (("itself", own), ("with what it calls", within)):
        print(f"\n{title}, % of the time at work")
        for name, times in counted.most_common(_SHOWN):
            print(f"{100 * times / total:6.1f}  {name}")


if __name__ == "__main__":
    main()
