"""The service's pages, as people and administrators get them through the Hub."""

from __future__ import annotations

import csv
import io
import json
from html import escape

import pytest

from tests.integration.hub.colleague import share
from tests.integration.hub.reader import Reader, xsrf_of
from tests.integration.hub.real_hub import RealHub

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

_MARKUP = "<img src=x onerror=alert(1)>"


@pytest.mark.spec("PAGES-1", "PAGES-2", "PAGES-3", "PAGES-4")
async def test_people_log_in_through_the_hub_and_see_what_is_theirs(hub: RealHub) -> None:
    name = f"=1+1 {_MARKUP}.ipynb".replace("/", "")
    hub.write_notebook("alice", name, "x = 1")
    await share(hub, "alice", name, "bob")
    alice, bob, carol = Reader(hub), Reader(hub), Reader(hub)
    page = await alice.log_in("alice")
    assert page.url == f"{hub.url}/services/tandem/"
    assert _MARKUP not in page.text
    assert escape(name) in page.text
    assert "script" not in page.text.lower()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert escape(name) in (await bob.log_in("bob")).text
    assert escape(name) not in (await carol.log_in("carol")).text
    for where in ("admin/", "admin/documents", "admin/documents/nothing", "admin/audit"):
        refused = await bob.get(where)
        assert refused.status_code == 403
        assert "Only administrators" in refused.text


@pytest.mark.spec("PAGES-4", "PAGES-7")
async def test_only_a_form_of_the_page_itself_ends_a_share(hub: RealHub, notebook: str) -> None:
    grant = (await share(hub, "alice", notebook, "bob"))["id"]
    mine = (await share(hub, "alice", notebook, "carol"))["id"]
    hub.write_notebook("alice", f"doras-{notebook}", "x = 1")
    await share(hub, "alice", f"doras-{notebook}", "dora")
    alice, dora = Reader(hub), Reader(hub)
    page, theirs = await alice.log_in("alice"), await dora.log_in("dora")
    forged = [
        {"grant": grant},
        {"grant": grant, "_xsrf": "2|1234|5678"},
        {"grant": grant, "_xsrf": xsrf_of(theirs)},
    ]
    for data in forged:
        assert (await alice.post("shares/end", **data)).status_code == 403
    assert (await alice.get("shares/end")).status_code == 405
    assert (await Reader(hub).post("shares/end", grant=grant)).status_code == 401
    stranger = await dora.post("shares/end", grant=mine, _xsrf=xsrf_of(theirs))
    nothing = await dora.post("shares/end", grant="nothing", _xsrf=xsrf_of(theirs))
    assert (stranger.status_code, nothing.status_code) == (404, 404)
    assert stranger.text == nothing.text
    assert {grant, mine} <= await _ids(hub, notebook)

    ended = await alice.post("shares/end", grant=grant, _xsrf=xsrf_of(page))
    assert ended.status_code == 303
    assert "The share has ended." in (await alice.get("?done=ended")).text
    assert await _ids(hub, notebook) == {mine}


async def _ids(hub: RealHub, notebook: str) -> set[str]:
    view = await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")
    return {grant["id"] for grant in view.body["grants"]}


@pytest.mark.spec("PAGES-2", "PAGES-5", "PAGES-6")
async def test_administrators_find_everything_and_end_what_has_to_end(
    hub: RealHub, notebook: str
) -> None:
    given = await share(hub, "alice", notebook, "=bob")
    document, grant = given["target"]["file_id"], given["id"]
    olga = Reader(hub)
    overview = await olga.log_in("olga", "admin/")
    assert overview.url.endswith("/services/tandem/admin/")
    assert "journal.sqlite3" in overview.text
    for where in ("documents", "people", "links", "rooms"):
        assert (await olga.get(f"admin/{where}?q=n")).status_code == 200
    found = await olga.get(f"admin/documents?q={notebook.upper()}")
    assert "1 found." in found.text
    assert notebook in found.text
    assert "0 found." in (await olga.get("admin/documents?q=no-such-thing")).text
    page = await olga.get(f"admin/documents/{document}")
    assert "=bob" in page.text
    assert (await olga.get("admin/documents/nothing")).status_code == 404
    ended = await olga.post("admin/shares/end", grant=grant, document=document, _xsrf=xsrf_of(page))
    assert ended.headers["Location"].endswith(f"admin/documents/{document}?done=ended")
    assert await _ids(hub, notebook) == set()
    log = await olga.get(f"admin/audit?about={document}&kind=grant.ended&actor=user:olga")
    assert log.text.count("<code>grant.ended</code>") == 1
    assert "No entry fits." in (await olga.get("admin/audit?actor=user:nobody")).text
    assert "as 2026-11-21" in (await olga.get("admin/audit?since=yesterday")).text
    assert "The log is whole" in (await olga.get("admin/audit/check")).text


@pytest.mark.spec("PAGES-6", "AUDIT-8")
async def test_the_audit_log_is_exported_with_the_filters_of_the_page(
    hub: RealHub, notebook: str
) -> None:
    given = await share(hub, "alice", notebook, "=cmd|'/C calc'!A0")
    document = given["target"]["file_id"]
    await hub.add("olga", serve=False)
    token = {"Authorization": f"token {hub.tokens['olga']}"}
    olga = Reader(hub)
    where = f"admin/audit/export.{{}}?about={document}&kind=grant"
    as_csv = await olga.get(where.format("csv"), headers=token)
    assert "attachment" in as_csv.headers["Content-Disposition"]
    (heading, line) = csv.reader(io.StringIO(as_csv.text))
    assert heading[:3] == ["sequence", "at", "kind"]
    assert (line[2], line[3], line[4].lstrip("'")) == ("grant.made", "user:alice", document)
    assert all(cell[:1] not in {"=", "+", "-", "@"} for cell in line)
    lines = (await olga.get(where.format("jsonl"), headers=token)).text.splitlines()
    (entry,) = map(json.loads, lines)
    assert entry["details"]["subject"] == "user:=cmd|'/C calc'!A0"
    everything = await olga.get("admin/audit/export.jsonl", headers=token)
    numbers = [json.loads(line)["sequence"] for line in everything.text.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert (await olga.get(where.format("xls"), headers=token)).status_code == 404
    bob = {"Authorization": f"token {hub.tokens['bob']}"}
    assert (await olga.get(where.format("csv"), headers=bob)).status_code == 403


@pytest.mark.spec("PAGES-8")
async def test_a_documents_name_leads_to_it_in_ones_own_lab(hub: RealHub, notebook: str) -> None:
    given = await share(hub, "alice", notebook, "bob")
    document = given["target"]["file_id"]
    ways = {}
    for name, wanted in (
        ("alice", document),
        ("bob", document),
        ("carol", document),
        ("dora", "nothing"),
    ):
        reader = Reader(hub)
        await reader.log_in(name)
        url = f"{hub.url}/hub/user-redirect/tandem/hub/open?document={wanted}"
        ways[name] = await reader._ask("GET", url)
    assert ways["alice"].url == f"{hub.url}/user/alice/lab/tree/{notebook}"
    assert f"/user/bob/lab?tandem-open=Shared%3Aalice%2F{notebook}" in ways["bob"].url
    for name, wanted in (("carol", document), ("dora", "nothing")):
        assert ways[name].url == f"{hub.url}/services/tandem/ask?document={wanted}"
