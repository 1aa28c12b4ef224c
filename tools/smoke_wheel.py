"""Install a built wheel into an empty environment and see that JupyterLab comes up with it.

    python tools/smoke_wheel.py dist/jupyter_tandem-*.whl

Uses the standard library only: nothing of the checkout may help the wheel. Every folder Jupyter
reads or writes lies in a temporary one, so the machine's own configuration plays no part.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEXTENSION = "@jupyter-tandem/lab-extension"
NOTEBOOK = "smoke.ipynb"
START_TIMEOUT_S = 90.0  # a first start compiles every module on a cold disk
STOP_TIMEOUT_S = 3.0  # what Tandem promises for SIGTERM
POLL_S = 0.2
NOT_FOUND = 404


class SmokeError(Exception):
    """The installed wheel does not do what it must; the message says what was seen."""


class Answer(NamedTuple):
    """What the server said: the status, and the body as text."""

    status: int
    body: str

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


class Server(NamedTuple):
    """A running server: where it listens, its token and its process."""

    url: str
    token: str
    process: subprocess.Popen[bytes]

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send one request with the token; an HTTP error is an answer like any other."""
        request = urllib.request.Request(  # noqa: S310 - the URL is our own server's
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
                return Answer(reply.status, reply.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args(arguments).wheel.resolve()
    with tempfile.TemporaryDirectory(prefix="tandem-smoke-") as folder:
        try:
            examine(wheel, Path(folder))
        except SmokeError as error:
            print(f"smoke: {error}", file=sys.stderr)
            return 1
    print("smoke: the wheel installs, starts, serves and stops")
    return 0


def examine(wheel: Path, folder: Path) -> None:
    binaries = install(wheel, folder)
    check_nothing_else_came(binaries)
    check_labextension(binaries, folder)
    check_command(binaries, folder)
    with running(binaries, folder) as server:
        expect(server.ask("GET", "api/status").status == 200, "/api/status does not answer")
        check_page(server)
        check_collaboration(server)
    print("smoke: the server stopped by itself")


def install(wheel: Path, folder: Path) -> Path:
    """Return the folder of programs of a new environment that holds the wheel and JupyterLab."""
    print(f"smoke: installing {wheel.name} into an empty environment", flush=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    binaries = folder / "venv/bin"
    python = binaries / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "-qq")
    subprocess.run([*pip, "install", wheel, "jupyterlab>=4.6,<5"], check=True)
    return binaries


def check_nothing_else_came(binaries: Path) -> None:
    listing = run(binaries, "pip", "list", "--format", "json", env=dict(os.environ))
    names = {package["name"].lower().replace("_", "-") for package in json.loads(listing)}
    rivals = names & {"jupyter-server-ydoc", "jupyter-server-documents"}
    expect(not rivals, f"the wheel brings another server of rooms: {rivals}")


def check_labextension(binaries: Path, folder: Path) -> None:
    listing = run(binaries, "jupyter", "labextension", "list", env=environment(folder))
    lines = [line for line in listing.splitlines() if LABEXTENSION in line]
    well = len(lines) == 1 and "enabled" in lines[0] and "OK" in lines[0]
    expect(well, f"{LABEXTENSION} is not listed as enabled and OK:\n{listing}")


def check_command(binaries: Path, folder: Path) -> None:
    said = run(binaries, "jupyter", "tandem", "--help", env=environment(folder))
    expect("doctor" in said, f"`jupyter tandem --help` does not name its commands:\n{said}")


def check_page(server: Server) -> None:
    page = server.ask("GET", "lab")
    expect(LABEXTENSION in page.body, f"JupyterLab's page does not load {LABEXTENSION}")


def check_collaboration(server: Server) -> None:
    """See that it is Tandem that answers: the stock server opens a room for a missing file too."""
    kind = {"format": "json", "type": "notebook"}
    known = server.ask("PUT", f"api/collaboration/session/{NOTEBOOK}", kind)
    expect(known.status in {200, 201}, f"no session for a notebook: {known}")
    expect({"fileId", "sessionId"} <= set(known.json()), f"not the answer clients read: {known}")
    missing = server.ask("PUT", "api/collaboration/session/missing.ipynb", kind)
    expect(missing.status == NOT_FOUND, f"a session for a file that is not there: {missing}")


@contextlib.contextmanager
def running(binaries: Path, folder: Path) -> Iterator[Server]:
    """Start JupyterLab on a port of the system's choice; on leaving, see it stop in time."""
    served = folder / "served"
    served.mkdir()
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (served / NOTEBOOK).write_text(json.dumps(notebook), encoding="utf-8")
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(binaries / "jupyter", "lab", "--no-browser", "--allow-root"),
                *("--ServerApp.port=0", f"--ServerApp.root_dir={served}"),
            ],
            env=environment(folder, binaries),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield await_start(process, folder / "runtime")
        stop(process)
    except SmokeError as error:
        raise SmokeError(f"{error}\n-- log of the server --\n{log.read_text('utf-8')}") from error
    finally:
        process.kill()
        process.wait()


def await_start(process: subprocess.Popen[bytes], runtime: Path) -> Server:
    """Return the server as soon as its info file names the port and the port answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        expect(process.poll() is None, f"the server ended with status {process.returncode}")
        info = runtime / f"jpserver-{process.pid}.json"
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError, urllib.error.URLError):
            found = json.loads(info.read_text("utf-8"))
            server = Server(found["url"], found["token"], process)
            server.ask("GET", "api")
            return server
        time.sleep(POLL_S)
    raise SmokeError(f"the server did not start within {START_TIMEOUT_S:.0f} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise SmokeError(f"the server was still there {STOP_TIMEOUT_S} s after SIGTERM") from None


def environment(folder: Path, binaries: Path | None = None) -> dict[str, str]:
    """Return variables with which Jupyter knows no other folder than this one."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    own.pop("PYTHONPATH", None)
    path = own.get("PATH", os.defpath)
    return own | {
        "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "PATH": f"{binaries or folder / 'venv/bin'}{os.pathsep}{path}",
    }


def run(binaries: Path, program: str, *arguments: str, env: dict[str, str]) -> str:
    """Return what a program of the environment prints on both streams."""
    done = subprocess.run(
        [binaries / program, *arguments],
        env=env,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    expect(done.returncode == 0, f"`{program} {' '.join(arguments)}` failed:\n{done.stdout}")
    return done.stdout


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SmokeError(otherwise)


if __name__ == "__main__":
    sys.exit(main())
