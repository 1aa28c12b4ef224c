"""Links across the Hub: for people with an account, opened through the Hub's login."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.hub.colleague import in_document, share, until_listed
from tests.integration.hub.reader import Reader
from tests.integration.hub.real_hub import RealHub

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

_NOWHERE = "A" * 43


async def make_link(hub: RealHub, path: str, name: str = "alice", **wish: Any) -> dict[str, Any]:
    """A link of ``name``'s, with its secret."""
    await hub.until_connected(name)
    reply = await hub.at(name, "POST", "tandem/api/links", {"path": path, "role": "editor", **wish})
    assert reply.status == 201, reply
    at_home = hub.pages_url.removeprefix(hub.url)
    assert reply.body["address"].startswith(f"{at_home}/link#")
    return {**reply.body, "secret": reply.body["address"].partition("#")[2]}


async def at_page(hub: RealHub, name: str) -> tuple[Reader, str]:
    """Somebody at the page of links, and what its requests carry."""
    reader = Reader(hub)
    page = await reader.log_in(name, "link/open")
    assert page.url.endswith("/services/tandem/link/open")
    found = re.search(r'data-xsrf="([^"]+)"', page.text)
    assert found is not None
    return reader, found[1]


@pytest.mark.spec("HUB-24", "PAGES-11")
async def test_a_link_gives_the_document_after_signing_in(hub: RealHub, notebook: str) -> None:
    link = await make_link(hub, notebook)
    assert "secret" not in str(link["id"])
    first = await Reader(hub).get("link")
    assert first.status_code == 200
    assert first.url.endswith("/services/tandem/link")
    assert "script-src 'self'" in first.headers["Content-Security-Policy"]
    bob, xsrf = await at_page(hub, "bob")
    look = (await bob.tell("link/look", xsrf, secret=link["secret"])).json()
    assert (look["name"], look["by"], look["role"]) == (notebook, "alice", "editor")
    assert (await bob.tell("link/redeem", "", secret=link["secret"])).status_code == 403
    answer = await bob.tell("link/redeem", xsrf, secret=link["secret"])
    assert "/hub/user-redirect/tandem/hub/open?document=" in answer.json()["url"]
    lab = await bob._ask("GET", hub.url + answer.json()["url"])
    assert f"/user/bob/lab?tandem-open=Shared%3Aalice%2F{notebook}" in lab.url
    await until_listed(hub, "bob", f"alice/{notebook}")
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:alice/{notebook}") as there,
    ):
        await there.type(0, " # by link")
        await alice.until(lambda: "by link" in alice.sources()[0])
        ended = await hub.at("alice", "DELETE", f"tandem/api/links/{link['id']}?grants=revoke")
        assert ended.status == 204
        assert (await there.closed())[0] == 4403
    gone = await bob.tell("link/look", xsrf, secret=link["secret"])
    assert (gone.status_code, gone.json()["reason"]) == (410, "link-ended")


@pytest.mark.spec("PAGES-12", "HUB-24")
async def test_a_link_for_one_is_the_first_ones_who_opens_it(hub: RealHub, notebook: str) -> None:
    link = await make_link(hub, notebook, max_uses=1)
    bob, bobs = await at_page(hub, "bob")
    carol, carols = await at_page(hub, "carol")
    alice, alices = await at_page(hub, "alice")
    own = await alice.tell("link/redeem", alices, secret=link["secret"])
    assert own.status_code == 200
    for _ in range(2):
        assert (await bob.tell("link/redeem", bobs, secret=link["secret"])).status_code == 200
    refused = await carol.tell("link/redeem", carols, secret=link["secret"])
    assert refused.status_code == 410
    assert "used as often as it may" in refused.json()["message"]
    uses = (await hub.at("alice", "GET", f"tandem/api/links/{link['id']}/uses")).body["uses"]
    assert [use["subject"]["name"] for use in uses] == ["bob"]
    view = (await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")).body
    assert [(one["uses"], one["max_uses"]) for one in view["links"]] == [(1, 1)]
    listed = (await hub.at("alice", "GET", "tandem/api/shared")).body["by_me"]
    (line,) = [line for line in listed if line["path"] == notebook]
    assert [one["id"] for one in line["links"]] == [link["id"]]


@pytest.mark.spec("PAGES-11", "HUB-2", "HUB-24")
async def test_links_that_are_none_and_forms_that_are_forged_give_nothing(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob", "viewer")
    link = await make_link(hub, notebook, password="correct horse")
    dora, xsrf = await at_page(hub, "dora")
    for secret in (_NOWHERE, "", "../../etc", link["id"]):
        assert (await dora.tell("link/look", xsrf, secret=secret)).status_code == 404
    for body in ({"secret": 1}, {"secret": link["secret"], "user": "alice"}):
        assert (await dora.tell("link/redeem", xsrf, **body)).status_code == 400
    wrong = await dora.tell("link/redeem", xsrf, secret=link["secret"], password="battery")
    assert wrong.json()["reason"] == "password"
    stranger = await Reader(hub).tell("link/redeem", xsrf, secret=link["secret"])
    assert stranger.status_code == 401
    refused = [
        (await hub.at("bob", "POST", "tandem/api/links", body)).status
        for body in (
            {"path": f"Shared:alice/{notebook}", "role": "viewer"},
            {"path": "nothing.ipynb", "role": "viewer"},
        )
    ]
    assert refused == [403, 404]
    for wish in ({"guests": True}, {"role": "manager"}):
        body = {"path": notebook, "role": "viewer", **wish}
        assert (await hub.at("alice", "POST", "tandem/api/links", body)).status == 400
    change = await hub.at("alice", "PATCH", f"tandem/api/links/{link['id']}", {"role": "viewer"})
    assert (change.status, change.body["role"]) == (200, "viewer")
    for method, path in (("PATCH", ""), ("DELETE", ""), ("GET", "/uses")):
        theirs = [
            await hub.ask(
                method,
                f"{hub.service_url}/api/links/{one}{path}",
                {"role": "viewer"} if method == "PATCH" else None,
                token=hub.tokens["carol"],
            )
            for one in (link["id"], "nothing")
        ]
        assert theirs[0] == theirs[1]
        assert theirs[0].status == 404


@pytest.mark.spec("HUBDIR-9", "HUB-24", "PAGES-11")
async def test_a_link_to_a_folder_gives_what_it_holds_after_signing_in(hub: RealHub) -> None:
    (hub.folder("alice") / "lecture").mkdir()
    hub.write_notebook("alice", "lecture/live.ipynb", "x = 1", "y = 2")
    link = await make_link(hub, "lecture")
    assert link["target"]["kind"] == "folder"
    view = (await hub.at("alice", "GET", "tandem/api/shares?path=lecture")).body
    assert [one["id"] for one in view["links"]] == [link["id"]]
    carol, xsrf = await at_page(hub, "carol")
    look = (await carol.tell("link/look", xsrf, secret=link["secret"])).json()
    assert (look["name"], look["folder"], look["role"]) == ("lecture", True, "editor")
    answer = await carol.tell("link/redeem", xsrf, secret=link["secret"])
    lab = await carol._ask("GET", hub.url + answer.json()["url"])
    assert "/user/carol/lab?tandem-open=Shared%3Aalice%2Flecture" in lab.url
    await until_listed(hub, "carol", "alice/lecture")
    path = "lecture/live.ipynb"
    async with (
        in_document(hub, "alice", path) as alice,
        in_document(hub, "carol", f"Shared:alice/{path}") as there,
    ):
        await there.type(0, " # by link")
        await alice.until(lambda: "by link" in alice.sources()[0])
        listed = (await hub.at("alice", "GET", "tandem/api/shared")).body["by_me"]
        (line,) = [line for line in listed if line["path"] == "lecture"]
        assert [one["id"] for one in line["links"]] == [link["id"]]
        mine, others = Reader(hub), Reader(hub)
        assert "lecture" in (await mine.log_in("alice")).text
        assert "lecture" not in (await others.log_in("bob")).text
        own = await mine._ask("GET", hub.url + answer.json()["url"])
        assert own.url.endswith("/user/alice/lab/tree/lecture")
        ended = await hub.at("alice", "DELETE", f"tandem/api/links/{link['id']}?grants=revoke")
        assert ended.status == 204
        assert (await there.closed())[0] == 4403
    await until_listed(hub, "carol", "alice/lecture", there=False)


@pytest.mark.spec("HUBDIR-9", "HUB-21")
async def test_links_to_folders_ask_for_an_account(hub: RealHub) -> None:
    (hub.folder("alice") / "seminar").mkdir()
    await hub.until_connected("alice")
    body = {"path": "seminar", "role": "viewer", "guests": True}
    refused = await hub.at("alice", "POST", "tandem/api/links", body)
    assert refused.status == 400, refused
    made = {"path": "seminar", "role": "viewer"}
    link = (await hub.at("alice", "POST", "tandem/api/links", made)).body
    change = await hub.at("alice", "PATCH", f"tandem/api/links/{link['id']}", {"guests": True})
    assert change.status == 400, change
