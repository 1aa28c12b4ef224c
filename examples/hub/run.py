"""Start the Hub of this folder with two people, and print how they get in. Ctrl-C ends it.

make run-hub
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
STATE = Path.cwd() / ".tandem-demo/hub"
PORT = int(os.environ.get("PORT", "8000"))
PEOPLE = ("alice", "bob")
PATIENCE_S = 90


def main() -> int:
    """Run until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    token, password = secrets.token_hex(32), secrets.token_urlsafe(9)
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_example()
    hub = subprocess.Popen(  # noqa: S603  (our own interpreter)
        [sys.executable, "-m", "jupyterhub", "-f", str(HERE / "jupyterhub_config.py")],
        cwd=STATE,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TANDEM_EXAMPLE_STATE": str(STATE),
            "TANDEM_EXAMPLE_PORT": str(PORT),
            "TANDEM_EXAMPLE_TOKEN": token,
            "TANDEM_EXAMPLE_PASSWORD": password,
        },
    )
    try:
        # Not through the proxy at first: it complains about what is not there yet.
        _until(hub, f"http://127.0.0.1:{PORT + 1}/hub/health", token)
        _until(hub, f"http://127.0.0.1:{PORT + 3}/services/tandem/readyz", token)
        _until(hub, f"http://127.0.0.1:{PORT}/hub/health", token)
        for name in PEOPLE:
            _ask("POST", f"users/{name}/server", token)
        _tell(password)
        return hub.wait()
    except KeyboardInterrupt:
        hub.send_signal(signal.SIGINT)
        return hub.wait()


def _write_example() -> None:
    for name in PEOPLE:
        (STATE / "homes" / name).mkdir(parents=True, exist_ok=True)
    notebook = STATE / "homes/alice/together.ipynb"
    if not notebook.exists():
        cells = [
            nbformat.v4.new_markdown_cell("# Together\n\nAlice shares this notebook with Bob."),
            nbformat.v4.new_code_cell("1 + 1"),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)


def _tell(password: str) -> None:
    print("\nOpen each link in a browser of its own (or a private window) and log in:\n")
    for name in PEOPLE:
        path = "lab/tree/together.ipynb" if name == "alice" else "lab"
        link = f"http://127.0.0.1:{PORT}/hub/login?next=/user/{name}/{path}"
        print(f"  {name.title():6} {link}\n         user name {name}, password {password}")
    print(
        "\nAlice shares together.ipynb with `bob`: Share in its toolbar. Bob finds it in the page"
    )
    print("Shared of the left panel. Ctrl-C ends the Hub.\n", flush=True)


def _until(hub: subprocess.Popen[bytes], url: str, token: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if hub.poll() is not None:
            raise SystemExit("The Hub did not start; what it said is above.")
        if _status("GET", url, token) == 200:
            return
        time.sleep(0.3)
    raise SystemExit(f"{url} does not answer.")


def _ask(method: str, path: str, token: str) -> int:
    return _status(method, f"http://127.0.0.1:{PORT}/hub/api/{path}", token)


def _status(method: str, url: str, token: str) -> int:
    data = json.dumps({}).encode() if method == "POST" else None
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
