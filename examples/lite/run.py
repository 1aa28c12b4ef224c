"""Build the JupyterLite site in this folder, serve it with a signaling server, print two links.

python examples/lite/run.py [--port 8000]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jupyter_tandem.hosts.demo import DemoFailed, free_port

SOURCE: Final = Path(__file__).resolve().parent
NOTEBOOK: Final = "together.ipynb"
PEOPLE: Final = (("Ada Lovelace", "e65100"), ("Grace Hopper", "00695c"))
# Each name of this machine is another site to a browser, with files of its own.
HOSTS: Final = ("localhost", "127.0.0.1")
FIRST_PORT: Final = 8000
SIGNALING_PORT: Final = 4444


def build_site(folder: Path, config: Mapping[str, Any], source: Path = SOURCE) -> Path:
    """Build the site as its author would, with ``jupyter lite build``.

    Args:
        folder: Where to work; the site comes into a folder of it.
        config: What to say in ``jupyter-config-data`` beside what the source says.
        source: A folder with ``jupyter-lite.json`` and ``content``.

    Returns:
        The folder of the site, ready for any web server.

    Raises:
        DemoFailed: JupyterLite is missing, or did not build.
    """
    lite = folder / "source"
    shutil.copytree(source, lite, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = lite / "jupyter-lite.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    said["jupyter-config-data"].update(config)
    file.write_text(json.dumps(said), encoding="utf-8")
    site = folder / "site"
    command = [sys.executable, "-m", "jupyter", "lite", "build"]
    options = ["--lite-dir", lite, "--contents", lite / "content", "--output-dir", site]
    done = subprocess.run(  # noqa: S603  (our own interpreter and arguments)
        [*command, *map(str, options)], cwd=lite, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DemoFailed(
            "jupyter lite build failed. Is it installed (pip install -r"
            f" examples/lite/requirements.txt)?\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return site


class _QuietFiles(http.server.SimpleHTTPRequestHandler):
    # A page loads some hundred files; with 1.0 each would take a connection and a thread of its own.
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None: ...


class _Server(http.server.ThreadingHTTPServer):
    # Browsers keep connections for long; nobody waits for them to let go.
    daemon_threads = True
    block_on_close = False


@contextlib.contextmanager
def serving(site: Path, port: int = 0) -> Iterator[int]:
    """Serve the site's files, as static hosting does; yields the port."""
    files = functools.partial(_QuietFiles, directory=str(site))
    with _Server(("127.0.0.1", port), files) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def signaling(port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A signaling server; ready for connections when the block begins."""
    command = [sys.executable, "-m", "jupyter_tandem.hosts.signal", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        if process.stdout is None or not process.stdout.readline():
            raise DemoFailed("The signaling server did not start.")
        yield process
    finally:
        process.terminate()
        process.communicate()


def links(port: int, room: str) -> list[tuple[str, str]]:
    """Name and link of each person."""
    found = []
    for host, (name, color) in zip(HOSTS, PEOPLE, strict=True):
        query = {"room": room, "path": NOTEBOOK, "username": name, "usercolor": color}
        found.append((name, f"http://{host}:{port}/lab/index.html?{urlencode(query)}"))
    return found


def main() -> int:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="first port to try")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        try:
            _run(options.port)
        except DemoFailed as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
    print("\nEnded. What you wrote is in your browser; start it again and go on where you were.")
    return 0


def _run(first_port: int) -> None:
    print("Building the site …", flush=True)
    meeting = free_port(SIGNALING_PORT)
    with tempfile.TemporaryDirectory(prefix="tandem-lite-") as scratch:
        urls = [f"ws://127.0.0.1:{meeting}"]
        site = build_site(Path(scratch), {"fullWebRtcSignalingUrls": urls})
        with signaling(meeting) as process, serving(site, free_port(first_port)) as port:
            for name, link in links(port, secrets.token_urlsafe(9)):
                print(f"\n{name}\n  {link}")
            print("\nOpen each link in a window of its own. Ctrl-C here ends it.", flush=True)
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
