"""People without an account of the Hub, who come by a link for anyone (docs/spec/hub-guests.md)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.hub.colleague import Colleague, in_document
from tests.integration.hub.reader import Reader, xsrf_of
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.stranger import Stranger, restart_service
from tests.integration.hub.test_links import make_link
from tests.integration.hub.test_walk import METHODS, OF_THE_HUB, OPEN, addresses_of_a_server

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

_NOWHERE = "A" * 43

_OF_THE_SERVICE = (
    "", "oauth_callback", "shares/end", "links/end", "ask?document={document}", "link/open",
    "link/look", "link/redeem", "requests/accept", "admin/", "admin/documents/{document}",
    "admin/links", "admin/links/end", "admin/audit/export.jsonl", "api/documents",
    "api/shares?path={document}", "api/grants", "api/links", "api/links/{link}/uses",
    "api/removals", "api/names?q=a", "api/federation", "api/requests", "nothing",
)  # fmt: skip

_LISTED = re.compile(
    r"/(?:api/(?:me|contents|kernels|kernelspecs|sessions|nbconvert)|lab|tandem/api/(?:me|shared))/?$"
    "|/tandem/g/"
)
"""Addresses of a server that the guest view has as well, with answers of its own."""


@contextlib.asynccontextmanager
async def with_guests(hub: RealHub, guests: str) -> AsyncIterator[None]:
    """For a while the service has other guests."""
    await restart_service(hub, guests)
    try:
        yield
    finally:
        await restart_service(hub, "view")


async def link_for_anyone(hub: RealHub, path: str, **wish: Any) -> dict[str, Any]:
    """A link of alice's for everybody who has it."""
    return await make_link(hub, path, **{"role": "viewer", "guests": True, **wish})


def shown(client: Colleague) -> list[str]:
    """The names of those whom a front end sees."""
    return list(client.people().values())


@pytest.mark.spec("HUBGUEST-1", "HUBGUEST-3", "HUBGUEST-4", "GUEST-10")
async def test_somebody_without_an_account_looks_on_until_they_are_shown_out(
    open_hub: RealHub, notebook: str
) -> None:
    hub, zoe = open_hub, Stranger(open_hub)
    link = await link_for_anyone(hub, notebook)
    page = await zoe.ask("GET", "/services/tandem/link")
    assert 'data-guests="/services/tandem/g/tandem/api/link"' in page.text
    look = (await zoe.tell("look", secret=link["secret"])).json()
    assert (look["name"], look["by"], look["role"]) == (notebook, "alice", "viewer")
    assert not look["sign_in"]
    path = await zoe.come_in(link["secret"])
    assert path.endswith(f"/{notebook}")
    assert (await zoe.view(f"doc/tree/{path}")).status_code == 200
    listed = (await zoe.view("api/contents")).json()["content"]
    assert [(one["name"], one["path"]) for one in listed] == [(notebook, path)]
    model = (await zoe.view(f"api/contents/{path}")).json()
    assert [cell["source"] for cell in model["content"]["cells"]] == ["x = 1", "y = 2"]
    async with (
        in_document(hub, "alice", notebook) as alice,
        zoe.in_document(path) as there,
    ):
        assert there.role() == "viewer"
        await alice.type(0, " # alice")
        await there.until(lambda: there.sources()[0] == "x = 1 # alice")
        await there.show(username="alice", display_name="alice")
        await alice.until(lambda: "Zoë (guest)" in shown(alice))
        assert "alice" not in shown(alice), "nobody has a name that is not theirs"
        await there.type(1, " # zoe")
        await alice.type(1, " # alice")
        await alice.until(lambda: alice.sources()[1] == "y = 2 # alice")
        uses = (await hub.at("alice", "GET", f"tandem/api/links/{link['id']}/uses")).body["uses"]
        assert [(one["subject"]["kind"], one["display_name"]) for one in uses] == [("guest", "Zoë")]
        ended = await hub.at("alice", "DELETE", f"tandem/api/links/{link['id']}?grants=revoke")
        assert ended.status == 204
        assert (await there.closed())[0] == 4403
    assert (await zoe.view(f"doc/tree/{path}")).status_code == 404
    assert (await zoe.view(f"api/contents/{path}")).status_code == 404
    async with in_document(hub, "alice", notebook) as alice:
        assert alice.sources() == ["x = 1 # alice", "y = 2 # alice"]


@pytest.mark.spec("HUBGUEST-3")
async def test_a_text_is_looked_at_live_like_a_notebook(open_hub: RealHub, notebook: str) -> None:
    name, zoe = notebook.replace(".ipynb", ".md"), Stranger(open_hub)
    (open_hub.folder("alice") / name).write_text("one")
    link = await link_for_anyone(open_hub, name)
    path = await zoe.come_in(link["secret"])
    assert (await zoe.view(f"api/contents/{path}")).json()["content"] == "one"
    async with in_document(open_hub, "alice", name) as alice, zoe.in_document(path) as there:
        assert str(there.text) == "one"
        alice.text.insert(3, " two")
        await alice.flush()
        await there.until(lambda: str(there.text) == "one two")


@pytest.mark.spec("HUBGUEST-2", "HUBGUEST-8")
async def test_where_guests_are_off_nothing_is_offered_and_old_links_stop_at_once(
    open_hub: RealHub, notebook: str
) -> None:
    hub, zoe = open_hub, Stranger(open_hub)
    link = await link_for_anyone(hub, notebook)
    for wish, why in (
        ({"role": "editor"}, "viewer at most"),
        ({"may_run": True}, "Nobody runs code here without an account"),
    ):
        body = {"path": notebook, "role": "viewer", "guests": True, **wish}
        refused = await hub.at("alice", "POST", "tandem/api/links", body)
        assert (refused.status, why in str(refused.body["message"])) == (400, True)
        changed = await hub.at("alice", "PATCH", f"tandem/api/links/{link['id']}", wish)
        assert changed.status == 400
    path = await zoe.come_in(link["secret"])
    (grant,) = (await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")).body["grants"]
    raised = await hub.at("alice", "PATCH", f"tandem/api/grants/{grant['id']}", {"role": "editor"})
    assert raised.status == 400
    room, _ = await zoe.session_of(path)
    async with with_guests(hub, "none"):
        assert (await zoe.view(f"doc/tree/{path}")).status_code == 404
        assert "people with an account" in (await zoe.view("lab")).text
        assert await zoe.refused(room) in {403, 404}
        body = {"path": notebook, "role": "viewer", "guests": True}
        refused = await hub.at("alice", "POST", "tandem/api/links", body)
        assert refused.status == 400
        assert "for people with an account" in refused.body["message"]
        # The service itself does not believe its servers.
        token = hub.tokens["alice"]
        document = {"path": grant["target"]["file_id"], "role": "viewer", "guests": True}
        direct = await hub.ask("POST", f"{hub.service_url}/api/links", document, token=token)
        assert direct.status == 400
        page = await zoe.ask("GET", "/services/tandem/link")
        assert "data-guests" not in page.text
    assert (await zoe.view(f"doc/tree/{path}")).status_code == 200


@pytest.mark.spec("HUBGUEST-2", "HUBGUEST-3")
async def test_a_restart_shows_nobody_out_and_a_guest_edits_where_the_hub_lets_them(
    open_hub: RealHub, notebook: str
) -> None:
    hub, zoe = open_hub, Stranger(open_hub)
    async with with_guests(hub, "edit"):
        link = await link_for_anyone(hub, notebook, role="editor")
        path = await zoe.come_in(link["secret"])
        async with in_document(hub, "alice", notebook) as alice, zoe.in_document(path) as there:
            assert there.role() == "editor"
            await there.type(0, " # zoe")
            await alice.until(lambda: alice.sources()[0] == "x = 1 # zoe")
    # The Hub's administrator has changed their mind: what was given counts for that much.
    look = (await Stranger(hub).tell("look", secret=link["secret"])).json()
    assert look["role"] == "viewer"
    async with in_document(hub, "alice", notebook) as alice, zoe.in_document(path) as there:
        assert there.role() == "viewer"
        await there.type(0, "!")
        await alice.type(1, " # alice")
        await there.until(lambda: there.sources()[1] == "y = 2 # alice")
        assert alice.sources()[0] == "x = 1 # zoe"


@pytest.mark.spec("HUBGUEST-5")
async def test_no_link_an_ended_one_and_one_that_is_used_up_are_answered_alike(
    open_hub: RealHub, notebook: str
) -> None:
    hub = open_hub
    used = await link_for_anyone(hub, notebook, max_uses=1)
    ended = await link_for_anyone(hub, notebook)
    await hub.at("alice", "DELETE", f"tandem/api/links/{ended['id']}")
    await Stranger(hub).come_in(used["secret"])
    # The proxy of this Hub is on the same computer, which is believed about where people are.
    zoe = Stranger(hub, "198.51.100.7")
    answers = set()
    for secret in (used["secret"], ended["secret"], _NOWHERE, "", "../x"):
        for what in ("look", "redeem"):
            reply = await zoe.tell(what, secret=secret)
            answers.add((reply.status_code, reply.text))
    ((status, text),) = answers
    assert (status, "no such link" in text) == (404, True)
    for body in ({"secret": 1}, {"secret": _NOWHERE, "role": "editor"}, {"secret": "\0"}):
        assert (await zoe.tell("redeem", **body)).status_code in {400, 404}
    for _ in range(100):
        refused = await zoe.tell("look", secret=_NOWHERE)
        if refused.status_code != 404:
            break
    assert refused.status_code == 429
    assert (await zoe.tell("look", secret=ended["secret"])).status_code == 429
    assert (await Stranger(hub, "198.51.100.8").tell("look", secret="x")).status_code == 404


@pytest.mark.spec("HUBGUEST-5", "GUEST-6")
async def test_another_sites_page_uses_nobodys_link(open_hub: RealHub, notebook: str) -> None:
    zoe = Stranger(open_hub)
    link = await link_for_anyone(open_hub, notebook)
    where = "/services/tandem/g/tandem/api/link/redeem"
    body = {"secret": link["secret"]}
    assert (await zoe.ask("POST", where, json=body)).status_code == 403
    await zoe.tell("look", secret=link["secret"])
    proven = {"X-XSRFToken": zoe.proof}
    for wrong in (
        {**proven, "Sec-Fetch-Site": "cross-site"},
        {**proven, "Sec-Fetch-Site": "same-site"},
        {**proven, "Origin": "https://elsewhere.example"},
        {"X-XSRFToken": "x" * 43},
    ):
        assert (await zoe.ask("POST", where, json=body, headers=wrong)).status_code == 403


@pytest.mark.spec("HUBGUEST-6", "GUEST-5", "GUEST-8")
async def test_cookies_and_policy_keep_the_guest_view_to_itself(
    open_hub: RealHub, notebook: str
) -> None:
    hub, zoe = open_hub, Stranger(open_hub)
    link = await link_for_anyone(hub, notebook)
    await zoe.tell("look", secret=link["secret"])
    redeemed = await zoe.tell(
        "redeem", secret=link["secret"], headers={"X-Forwarded-Proto": "https"}
    )
    given = redeemed.headers["Set-Cookie"]
    assert given.count("Path=/services/tandem/g/") == 2
    assert given.count("SameSite=Lax") == 2
    assert given.count("HttpOnly") == 1
    path = redeemed.json()["path"]
    policy = (await zoe.view(f"doc/tree/{path}")).headers["Content-Security-Policy"]
    told = dict(part.split(" ", 1) for part in policy.split("; "))
    home = f"127.0.0.1:{hub.public}/services/tandem/g/"
    assert told["script-src"] == f"{home}static/lab/ {home}lab/extensions/ 'unsafe-eval'"
    assert told["connect-src"] == f"{home} ws://{home} wss://{home}"
    assert "'self'" not in policy
    odd = await zoe.view(f"doc/tree/{path}", headers={"Host": "a b;script-src *"})
    assert "script-src 'none'" in odd.headers.get("Content-Security-Policy", "script-src 'none'")


@pytest.mark.spec("HUBGUEST-7")
async def test_who_is_signed_in_at_the_hub_is_nobody_in_the_guest_view(
    open_hub: RealHub, notebook: str
) -> None:
    hub, bob = open_hub, Reader(open_hub)
    await bob.log_in("bob")
    link = await link_for_anyone(hub, notebook)
    zoe = Stranger(hub)
    path = await zoe.come_in(link["secret"])
    for where in ("api/me", "api/contents", f"api/contents/{path}", "lab", f"doc/tree/{path}"):
        assert (await bob.get(f"g/{where}")).status_code == 403
        by_token = await hub.ask(
            "GET", f"{hub.url}/services/tandem/g/{where}", token=hub.tokens["alice"]
        )
        assert by_token.status == 403
    # Who is both has what the guest has, and the guest nothing of theirs.
    zoe.session.cookies.update(bob.session.cookies)
    me = (await zoe.view("api/me")).json()
    assert me["identity"]["display_name"] == "Zoë (guest)"
    assert me["permissions"] == {}
    shared = (await zoe.view("tandem/api/shared")).json()
    assert [one["name"] for one in shared["with_me"]] == [notebook]
    assert (await bob.get("")).status_code == 200


@pytest.mark.spec("HUBGUEST-7", "HUBGUEST-3", "GUEST-2")
async def test_a_guest_finds_every_other_door_closed(open_hub: RealHub, notebook: str) -> None:
    hub, zoe = open_hub, Stranger(open_hub)
    hub.write_notebook("alice", f"private-{notebook}", "the_secret = 'xyzzy'")
    link = await link_for_anyone(hub, notebook)
    path = await zoe.come_in(link["secret"])
    document = path.partition("/")[0]
    name = next(c.name for c in zoe.session.cookies if c.name.startswith("tandem-guest"))
    forced = {"Cookie": f"{name}={zoe.secret}; _xsrf={zoe.xsrf}", "X-XSRFToken": zoe.xsrf}
    wrong = []
    # Without the proxy between, which answers for a service that closes a connection after a refusal.
    services = [f"{hub.service_url}/{one}" for one in _OF_THE_SERVICE]
    for where in (*services, *(f"/hub/api/{one}" for one in OF_THE_HUB)):
        for method in METHODS:
            address = where.format(document=document, link=link["id"])
            with_it = await zoe.ask(method, address, headers=forced)
            without = await Stranger(hub).ask(method, address)
            as_anybody = with_it.status_code == without.status_code in {302, 401, 403, 404, 405}
            if with_it.status_code not in {403, 404} and not as_anybody:
                wrong.append((method, address, with_it.status_code))
    for where in addresses_of_a_server(f"private-{notebook}"):
        address = f"/user/alice{where}"
        with_it = await zoe.ask("GET", address, headers=forced)
        if "xyzzy" in with_it.text or (with_it.status_code < 300 and where not in OPEN):
            wrong.append(("GET", address, with_it.status_code))
        below = await zoe.view(f"{where.lstrip('/')}")
        if "xyzzy" in below.text or (below.status_code < 300 and not _LISTED.match(where)):
            wrong.append(("GET", f"g{where}", below.status_code))
    assert not wrong
    for kind in ("file", "notebook"):
        reply = await zoe.view(
            f"api/collaboration/session/{path}", "PUT", json={"format": "text", "type": kind}
        )
        assert reply.status_code == 404, "a document is opened as what it is"
    for room in (f"text:file:{document}", f"json:notebook:{document[::-1]}", "json:notebook:", "x"):
        assert await zoe.refused(room) == 404


@pytest.mark.spec("HUBGUEST-8", "PAGES-5")
async def test_an_administrator_sees_links_for_anyone_and_ends_them_with_their_guests(
    open_hub: RealHub, notebook: str
) -> None:
    hub, zoe, olga = open_hub, Stranger(open_hub), Reader(open_hub)
    link = await link_for_anyone(hub, notebook)
    path = await zoe.come_in(link["secret"])
    await olga.log_in("olga", "admin/")
    page = await olga.get(f"admin/links?q={notebook}")
    assert "anyone" in page.text
    document = (await olga.get(f"admin/documents/{path.partition('/')[0]}")).text
    assert "Zoë (guest)" in document
    async with zoe.in_document(path) as there:
        done = await olga.post("admin/links/end", link=link["id"], _xsrf=xsrf_of(page))
        assert done.status_code == 303
        assert (await there.closed())[0] == 4403
    export = await olga.get(f"admin/audit/export.jsonl?about={path.partition('/')[0]}")
    kinds = re.findall(r'"kind": ?"([a-z.]+)"', export.text)
    assert {"link.made", "link.used", "document.joined", "link.ended", "grant.ended"} <= set(kinds)
