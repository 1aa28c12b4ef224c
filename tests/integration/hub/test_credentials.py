"""Who is let in at the service, and for how long."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.federation import (
    Carried,
    Open,
    Shut,
    Welcome,
    decode_federation,
    encode_federation,
)
from tests.integration.hub.colleague import in_document, share, until_listed
from tests.integration.hub.real_hub import ADMIN_TOKEN, SERVICE_TOKEN, RealHub

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

WRITE = "custom:tandem:write!user"


async def token_of(hub: RealHub, name: str, *scopes: str, **more: Any) -> str:
    """A token of somebody's with these scopes alone."""
    reply = await hub.api("POST", f"users/{name}/tokens", {"scopes": list(scopes), **more})
    assert reply.status == 201, reply
    return str(reply.body["token"])


async def refused(hub: RealHub, token: str, server: str = "") -> int:
    """The status with which the service refuses a connection, 101 if it does not."""
    headers = {"Authorization": f"token {token}"}
    url = hub.service_url.replace("http", "ws") + f"/api/federation?server={server}"
    try:
        async with connect(url, additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as error:
        return int(error.response.status_code)


@pytest.mark.spec("HUB-3", "HUB-17")
async def test_tokens_that_speak_for_nobody_are_refused_everywhere(hub: RealHub) -> None:
    tokens = {
        "none": "",
        "unknown": "0" * 32,
        "odd": "a b=c",
        "a service's": ADMIN_TOKEN,
        "its own": SERVICE_TOKEN,
        "without the scope": await token_of(hub, "carol", "read:users:name!user"),
    }
    for what, token in tokens.items():
        for path in ("", "/", "/api/documents", "/api/names?q=a", "/api/nothing"):
            reply = await hub.ask("GET", hub.service_url + path, token=token)
            assert reply.status in {403, 404}, (what, path, reply)
            assert path == "" or reply.status == 403
        assert await refused(hub, token) == 403, what
    log = hub.service.log.read_text()
    assert "of somebody unknown" in log
    assert "is not let in: This token may not be used here: it lacks the scope" in log


@pytest.mark.spec("HUB-3", "HUB-12")
async def test_a_token_counts_until_it_expires(hub: RealHub) -> None:
    await hub.add("mallory", serve=False)
    token = await token_of(hub, "mallory", WRITE, "access:servers!server=mallory/", expires_in=3)
    headers = {"Authorization": f"token {token}"}
    url = hub.service_url.replace("http", "ws") + "/api/federation?server="
    # On a busy machine it may have expired by now.
    with contextlib.suppress(InvalidStatus):
        async with connect(url, additional_headers=headers, proxy=None) as line:
            await asyncio.wait_for(line.wait_closed(), 60)
            assert line.close_code == 4403
            assert "The Hub does not know this token" in str(line.close_reason)
    assert await refused(hub, token) == 403


@pytest.mark.spec("HUB-4", "HUB-3")
async def test_a_server_that_lies_appears_under_its_persons_name(
    hub: RealHub, notebook: str
) -> None:
    await hub.add("mallory", serve=False)
    grant = await share(hub, "alice", notebook, "mallory")
    token = await token_of(hub, "mallory", WRITE, "access:servers!server=mallory/")
    headers = {"Authorization": f"token {token}"}
    url = hub.service_url.replace("http", "ws") + "/api/federation?server="
    async with (
        in_document(hub, "alice", notebook) as alice,
        connect(url, additional_headers=headers, proxy=None, max_size=None) as line,
    ):
        await line.send(encode_federation(Open(1, grant["target"]["file_id"], "")))
        # It is in when the room speaks.
        while not isinstance(decode_federation(await line.recv(decode=False)), Carried):
            pass
        for client, name in ((77, "alice"), (78, "olga"), (79, "alice/bob")):
            user = {"username": name, "display_name": name.title(), "name": name.title()}
            state = f.AwarenessState(client, 1, json.dumps({"user": user}))
            frame = f.encode(f.Awareness((state,)))
            await line.send(encode_federation(Carried(1, frame)))
        await alice.until(lambda: len(alice.people()) >= 3)
        assert all(name.startswith("mallory/") for name in alice.people())
        assert all(shown.endswith("(at mallory)") for shown in alice.people().values())


@pytest.mark.spec("HUB-3")
async def test_a_token_is_of_one_server_and_may_be_for_looking_only(hub: RealHub) -> None:
    mine = await token_of(hub, "carol", WRITE, "access:servers!user")
    assert await refused(hub, mine) == 403
    server = await token_of(hub, "carol", WRITE, "access:servers!server=carol/")
    assert await refused(hub, server, "other") == 403
    assert await refused(hub, server, "../bob/") == 403
    looks = await token_of(hub, "carol", "custom:tandem:read!user")
    assert (await hub.ask("GET", f"{hub.service_url}/api/documents", token=looks)).status == 200
    body = {"path": "x", "subject": {"kind": "user", "name": "bob"}, "role": "viewer"}
    grants = f"{hub.service_url}/api/grants"
    assert (await hub.ask("POST", grants, body, token=looks)).status == 403
    assert (await hub.ask("POST", grants, body, token=server)).status == 404


@pytest.mark.spec("HUB-37")
async def test_a_token_for_looking_takes_nothing_from_others(hub: RealHub, notebook: str) -> None:
    given = await share(hub, "alice", notebook, "carol")
    looks = await token_of(hub, "alice", "custom:tandem:read!user")
    for grant in (given["id"], "nothing"):
        one = f"{hub.service_url}/api/grants/{grant}"
        assert (await hub.ask("DELETE", one, token=looks)).status == 403
        ended = await asyncio.to_thread(
            requests.post,
            f"{hub.service_url}/shares/end",
            {"grant": grant},
            headers={"Authorization": f"token {looks}"},
            allow_redirects=False,
            timeout=60,
        )
        assert ended.status_code == 403
    await until_listed(hub, "carol", f"alice/{notebook}")
    theirs = await token_of(hub, "carol", "custom:tandem:read!user")
    own = f"{hub.service_url}/api/grants/{given['id']}"
    assert (await hub.ask("DELETE", own, token=theirs)).status == 204
    await until_listed(hub, "carol", f"alice/{notebook}", there=False)


@pytest.mark.spec("HUB-12", "HUB-14")
async def test_a_connection_ends_with_its_token_and_with_nonsense(hub: RealHub) -> None:
    reply = await hub.api(
        "POST",
        "users/bob/tokens",
        {"scopes": [WRITE, "access:servers!server=bob/", "read:users:name!user"]},
    )
    headers = {"Authorization": f"token {reply.body['token']}"}
    # A connection of its own would end bob's server's: an earlier connection is a broken one.
    await hub.stop_server("bob")
    url = hub.service_url.replace("http", "ws") + "/api/federation?server="
    try:
        async with connect(url, additional_headers=headers, proxy=None) as line:
            assert isinstance(decode_federation(await line.recv(decode=False)), Welcome)
            await line.send(encode_federation(Open(1, "no-such-document", "")))
            answer = decode_federation(await line.recv(decode=False))
            assert isinstance(answer, Shut)
            assert (answer.channel, answer.code) == (1, 4404)
            await line.send(encode_federation(Shut(77, 1001, "late")))
            await line.send(b"\xff\xff nonsense")
            await asyncio.wait_for(line.wait_closed(), 60)
            assert line.close_code == 4400
        async with connect(url, additional_headers=headers, proxy=None) as line:
            await hub.api("DELETE", f"users/bob/tokens/{reply.body['id']}")
            await asyncio.wait_for(line.wait_closed(), 60)
            assert line.close_code == 4403
    finally:
        await hub.start_server("bob")


@pytest.mark.spec("HUB-12", "HUB-11")
async def test_who_leaves_a_group_loses_what_it_had(hub: RealHub, notebook: str) -> None:
    await hub.api("POST", "groups/readers")
    await hub.api("POST", "groups/readers/users", {"users": ["carol"]})
    await share(hub, "alice", notebook, "readers", "viewer", kind="group")
    path = f"alice/{notebook}"
    await until_listed(hub, "carol", path)
    async with in_document(hub, "carol", f"Shared:{path}") as carol:
        assert carol.role() == "viewer"
        reply = await hub.api("DELETE", "groups/readers/users", {"users": ["carol"]})
        assert reply.status == 200, reply
        assert (await carol.closed())[0] == 4403
    await until_listed(hub, "carol", path, there=False)


@pytest.mark.spec("HUB-16")
async def test_people_are_found_and_those_who_have_never_come_are_waited_for(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "newcomer", "viewer")
    names = await hub.at("alice", "GET", "tandem/hub/names?q=o")
    assert {"bob", "carol", "dora"} <= set(names.body["users"])
    assert "newcomer" not in names.body["users"]
    assert "team" in (await hub.at("alice", "GET", "tandem/hub/names?q=te")).body["groups"]
    await hub.add("newcomer", serve=False)
    token = await token_of(hub, "newcomer", WRITE)
    listed = await hub.ask("GET", f"{hub.service_url}/api/documents", token=token)
    assert [told["name"] for told in listed.body["with_me"]] == [notebook]
    assert listed.body["with_me"][0]["mine"]["role"] == "viewer"


@pytest.mark.spec("HUB-17")
async def test_a_large_body_is_taken_from_people_only_and_for_documents_only(hub: RealHub) -> None:
    megabytes = b"x" * 3_000_000
    documents = f"{hub.service_url}/api/documents"
    reply = await hub.ask("POST", documents, token="nobody", raw=megabytes)
    assert reply.status in {0, 403}
    mine = await token_of(hub, "carol", WRITE, "access:servers!server=carol/")
    query = "?server=&file_id=f&format=json&type=notebook&name=n.ipynb&lineage=l"
    reply = await hub.ask("POST", documents + query, token=mine, raw=megabytes)
    assert reply.status == 400
    reply = await hub.ask("POST", f"{hub.service_url}/api/grants", token=mine, raw=megabytes)
    assert reply.status in {0, 400, 413}


@pytest.mark.spec("HUB-17")
async def test_probes_tell_nothing_about_anybody(hub: RealHub) -> None:
    for path in ("healthz", "readyz", "metrics"):
        reply = await hub.ask("GET", f"{hub.service_url}/{path}", token="")
        assert reply.status == 200
        assert b"alice" not in str(reply.body).encode()
    metrics = await hub.ask("GET", f"{hub.service_url}/metrics", token="")
    assert b"tandem_hub_servers" in metrics.body


@pytest.mark.spec("HUB-15")
async def test_the_drive_is_for_reading(hub: RealHub, notebook: str) -> None:
    await share(hub, "alice", notebook, "bob", "viewer")
    path = f"tandem/hub/contents/alice/{notebook}"
    await until_listed(hub, "bob", f"alice/{notebook}")
    found = (await hub.at("bob", "GET", path)).body
    assert [cell["source"] for cell in found["content"]["cells"]] == ["x = 1", "y = 2"]
    assert found["writable"] is False
    folder = (await hub.at("bob", "GET", "tandem/hub/contents/alice")).body
    assert notebook in [entry["name"] for entry in folder["content"]]
    for method, body in (("PUT", found), ("POST", {}), ("DELETE", None)):
        assert (await hub.at("bob", method, path, body)).status == 403
    assert (await hub.at("bob", "GET", "tandem/hub/contents/nobody")).status == 404
    assert (await hub.at("bob", "GET", f"{path}?type=directory")).status == 400
