"""What the signaling server costs: memory of idle connections, latency of messages, and under attack.

    python -m benchmarks.signaling [--connections 5000] [--rate 1000] [--seconds 20] [--attack]
    python -m benchmarks.signaling --url ws://127.0.0.1:4444 --pid 1234     # another server

Clients come from many loopback addresses (127.0.0.0/8 is one network on Linux), so the server runs with
its default limits. The attack is made by a second process: floods of messages, garbage, messages of
10 MB, as many topics as it is let, and connections that never say anything.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil

from benchmarks.signaling_client import RawClient, connect

ROOM = 4
PAYLOAD = "v=0 " + "a=candidate:1 1 udp 2113937151 198.51.100.7 54321 typ host " * 32
"""Some 2 kB, as an offer has."""

PER_ADDRESS = 200


@dataclass
class Latency:
    """Seconds between a publish and its arrival at another client."""

    seconds: list[float] = field(default_factory=list)
    expected: int = 0

    def report(self, title: str) -> None:
        ordered = sorted(self.seconds)
        if not ordered:
            print(f"{title}: nothing arrived")
            return

        def at(share: float) -> float:
            return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

        print(
            f"{title}: p50 {at(0.5):.2f} ms, p99 {at(0.99):.2f} ms, p99.9 {at(0.999):.2f} ms, "
            f"longest {1000 * ordered[-1]:.1f} ms; {len(ordered)} of {self.expected} copies arrived"
        )


def address(number: int) -> str:
    return f"127.1.{number // PER_ADDRESS // 250}.{1 + number // PER_ADDRESS % 250}"


async def open_clients(url: str, count: int) -> list[RawClient]:
    clients: list[RawClient] = []
    for start in range(0, count, 50):
        numbers = range(start, min(count, start + 50))
        clients += await asyncio.gather(*(connect(url, address(number)) for number in numbers))
        await asyncio.sleep(0.02)
    for number, client in enumerate(clients):
        client.send_json({"type": "subscribe", "topics": [f"room-{number // ROOM}"]})
    await asyncio.gather(*(client.ping() for client in clients))
    return clients


async def measure(
    clients: list[RawClient], rate: float, seconds: float, latency: Latency | None = None
) -> Latency:
    latency = Latency() if latency is None else latency

    def take(message: bytes) -> None:
        sent = json.loads(message)["data"]["sent"]
        latency.seconds.append(time.perf_counter() - sent)

    for client in clients:
        client.on_message = take
    chance = random.Random(1)
    begin = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        which = chance.randrange(len(clients) // ROOM * ROOM)
        data = {"sent": time.perf_counter(), "sdp": PAYLOAD}
        topic = f"room-{which // ROOM}"
        clients[which].send_json({"type": "publish", "topic": topic, "data": data})
        latency.expected += ROOM
    await asyncio.sleep(1)
    return latency


async def attack(url: str) -> None:
    """Break every rule at once, from addresses of its own, until stopped."""
    kinds = (flood, garbage, elephant, topics, silence)
    await asyncio.gather(
        *(
            again(kind, url, f"127.9.{number}.{index + 1}")
            for number in range(4)
            for index, kind in enumerate(kinds)
        )
    )


async def again(kind: object, url: str, source: str) -> None:
    while True:
        with contextlib.suppress(OSError, asyncio.TimeoutError, EOFError):
            await kind(url, source)  # type: ignore[operator]
        await asyncio.sleep(0.05)


async def flood(url: str, source: str) -> None:
    client = await connect(url, source)
    client.send_json({"type": "subscribe", "topics": ["flood"]})
    message = {"type": "publish", "topic": "flood", "data": "x" * 100}
    while not client.closed.is_set():
        for _ in range(100):
            client.send_json(message)
        await asyncio.sleep(0)


async def garbage(url: str, source: str) -> None:
    client = await connect(url, source)
    client.transport.write(random.randbytes(20_000))
    await asyncio.wait_for(client.closed.wait(), 5)


async def elephant(url: str, source: str) -> None:
    client = await connect(url, source)
    client.send(b"x" * 10_000_000)
    await asyncio.wait_for(client.closed.wait(), 5)


async def topics(url: str, source: str) -> None:
    clients = [await connect(url, source) for _ in range(20)]
    for turn in range(500):
        for number, client in enumerate(clients):
            names = [f"{source}-{turn}-{number}-{index}" for index in range(100)]
            client.send_json({"type": "subscribe", "topics": names})
        await asyncio.sleep(0.02)


async def silence(url: str, source: str) -> None:
    where = urlsplit(url)
    opened = await asyncio.gather(
        *(
            asyncio.open_connection(where.hostname, where.port, local_addr=(source, 0))
            for _ in range(300)
        ),
        return_exceptions=True,
    )
    await asyncio.sleep(5)
    for stream in opened:
        if not isinstance(stream, BaseException):
            stream[1].close()


@contextlib.contextmanager
def our_server(options: list[str]):  # noqa: ANN201
    command = [sys.executable, "-m", "jupyter_tandem.hosts.signal", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(
        [*command, "--allow-no-origin", "--log-level", "WARNING", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield server.stdout.readline().split()[-1], server.pid
    finally:
        server.terminate()
        began = time.perf_counter()
        code = server.wait(30)
        print(f"SIGTERM to exit {code}: {time.perf_counter() - began:.1f} s")


def mib(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 2**20


async def measure_and_report(
    clients: list[RawClient], pid: int, given: argparse.Namespace, title: str
) -> None:
    before = psutil.Process(pid).cpu_times()
    began = time.perf_counter()
    latency = await measure(clients, given.rate, given.seconds)
    after = psutil.Process(pid).cpu_times()
    busy_s = after.user + after.system - before.user - before.system
    latency.report(title)
    share = 100 * busy_s / (time.perf_counter() - began)
    print(f"    server: {share:.0f} % of a core, {mib(pid):.0f} MiB")


async def run(url: str, pid: int, given: argparse.Namespace) -> None:
    before = mib(pid)
    began = time.perf_counter()
    clients = await open_clients(url, given.connections)
    took = time.perf_counter() - began
    await asyncio.sleep(2)
    idle = mib(pid)
    print(
        f"{len(clients)} idle connections, each subscribed: {idle:.0f} MiB "
        f"({before:.0f} at rest, {(idle - before) * 1024 / len(clients):.1f} KiB each; "
        f"opened in {took:.1f} s)"
    )
    await measure_and_report(clients, pid, given, f"{given.rate:g} messages/s to rooms of {ROOM}")
    if given.attack:
        # Niced: attackers have machines of their own.
        command = [
            "nice",
            "-n",
            "15",
            sys.executable,
            "-m",
            "benchmarks.signaling",
            "--attacker",
            "--url",
            url,
        ]
        attacker = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        try:
            await measure_and_report(clients, pid, given, "first seconds of an attack")
            await measure_and_report(clients, pid, given, "the attack going on")
        finally:
            attacker.kill()
            await attacker.wait()
    alive = sum(not client.closed.is_set() for client in clients)
    print(f"{alive} of {len(clients)} connections still open")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=1_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--attack", action="store_true")
    parser.add_argument("--attacker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url")
    parser.add_argument("--pid", type=int)
    given, options = parser.parse_known_args()
    if given.attacker:
        asyncio.run(attack(given.url))
    elif given.url:
        asyncio.run(run(given.url, given.pid, given))
    else:
        with our_server(options) as (url, pid):
            asyncio.run(run(url, pid, given))


if __name__ == "__main__":
    main()
