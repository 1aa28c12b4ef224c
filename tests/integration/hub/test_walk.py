"""A colleague tries every address of the owner's server, of the service and of the Hub (HUB-30)."""

from __future__ import annotations

import asyncio
import importlib
import re
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from jupyter_server.serverapp import JUPYTER_SERVICE_HANDLERS

from jupyter_tandem.adapters.hub.table import service_routes
from jupyter_tandem.adapters.server.guest.table import guest_routes
from jupyter_tandem.adapters.server.sharing.table import api_routes
from jupyter_tandem.adapters.server.table import routes
from jupyter_tandem.ports.staff import Staff
from tests.integration.hub.colleague import share, until_listed
from tests.integration.hub.reader import Reader
from tests.integration.hub.real_hub import SERVICE_TOKEN, RealHub, Reply
from tests.integration.hub.test_links import make_link

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

NOTHING: Any = SimpleNamespace()
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RUNNING = ("kernels", "terminals", "sessions")

OPEN = frozenset({"/api", "/tandem/l", "/tandem/l/page.js", "/tandem/l/page.css"})
"""What a server tells everybody: its version, and the page that opens links, which is the same for all."""

OF_THE_HUB = (
    "users", "users/alice", "users/alice/tokens", "users/alice/server", "users/alice/activity",
    "users/alice/shared", "groups", "groups/team", "groups/team/users", "services",
    "services/tandem", "proxy", "shutdown", "shares/alice", "share-codes/alice",
)  # fmt: skip


def addresses_of_a_server(path: str) -> list[str]:
    """Every address that Jupyter Server and Tandem answer at, with ``path`` where there is a place for one."""
    modules = {name for names in JUPYTER_SERVICE_HANDLERS.values() for name in names or ()}
    patterns = [
        handler[0]
        for name in sorted(modules)
        for handler in importlib.import_module(name).default_handlers
    ]
    staff = Staff(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    patterns += [route[0] for route in routes(staff, 0)]
    patterns += [route[0] for route in api_routes(NOTHING)]
    patterns += [route[0] for route in guest_routes(NOTHING, NOTHING, NOTHING, NOTHING, 0, None)]
    patterns += [
        f"/tandem/hub/{what}"
        for what in (
            "contents",
            "contents/(.+)",
            "files/(.+)",
            "names",
            "open",
            "requests",
            "status",
        )
    ]
    patterns += ["/lab", "/lab/tree/(.+)", "/files/(.+)", "/nbconvert/html/(.+)", "/terminals/1"]
    return sorted({filled(pattern, path) for pattern in patterns})


def filled(pattern: str, value: str) -> str:
    """An address that a pattern matches."""
    group = re.compile(r"\((?:\?P<\w+>|\?:)?(?:[^()]|\([^()]*\))*\)")
    text = pattern.rstrip("$")
    if r"page\.(?:js|css)" in text:
        return "/tandem/l/page.js"
    optional = re.compile(group.pattern + r"\?|/\?")
    text = group.sub(value.replace("\\", ""), optional.sub("", text))
    return re.sub(r"\\(.)", r"\1", text).replace("//", "/")


def told(reply: Reply) -> str:
    """What an answer says, as text."""
    body = reply.body
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body)


@pytest.mark.spec("HUB-30")
async def test_a_colleague_finds_every_door_of_the_owners_server_closed(
    hub: RealHub, notebook: str
) -> None:
    private = f"private-{notebook}"
    hub.write_notebook("alice", private, "the_secret = 'xyzzy'")
    await share(hub, "alice", notebook, "bob")
    await until_listed(hub, "bob", f"alice/{notebook}")
    session = Reader(hub)
    await session.log_in("bob")
    before = (hub.folder("alice") / private).read_bytes()
    running = [await _running(hub, what) for what in RUNNING]
    own = await hub.at("alice", "GET", f"api/contents/{private}")
    assert "xyzzy" in told(own)
    wrong = []
    addresses = addresses_of_a_server(private)
    assert len(addresses) > 80
    for address in addresses:
        for method in METHODS:
            body = None if method in {"GET", "DELETE"} else {"path": private, "type": "notebook"}
            # What goes to another's server with one's own token, and with one's own cookies.
            by_token = await hub.at("alice", method, address.lstrip("/"), body, by="bob")
            by_cookie = await _with_cookies(session, method, f"{hub.url}/user/alice{address}")
            for how, status, text in (
                ("token", by_token.status, told(by_token)),
                ("cookie", by_cookie.status_code, by_cookie.text),
            ):
                let_in = 200 <= status < 300 and not (method == "GET" and address in OPEN)
                if (let_in and not _of_guests(address)) or "xyzzy" in text or status >= 500:
                    wrong.append((how, method, address, status))
    assert not wrong
    assert (hub.folder("alice") / private).read_bytes() == before
    assert [await _running(hub, what) for what in RUNNING] == running


async def _running(hub: RealHub, what: str) -> set[str]:
    """What runs at alice's server: nobody else started or stopped any of it."""
    reply = await hub.at("alice", "GET", f"api/{what}")
    assert reply.status == 200, reply
    return {str(one.get("id") or one["name"]) for one in reply.body}


def _of_guests(address: str) -> bool:
    """Below ``tandem/g`` a guest's cookie decides, which bob has not got; what is the same for all is there."""
    return address.startswith("/tandem/g/") and ("static" in address or "lab/api" in address)


async def _with_cookies(session: Reader, method: str, url: str) -> requests.Response:
    return await session._ask(method, url, allow_redirects=False)


@pytest.mark.spec("HUB-30", "HUB-2", "PAGES-2")
async def test_the_service_answers_alike_for_what_is_not_there_and_what_is_not_ones_own(
    hub: RealHub, notebook: str
) -> None:
    given = await share(hub, "alice", notebook, "carol")
    link = await make_link(hub, notebook)
    bob = Reader(hub)
    await bob.log_in("bob")
    site: Any = SimpleNamespace(
        desks=SimpleNamespace(gate=None),
        meter=None,
        settings=SimpleNamespace(prefix="/"),
        oauth=None,
        renderer=None,
        petitions=None,
        guests=None,
    )
    there = {"document": given["target"]["file_id"], "grant": given["id"], "link": link["id"]}
    # Of the same letters: a pattern that takes the one takes the other.
    absent = {name: value[::-1] for name, value in there.items()}
    different = []
    for pattern, *_ in service_routes(site, lambda: "", NOTHING, 1_000):
        for kind, present in there.items() if "(" in pattern else [("document", there["document"])]:
            for method in METHODS:
                answers = []
                for known in (present, absent[kind]):
                    address = filled(pattern, known).lstrip("/") or ""
                    body = _bodies(known) if method != "GET" else None
                    query = f"?path={known}&document={known}&q={known}&about={known}"
                    url = f"{hub.service_url}/{address}{query}"
                    by_token = await hub.ask(method, url, body, token=hub.tokens["bob"])
                    by_cookie = await _with_cookies(bob, method, url)
                    answers.append(
                        [
                            (by_token.status, _without(told(by_token), known)),
                            (by_cookie.status_code, _without(by_cookie.text, known)),
                        ]
                    )
                if answers[0] != answers[1] and "metrics" not in pattern:
                    different.append((method, pattern, kind, answers))
    assert not different
    view = (await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")).body
    assert [one["id"] for one in view["grants"]] == [given["id"]]
    assert [(one["id"], one["state"]) for one in view["links"]] == [(link["id"], "open")]


def _bodies(known: str) -> dict[str, Any]:
    return {"path": known, "subject": {"kind": "user", "name": "bob"}, "role": "editor"}


def _without(text: str, known: str) -> str:
    """Without what is asked about, and what is another one each second: form tokens tell when they were made."""
    changing = r"_xsrf\S+ value=\S+|data-xsrf=\S+|state=\S+|code_challenge=\S+"
    return re.sub(changing, "", text.replace(known, "?"))


@pytest.mark.spec("HUB-30")
async def test_the_hub_lets_a_colleague_do_nothing_that_it_did_not_before(hub: RealHub) -> None:
    for token in (hub.tokens["bob"],):
        for path in OF_THE_HUB:
            for method in METHODS:
                body = None if method in {"GET", "DELETE"} else {}
                reply = await hub.ask(method, f"{hub.url}/hub/api/{path}", body, token=token)
                assert reply.status in {400, 403, 404, 405}, (method, path, reply)


@pytest.mark.spec("HUB-30")
async def test_the_services_own_token_reads_names_and_nothing_else(hub: RealHub) -> None:
    users = await hub.ask("GET", f"{hub.url}/hub/api/users", token=SERVICE_TOKEN)
    told_of = {key for user in users.body for key in user}
    assert not told_of & {"server", "last_activity", "auth_state", "roles", "pending"}
    # That servers run it is told because this Hub lets people have them started; what they are is none of its business.
    servers = [server for user in users.body for server in user["servers"].values()]
    assert not any("state" in server for server in servers)
    await asyncio.gather(*(_refused(hub, path) for path in OF_THE_HUB if "/" in path))


async def _refused(hub: RealHub, path: str) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        body = None if method == "DELETE" else {}
        reply = await hub.ask(method, f"{hub.url}/hub/api/{path}", body, token=SERVICE_TOKEN)
        assert reply.status in {400, 403, 404, 405}, (method, path, reply)
