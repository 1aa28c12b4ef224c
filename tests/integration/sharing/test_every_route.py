"""A guest's cookie at every route that is registered in a running server, with everything switched on."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.server.host import Server
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EXTENSIONS = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals")

# Written into the server's configuration: an extension's hook that tells which routes there are.
TELL = """
import json
from pathlib import Path
from jupyter_server.serverapp import ServerApp

start_app = ServerApp.start_app
def start_and_tell(self):
    routes = []
    def walk(router):
        for rule in router.rules:
            if hasattr(rule.target, "rules"):
                walk(rule.target)
            else:
                pattern = getattr(rule.matcher, "regex", None)
                routes.append([pattern.pattern if pattern else None, rule.target.__name__])
    walk(self.web_app.default_router)
    Path({file!r}).write_text(json.dumps(routes))
    return start_app(self)
ServerApp.start_app = start_and_tell
"""


class EverythingOn(Server):
    """A server with all of Jupyter's own extensions, which tells its routes."""

    def _config(self) -> str:
        on = dict.fromkeys(EXTENSIONS, True)
        return super()._config() + "\n".join(
            [
                "",
                f"c.ServerApp.jpserver_extensions.update({on!r})",
                TELL.format(file=str(self.home / "routes.json")),
            ]
        )

    def routes(self) -> list[tuple[str | None, str]]:
        return [tuple(route) for route in json.loads((self.home / "routes.json").read_text())]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EverythingOn]:
    running = EverythingOn(tmp_path)
    await running.start()
    running.write_notebook("n.ipynb", "x = 1")
    running.write_notebook("secret.ipynb", "canary = 1")
    try:
        yield running
    finally:
        await running.stop()


def example(pattern: str) -> str:
    """An address that a route's pattern matches."""
    found = pattern.rstrip("$")
    for _ in range(10):
        before = found
        found = re.sub(r"\(\?P<\w+>", "(", found)
        found = re.sub(r"\((?:\?:)?([^()|]*)\|?[^()]*\)\?", "", found)
        found = re.sub(r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)", r"\1", found)
        if found == before:
            break
    found = re.sub(r"\\w\+-\\w\+-\\w\+-\\w\+-\\w\+", "1-1-1-1-1", found)
    found = re.sub(r"\[0-9a-f\]\{(\d+)\}", lambda digits: "0" * int(digits[1]), found)
    found = re.sub(r"\[[^\]]*\](?:\+|\*|\{[^}]*\})?", "secret", found)
    found = re.sub(r"\\w[+*]", "secret", found)
    found = re.sub(r"\.[+*]", "secret.ipynb", found)
    return found.replace("\\", "").replace("/?", "/").replace("?", "")


def test_examples_match_their_patterns() -> None:
    for pattern in (
        r"/api/contents(.*)$",
        r"/api/kernels/(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)$",
        r"/api/terminals/(\w+)$",
        r"/api/collaboration/output/([^/]+)/([0-9a-f]{64})$",
    ):
        assert re.match(pattern, example(pattern)), (pattern, example(pattern))


@pytest.mark.slow
@pytest.mark.spec("GUEST-1", "GUEST-2")
async def test_a_guest_s_cookie_opens_nothing_else(server: EverythingOn) -> None:
    _, secret = await Owner(server).link("n.ipynb", guests=True, role="editor")
    guest = Guest(server)
    assert (await guest.redeem(secret)).status == 200
    routes = [(pattern, name) for pattern, name in server.routes() if pattern is not None]
    assert len(routes) > 100
    assert {"TerminalRootHandler", "KernelWebsocketHandler", "LabHandler", "SettingsHandler"} <= {
        name for _, name in routes
    }
    wrong: list[Any] = []
    unmatched = [p for p, _ in routes if not re.match(p, example(p))]
    assert len(unmatched) < len(routes) / 20, unmatched
    for pattern, name in routes:
        where = example(pattern)
        if where.startswith("/tandem/g"):
            continue
        for method in METHODS:
            reply = await guest.call(method, where, None, everywhere=True)
            if reply.status not in (403, 404) or b"canary" in reply.raw:
                wrong.append((name, method, where, reply.status))
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
        reply = await guest.call("GET", where, None, upgrade, everywhere=True)
        if reply.status not in (403, 404):
            wrong.append((name, "WebSocket", where, reply.status))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.spec("GUEST-1")
async def test_the_cookie_alone_is_nobody_to_jupyter_server(server: EverythingOn) -> None:
    """Even with the gate away, the cookie is no login: it is asked under a name nobody guards."""
    _, secret = await Owner(server).link("n.ipynb", guests=True, role="editor")
    guest = Guest(server)
    assert (await guest.redeem(secret)).status == 200
    value = next(v for n, v in guest.cookies.items() if n.startswith("tandem-guest"))
    for name in (f"username-127-0-0-1-{server.port}", "token", "_xsrf", "guest"):
        for where in ("/api/contents", "/api/contents/secret.ipynb", "/tandem/api/shared"):
            headers = {"Cookie": f"{name}={value}", "Authorization": f"token {value}"}
            reply = await guest.call("GET", where, None, headers)
            assert reply.status in (401, 403), (name, where, reply.status)


@pytest.mark.slow
@pytest.mark.spec("GUEST-2", "GUEST-4")
async def test_inside_the_guest_view_only_what_is_listed_is_there(server: EverythingOn) -> None:
    """Every address of the whole server, tried below ``/tandem/g``: as ours, or 404."""
    _, secret = await Owner(server).link("n.ipynb", guests=True, role="editor")
    guest = Guest(server)
    assert (await guest.redeem(secret)).status == 200
    ours = [p for p, _ in server.routes() if p is not None and p.startswith("/tandem/g/")]
    leaked: list[Any] = []
    for pattern, name in server.routes():
        if pattern is None or pattern.startswith("/tandem"):
            continue
        where = "/tandem/g/" + example(pattern).lstrip("/")
        listed = any(re.match(p, where) for p in ours)
        for method in METHODS:
            reply = await guest.call(method, where, None)
            allowed = {200, 204, 400, 403, 404, 405, 413} if listed else {404}
            if reply.status not in allowed or b"canary" in reply.raw:
                leaked.append((name, method, where, reply.status))
            if listed and method in ("POST", "PATCH", "DELETE") and reply.status in (200, 201):
                leaked.append((name, method, where, reply.status))
    assert leaked == []
    assert json.loads((server.root / "n.ipynb").read_text())["cells"][0]["source"] == "x = 1"
