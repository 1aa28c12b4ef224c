"""The sharing API on a real server."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import editing
from tests.integration.server.host import BO, EVE, Server, serving
from tests.integration.sharing.owner import Owner


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as running:
        running.write_notebook("n.ipynb", "x = 1")
        (running.root / "folder").mkdir()
        running.write_notebook("folder/m.ipynb", "y = 2")
        # Bo and Eve may sign in, and nothing else.
        for name in ("bo", "eve"):
            running.deny(name, "read")
            running.deny(name, "write")
            running.deny(name, "execute")
        yield running


@pytest.fixture
def ana(server: Server) -> Owner:
    return Owner(server)


WISHES = [
    {"role": "owner"},
    {"role": "manager"},
    {"role": None},
    {"role": ["viewer"]},
    {"expires_at": 1_000},
    {"expires_in_s": 0},
    {"expires_in_s": -1},
    {"expires_in_s": 10**12},
    {"expires_in_s": 10**400},
    {"expires_in_s": "7d"},
    {"expires_in_s": True},
    {"expires_in_s": 5, "expires_at": 5},
    {"max_uses": 0},
    {"max_uses": 1.5},
    {"max_uses": True},
    {"guests": "yes"},
    {"may_run": 1},
    {"password": "short"},
    {"password": "x" * 300},
    {"password": None},
    {"expire_at": 99},
    {"path": None},
    {"path": 7},
]

OUTSIDE = [
    "nothing.ipynb",
    "../outside",
    "folder/../../outside",
    "folder/./m.ipynb",
    "folder//m.ipynb",
    "\\..\\x",
    ".hidden",
    "n.ipynb/..",
    "x" * 5_000,
    "%2e%2e/outside",
]

BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b"\xff\xfe", 400),
    (b'{"path": "n.ipynb", "role": "viewer", "role2": "%s"}' % (b"x" * 10_000_000), 413),
    (b'{"path": "\\ud800"}', 400),
    (b'{"path": "a\\u0000b"}', 400),
    (b"[" * 50_000, 400),
]

NAMES = ["", " bo", "b\no", "b\u202eo", "x" * 256, "<img src=x onerror=alert(1)>\x07", None]


@pytest.mark.spec("SHARE-7", "SHARE-9")
async def test_a_link_is_modest_unless_it_says_otherwise(ana: Owner) -> None:
    link, secret = await ana.link("n.ipynb")
    assert (link["role"], link["may_run"], link["max_uses"]) == ("viewer", False, None)
    assert link["guests"] is False, "this server has accounts"
    assert link["expires_at"] == pytest.approx(time.time() + 7 * 86_400, abs=60)
    assert len(secret) == 43
    view = await ana.view("n.ipynb")
    assert view["links"][0]["id"] == link["id"]
    assert secret not in str(view), "nobody is told the secret again"


@pytest.mark.spec("SHARE-6", "SHARE-21", "SHARE-22")
async def test_a_wish_that_cannot_be_is_told_in_a_sentence(ana: Owner) -> None:
    for wish in WISHES:
        reply = await ana.call("POST", "links", {"path": "n.ipynb", **wish})
        assert reply.status == 400, reply.raw
        assert reply.body["message"].endswith(".")
        assert (await ana.view("n.ipynb"))["links"] == []


@pytest.mark.spec("SHARE-19", "SHARE-22")
async def test_a_path_outside_is_not_there(ana: Owner, server: Server) -> None:
    for path in OUTSIDE:
        (server.root / ".hidden").write_text("")
        (server.home / "outside").write_text("")
        reply = await ana.call("POST", "links", {"path": path})
        assert reply.status == 404, reply.raw
        assert (await ana.audit()) == []


@pytest.mark.spec("SHARE-22")
async def test_a_body_that_is_none_is_refused(ana: Owner) -> None:
    for body, status in BODIES:
        assert (await ana.call("POST", "links", body)).status == status
        assert (await ana.view("n.ipynb"))["links"] == []


@pytest.mark.spec("SHARE-21")
async def test_a_name_that_could_mislead_is_refused(ana: Owner) -> None:
    for name in NAMES:
        body = {"path": "n.ipynb", "role": "viewer", "subject": {"kind": "user", "name": name}}
        assert (await ana.call("POST", "grants", body)).status == 400
        for subject in (None, "bo", {"kind": "guest", "name": "bo"}, {"kind": "x", "name": "bo"}):
            reply = await ana.call("POST", "grants", body | {"subject": subject})
            assert reply.status == 400
        assert (await ana.view("n.ipynb"))["grants"] == []


@pytest.mark.spec("SHARE-4", "SHARE-5", "SHARE-19")
async def test_people_have_what_was_shared_and_give_no_more(ana: Owner, server: Server) -> None:
    bo, eve = Owner(server, BO), Owner(server, EVE)
    for path in ("n.ipynb", "nothing.ipynb", "folder"):
        replies = [await bo.call("GET", "shares", path=path), await bo.call("GET", "me", path=path)]
        assert [reply.status for reply in replies] == [404, 404]
    grant = await ana.share("folder", "bo", "editor")
    me = (await bo.call("GET", "me", path="folder/m.ipynb")).body
    assert me["at"]["mine"]["role"] == "editor"
    assert (me["server"], me["accounts"]) == (None, True)
    (inherited,) = (await ana.view("folder/m.ipynb"))["inherited"]
    assert (inherited["id"], inherited["target"]["path"]) == (grant["id"], "folder")
    (line,) = (await bo.call("GET", "shared")).body["with_me"]
    assert [(g["id"], g["giver_name"]) for g in line["grants"]] == [(grant["id"], "Ana")]
    for path in ("folder", "folder/m.ipynb"):
        assert (await bo.call("POST", "links", {"path": path})).status == 403
    assert (await bo.call("POST", "links", {"path": "n.ipynb"})).status == 404
    assert (await bo.call("PATCH", f"grants/{grant['id']}", {"role": "manager"})).status == 403
    assert (await eve.call("PATCH", f"grants/{grant['id']}", {"role": "manager"})).status == 404
    assert (await eve.call("DELETE", f"grants/{grant['id']}")).status == 404

    until = time.time() + 3_600
    raised = await ana.call(
        "PATCH", f"grants/{grant['id']}", {"role": "manager", "expires_at": until}
    )
    assert raised.body["role"] == "manager"
    given = await bo.share("folder/m.ipynb", "eve", "manager")
    assert given["expires_at"] == pytest.approx(until, abs=0.01), (
        "nobody gives longer than they have"
    )
    running = {"path": "folder/m.ipynb", "may_run": True}
    assert (await bo.call("POST", "links", running)).status == 403
    shared = (await eve.call("GET", "shared")).body
    assert [line["path"] for line in shared["with_me"]] == ["folder/m.ipynb"]
    assert [line["path"] for line in (await bo.call("GET", "shared")).body["by_me"]] == [
        "folder",
        "folder/m.ipynb",
    ]


@pytest.mark.spec("SHARE-17", "SHARE-18")
async def test_shares_follow_renames(ana: Owner, server: Server) -> None:
    bo = Owner(server, BO)
    await ana.share("folder", "bo", "viewer")
    await ana.rename("folder", "moved")
    assert (await bo.call("GET", "me", path="moved/m.ipynb")).status == 200
    await ana.rename("moved/m.ipynb", "m.ipynb")
    assert (await bo.call("GET", "me", path="m.ipynb")).status == 404, "it is in the folder no more"


@pytest.mark.spec("SHARE-20")
async def test_shares_survive_a_restart(ana: Owner, server: Server) -> None:
    link, _ = await ana.link("n.ipynb", role="editor", max_uses=3, password="correct horse")
    grant = await ana.share("n.ipynb", "bo", "commenter")
    await server.stop()
    await server.start()
    view = await ana.view("n.ipynb")
    assert view["links"][0] == {k: v for k, v in link.items() if k not in ("url", "address")}
    assert [g["id"] for g in view["grants"]] == [grant["id"]]


@pytest.mark.spec("SHARE-24")
async def test_ending_one_s_own_share_needs_nobody(ana: Owner, server: Server) -> None:
    bo = Owner(server, BO)
    grant = await ana.share("n.ipynb", "bo", "viewer")
    assert (await bo.call("DELETE", f"grants/{grant['id']}")).status == 204
    assert (await bo.call("GET", "me", path="n.ipynb")).status == 404


@pytest.mark.spec("AUDIT-6", "AUDIT-7", "AUDIT-8")
async def test_changes_are_recorded_and_exported(ana: Owner, server: Server) -> None:
    link, secret = await ana.link("n.ipynb", role="viewer", password="correct horse")
    await ana.call("PATCH", f"links/{link['id']}", {"role": "editor"})
    grant = await ana.share("n.ipynb", "=cmd|' /C calc'!A0", "viewer")
    await ana.call("DELETE", f"grants/{grant['id']}")
    await ana.call("DELETE", f"links/{link['id']}")
    kinds = [entry["kind"] for entry in await ana.audit()]
    assert kinds == ["link.made", "link.changed", "grant.made", "grant.ended", "link.ended"]
    exported = await ana.call("GET", "audit", format="csv")
    assert exported.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(exported.raw.decode())))
    assert len(rows) == 6
    assert not any(cell[:1] in "=+-@" for row in rows[1:] for cell in row if cell)
    for answer in (str(await ana.audit()), exported.raw.decode()):
        assert secret not in answer
        assert "correct horse" not in answer
    check = (await ana.call("GET", "audit/verification")).body
    assert check == {"whole": True, "problem": None}
    bo = Owner(server, BO)
    for path in ("audit", "audit/verification"):
        assert (await bo.call("GET", path)).status == 403
    assert (await ana.call("GET", "audit", format="xml")).status == 400
    assert (await ana.call("GET", "audit", since="yesterday")).status == 400
    assert [e["sequence"] for e in (await ana.call("GET", "audit", after=3)).body["entries"]] == [
        4,
        5,
    ]


@pytest.mark.spec("SHARE-4", "SHARE-16")
async def test_a_reader_of_the_server_edits_what_was_shared_with_them(
    ana: Owner, server: Server
) -> None:
    server.allow("bo", "read")
    async with editing(server, "n.ipynb") as owner:
        grant = await ana.share("n.ipynb", "bo", "editor")
        async with editing(server, "n.ipynb", token=BO) as bo:
            bo.append(0, "\n# bo")
            await bo.flush()
            await owner.until(lambda: "# bo" in owner.sources()[0])
            await ana.call("DELETE", f"grants/{grant['id']}")
            bo.append(0, "\n# late")
            await bo.flush()
            await bo.say(f.SyncStep1(b"\x00"))
            await bo.until(lambda: len([m for m in bo.messages if isinstance(m, f.SyncStep2)]) == 2)
            assert "# late" not in owner.sources()[0]
