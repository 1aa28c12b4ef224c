"""Asking for access to a document that is not shared with one."""

from __future__ import annotations

import pytest

from tests.integration.hub.colleague import share, until_listed
from tests.integration.hub.reader import Reader, xsrf_of
from tests.integration.hub.real_hub import RealHub

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


@pytest.mark.spec("REQUEST-1", "REQUEST-2", "REQUEST-3", "PAGES-8")
async def test_who_has_no_right_asks_and_the_owner_answers(hub: RealHub, notebook: str) -> None:
    document = (await share(hub, "alice", notebook, "bob"))["target"]["file_id"]
    alice, carol, dora = Reader(hub), Reader(hub), Reader(hub)
    answers = {}
    for reader, name, wanted in ((carol, "carol", document), (dora, "dora", "nothing")):
        await reader.log_in(name)
        url = f"{hub.url}/hub/user-redirect/tandem/hub/open?document={wanted}"
        page = await reader._ask("GET", url)
        assert page.url == f"{hub.url}/services/tandem/ask?document={wanted}"
        asked = await reader.post("ask", document=wanted, _xsrf=xsrf_of(page))
        again = await reader.post("ask", document=wanted, _xsrf=xsrf_of(page))
        assert asked.status_code == again.status_code == 200
        assert asked.text == again.text
        answers[name] = [one.text.replace(name, "?").replace(wanted, "") for one in (page, asked)]
    for ours, theirs in zip(answers["carol"], answers["dora"], strict=True):
        assert _without_token(ours) == _without_token(theirs)
        assert notebook not in ours
        assert "alice" not in ours
    await hub.service.end()
    await hub.service.start()
    await hub.until_up(f"{hub.service_url}/readyz")
    for name in ("alice", "carol"):
        await hub.until_connected(name)

    page = await alice.log_in("alice")
    assert page.text.count('name="name" value="carol"') == 2
    assert 'value="dora"' not in page.text
    answer = {"document": document, "name": "carol", "role": "viewer"}
    carols = xsrf_of(await carol.get(f"ask?document={document}"))
    assert (await carol.post("requests/accept", _xsrf=carols, **answer)).status_code == 404
    forged = {**answer, "name": "dora"}
    assert (await alice.post("requests/accept", _xsrf=xsrf_of(page), **forged)).status_code == 404
    assert (await alice.post("requests/accept", **answer)).status_code == 403
    shared = await alice.post("requests/accept", _xsrf=xsrf_of(page), **answer)
    assert shared.status_code == 303
    assert "asks for" not in (await alice.get("")).text
    await until_listed(hub, "carol", f"alice/{notebook}")
    view = (await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")).body
    roles = {one["subject"]["name"]: (one["role"], one["may_run"]) for one in view["grants"]}
    assert roles["carol"] == ("viewer", False)


@pytest.mark.spec("REQUEST-2", "REQUEST-4")
async def test_a_request_is_declined_and_nobody_asks_without_end(
    hub: RealHub, notebook: str
) -> None:
    document = (await share(hub, "alice", notebook, "bob"))["target"]["file_id"]
    alice, dora = Reader(hub), Reader(hub)
    await dora.log_in("dora")
    xsrf = xsrf_of(await dora.get(f"ask?document={document}"))
    assert (await dora.post("ask", document=document, _xsrf=xsrf)).status_code == 200
    page = await alice.log_in("alice")
    listed = (await hub.at("alice", "GET", "tandem/hub/requests")).body["requests"]
    mine = [(one["name"], one["username"]) for one in listed if one["document"] == document]
    assert mine == [(notebook, "dora")]
    assert (await hub.at("bob", "GET", "tandem/hub/requests")).body == {"requests": []}
    wish = {"document": document, "username": "dora"}
    refused = {"bob": {**wish, "role": "editor"}, "alice": {**wish, "role": "owner"}}
    statuses = [
        (await hub.at(name, "POST", "tandem/hub/requests", body)).status
        for name, body in refused.items()
    ]
    assert statuses == [404, 400]
    given = await hub.at("alice", "POST", "tandem/hub/requests", {**wish, "role": "commenter"})
    assert given.status == 204
    await until_listed(hub, "dora", f"alice/{notebook}")
    removed = {"path": notebook, "subject": {"kind": "user", "name": "dora"}}
    await hub.at("alice", "POST", "tandem/api/removals", removed)
    await until_listed(hub, "dora", f"alice/{notebook}", there=False)
    assert (await dora.post("ask", document=document, _xsrf=xsrf)).status_code == 200
    page = await alice.get("")
    answer = {"document": document, "name": "dora"}
    declined = await alice.post("requests/decline", _xsrf=xsrf_of(page), **answer)
    assert declined.status_code == 303
    assert "asks for" not in (await alice.get("")).text
    gone = await alice.post("requests/decline", _xsrf=xsrf_of(page), **answer)
    assert gone.status_code == 404
    statuses = [
        (await dora.post("ask", document=f"d{number}", _xsrf=xsrf)).status_code
        for number in range(25)
    ]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def _without_token(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "_xsrf" not in line)
