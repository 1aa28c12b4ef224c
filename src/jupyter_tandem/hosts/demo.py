"""``jupyter tandem demo``: JupyterLab with an example folder, and a link for each of two people."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jupyter_tandem.hosts.demo_content import NOTEBOOK, make_folder

PEOPLE: Final = ("Ada Lovelace", "Grace Hopper")

# A browser keeps cookies by host name: with one name for both, the second link would make the first
# window's person the second one.
HOSTS: Final = ("localhost", "127.0.0.1")

FIRST_PORT: Final = 8888
_PORTS: Final = 200
_ENDINGS: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end the demo as Ctrl-C does: a closed terminal, or whoever started it."""

_START_S: Final = 60.0
_STOP_S: Final = 10.0


class DemoFailed(Exception):
    """The demo cannot go on; the message says what to do."""


def main() -> int:
    """The command ``python -m jupyter_tandem.hosts.demo``."""
    return run(sys.argv[1:])


def run(argv: Sequence[str]) -> int:
    """Start the demo and return when it was ended by Ctrl-C.

    Returns:
        0, or 1 when it could not start; the reason was printed.
    """
    parser = argparse.ArgumentParser(prog="jupyter tandem demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tandem-demo"))
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="first port to try")
    parser.add_argument("--verbose", action="store_true", help="show the server's log")
    options = parser.parse_args(argv)
    for number in _ENDINGS:
        signal.signal(number, signal.default_int_handler)
    try:
        _demonstrate(options.folder, options.port, verbose=options.verbose)
    except KeyboardInterrupt:
        print("\nEnded. Everything is saved; start it again and go on where you were.")
    except DemoFailed as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _demonstrate(folder: Path, first_port: int, *, verbose: bool) -> None:
    make_folder(folder)
    port = free_port(first_port)
    people = {secrets.token_urlsafe(16): name for name in PEOPLE}
    with tempfile.TemporaryDirectory(prefix="tandem-demo-") as scratch:
        config = Path(scratch) / "jupyter_server_config.json"
        config.touch(mode=0o600)
        config.write_text(json.dumps(server_config(folder, port, people)), encoding="utf-8")
        log = None if verbose else Path(scratch) / "server.log"
        with _server(config, log) as process:
            _wait_until_up(process, port, log)
            print(instructions(folder, links(port, people), process.pid), flush=True)
            process.wait()
            raise DemoFailed(
                f"{_tail(log)}\nThe server has ended by itself. "
                f"Start it again: everything that was shown as saved is there."
            )


def server_config(folder: Path, port: int, people: Mapping[str, str]) -> dict[str, object]:
    """What JupyterLab is started with."""
    provider = "jupyter_tandem.hosts.demo_identity.DemoIdentityProvider"
    return {
        "ServerApp": {
            "identity_provider_class": provider,
            "root_dir": str(folder.resolve()),
            "port": port,
            "port_retries": 0,
            "open_browser": False,
            "allow_root": True,
            "jpserver_extensions": {
                "jupyter_tandem": True,
                "jupyter_server_fileid": True,
                "jupyter_server_ydoc": False,
                "jupyter_server_documents": False,
            },
        },
        "DemoIdentityProvider": {"people": dict(people), "token": ""},
    }


def links(port: int, people: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and link of each person."""
    return [
        (name, f"http://{host}:{port}/lab/tree/{quote(NOTEBOOK)}?token={token}")
        for host, (token, name) in zip(HOSTS, people.items(), strict=True)
    ]


def instructions(folder: Path, found: Sequence[tuple[str, str]], server: int) -> str:
    """What is printed; ``server`` is its process id."""
    parts = [f"{name}\n  {link}" for name, link in found]
    return "\n\n".join(
        [
            f"JupyterLab is up; its files are in {folder}/. Open each link in a window of its own:",
            *parts,
            "Type in both. Ctrl-C here ends it; everything is kept for the next time.",
            f"It is also kept when you kill the server under your hands: kill -9 {server}",
        ]
    )


def free_port(first: int) -> int:
    """The first port from ``first`` on that nobody listens at.

    Raises:
        DemoFailed: there is none near.
    """
    for port in range(first, first + _PORTS):
        with socket.socket() as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOSTS[1], port))
            except OSError:
                continue
            return port
    raise DemoFailed(f"No port from {first} to {first + _PORTS - 1} is free; name one with --port.")


@contextlib.contextmanager
def _server(config: Path, log: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """JupyterLab in a process group of its own: Ctrl-C is for us, who then end it politely."""
    command = [sys.executable, "-m", "jupyter_tandem.hosts.demo_server", f"--config={config}"]
    with contextlib.ExitStack() as stack:
        output = None if log is None else stack.enter_context(log.open("wb"))
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and arguments)
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=os.name == "posix",
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path | None) -> None:
    deadline = time.monotonic() + _START_S
    while not _answers(port):
        if process.poll() is not None:
            raise DemoFailed(
                "JupyterLab did not start. Is it installed (pip install jupyterlab)?\n" + _tail(log)
            )
        if time.monotonic() > deadline:
            raise DemoFailed(f"JupyterLab did not answer within {_START_S:.0f} s.\n{_tail(log)}")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOSTS[1], port, timeout=2)
    try:
        connection.request("GET", "/api")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tail(log: Path | None) -> str:
    if log is None or not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


if __name__ == "__main__":
    sys.exit(main())
