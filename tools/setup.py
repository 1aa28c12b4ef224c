"""Bring a checkout to the state a make target needs; do nothing where nothing has changed.

    python3 tools/setup.py [python] [ui] [browser] [servers] [hub]

Runs before anything is installed, so it uses the standard library only. What a step depends on is
hashed, and the hash is kept in `.stamps/` when the step has succeeded.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = ROOT / ".stamps"
BUNDLE = ROOT / "src/jupyter_tandem/labextension"
INSTALLED_BUNDLE = VENV / "share/jupyter/labextensions/@jupyter-tandem/lab-extension"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)  # ESLint and Vite ask for it
SERVERS = {
    "redis-server": "redis-server",
    "nats-server": "nats-server",
    "turnserver": "coturn",
    "postgres": "postgresql",
}
# Where Debian puts programs that are not on everybody's PATH.
SERVER_FOLDERS = ("/usr/sbin", "/usr/lib/postgresql/*/bin")
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class SetupError(Exception):
    """Something is missing that this program cannot bring; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    steps: dict[str, Callable[[], None]] = {
        "python": python,
        "ui": ui,
        "browser": browser,
        "servers": servers,
        "hub": hub,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", metavar="|".join(steps), default=[])
    wanted = parser.parse_args(arguments).steps or list(steps)
    if unknown := set(wanted) - set(steps):
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    try:
        with alone():
            for step in wanted:
                steps[step]()
    except SetupError as error:
        print(f"\nsetup: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"\nsetup: this failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other run of this program works on the checkout, then keep it out."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python() -> None:
    """Make `.venv` with Tandem installed from this checkout and all tools of a developer."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(f"Tandem needs Python 3.11 or newer; {sys.executable} is {sys.version}")
    interpreter = VENV / "bin/python"
    key = digest([ROOT / "pyproject.toml", *files_below(ROOT / "jupyter-config")], sys.version)
    if interpreter.exists() and is_stamped("python", key):
        return
    with stamping("python", key):
        if not interpreter.exists():
            make_environment()
        environment = {**os.environ, "SKIP_JUPYTER_BUILDER": "1"}
        pip: list[str | Path] = [
            interpreter,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
        ]
        say("installing Tandem and the developers' tools into .venv")
        run([*pip, "--upgrade", "pip"])
        unlink_bundle()
        run([*pip, "--editable", ".[dev]"], env=environment)
        link_bundle()


def make_environment() -> None:
    say(f"creating .venv with Python {sys.version.split()[0]}")
    try:
        run([sys.executable, "-m", "venv", VENV])
    except subprocess.CalledProcessError:
        shutil.rmtree(VENV, ignore_errors=True)
        install_debian_package("python3-venv", "the venv module of Python")
        run([sys.executable, "-m", "venv", VENV])


def unlink_bundle() -> None:
    """Take the link away before pip runs, or pip deletes the bundle behind it."""
    if INSTALLED_BUNDLE.is_symlink():
        INSTALLED_BUNDLE.unlink()


def link_bundle() -> None:
    """Put a link where pip put a copy, so that JupyterLab sees every build at once."""
    if INSTALLED_BUNDLE.is_dir():
        shutil.rmtree(INSTALLED_BUNDLE)
    INSTALLED_BUNDLE.parent.mkdir(parents=True, exist_ok=True)
    INSTALLED_BUNDLE.symlink_to(BUNDLE, target_is_directory=True)


def ui() -> None:
    """Install the locked npm packages and build the labextension."""
    check_node()
    locked = [ROOT / "package-lock.json", ROOT / "package.json", ROOT / ".npmrc"]
    key = digest(locked, node_version_text())
    if not ((ROOT / "node_modules").is_dir() and is_stamped("npm", key)):
        with stamping("npm", key):
            say("installing the npm packages of package-lock.json")
            run(["npm", "ci", "--no-progress", "--loglevel=error"])
    build(key)


def build(npm_key: str) -> None:
    sources = [
        path for path in files_below(ROOT / "ui") if "tests" not in path.relative_to(ROOT).parts
    ]
    key = digest(sources, npm_key)
    if (BUNDLE / "install.json").exists() and is_stamped("labextension", key):
        return
    with stamping("labextension", key):
        say("building the labextension")
        run(["npm", "run", "--silent", "build"])


def check_node() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SetupError(
            "Node.js is missing. Tandem's browser part is built with Node.js 20.19 or newer and its"
            " npm; install them (https://nodejs.org/en/download) and try again."
        )
    found = re.match(r"v(\d+)\.(\d+)", node_version_text())
    if found is None or tuple(map(int, found.groups())) < OLDEST_NODE:
        raise SetupError(
            f"Node.js {node_version_text()} is too old; Tandem needs 20.19 or newer."
            " Install a newer one (https://nodejs.org/en/download) and try again."
        )


def node_version_text() -> str:
    return subprocess.run(
        ["node", "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()


def browser() -> None:
    """Make sure there is a Chromium for the browser tests, the screenshots and the benchmarks."""
    if find_browser() is None:
        install_debian_package("chromium", "a Chromium browser")
    if find_browser() is None:
        raise SetupError(f"none of {', '.join(BROWSERS)} is on the PATH, although apt-get ran.")


def find_browser() -> str | None:
    """Return the browser to drive: $TANDEM_CHROMIUM, or the first one on the PATH."""
    if chosen := os.environ.get("TANDEM_CHROMIUM"):
        return chosen
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def servers() -> None:
    """Make sure that the servers are there which tests start themselves."""
    for program, package in SERVERS.items():
        if not has_server(program):
            install_debian_package(package, f"{program}, which tests start,")


def hub() -> None:
    """Install the proxy that JupyterHub needs, at the version of examples/hub/package-lock.json."""
    check_node()
    folder = ROOT / "examples/hub"
    locked = [folder / "package-lock.json", folder / "package.json", folder / ".npmrc"]
    key = digest(locked, node_version_text())
    if (folder / "node_modules").is_dir() and is_stamped("hub", key):
        return
    with stamping("hub", key):
        say("installing JupyterHub's proxy for the example and the tests")
        run(["npm", "ci", "--prefix", folder, "--no-progress", "--loglevel=error"])


def has_server(program: str) -> bool:
    """Whether a server program is on the PATH or in one of Debian's folders for them."""
    if shutil.which(program) is not None:
        return True
    return any(glob.glob(f"{folder}/{program}") for folder in SERVER_FOLDERS)  # noqa: PTH207 - absolute


def install_debian_package(package: str, purpose: str) -> None:
    prefix = administrator_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        raise SetupError(
            f"{purpose} is missing. Install it with your system's package manager"
            f" (Debian, Ubuntu: sudo apt-get install {package}) and try again."
        )
    say(f"installing the Debian package {package}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    run([*apt, "update"])
    run([*apt, "install", "--yes", "--no-install-recommends", package])


def administrator_prefix() -> list[str] | None:
    """Return what to put before a command to run it as root; None when we may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


class stamping:  # noqa: N801 - reads as the statement it is
    """A context in which a step runs: its stamp is gone before, and there again only after it."""

    def __init__(self, name: str, key: str) -> None:
        self._stamp = STAMPS / name
        self._key = key

    def __enter__(self) -> None:
        self._stamp.parent.mkdir(exist_ok=True)
        self._stamp.unlink(missing_ok=True)
        self._began = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self._stamp.write_text(self._key, encoding="ascii")
            say(f"{self._stamp.name}: done in {time.monotonic() - self._began:.0f} s")


def is_stamped(name: str, key: str) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text(encoding="ascii") == key


def digest(paths: Iterable[Path], *more: str) -> str:
    """Return one hash over names and contents; the order in which paths come does not matter."""
    total = hashlib.sha256()
    for path in sorted(set(paths)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    for text in more:
        total.update(f"{text}\n".encode())
    return total.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Return the source files below a folder, without what builds leave there."""
    built = {"lib", "node_modules"}
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix != ".tsbuildinfo"
        and not built.intersection(path.relative_to(folder).parts)
    ]


def run(command: list[str | Path], env: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, cwd=ROOT, env=env)


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
