"""A folder of alice's is shared: what it holds is there, documents live, and nothing beside it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.integration.hub.colleague import in_document, in_room, until_listed, until_saved
from tests.integration.hub.real_hub import RealHub, Reply

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="package"),
]

BYTES = bytes(range(256)) * 12_000
"""Three megabytes: three times what may be on its way."""


async def share_folder(
    hub: RealHub, path: str, name: str, role: str = "editor", kind: str = "user"
) -> str:
    """Let alice share a folder; the grant's id."""
    body = {"path": path, "subject": {"kind": kind, "name": name}, "role": role}
    await hub.until_connected("alice")
    reply = await hub.at("alice", "POST", "tandem/api/grants", body)
    assert reply.status == 201, reply
    assert reply.body["target"]["kind"] == "folder"
    return str(reply.body["id"])


async def listing(hub: RealHub, name: str, path: str) -> dict[str, dict[str, Any]]:
    """What a folder of the drive holds, by name."""
    reply = await hub.at(name, "GET", f"tandem/hub/contents/{path}?type=directory")
    assert reply.status == 200, reply
    return {entry["name"]: entry for entry in reply.body["content"]}


async def get(hub: RealHub, name: str, path: str, query: str = "") -> Reply:
    """Something in the drive."""
    return await hub.at(name, "GET", f"tandem/hub/contents/{path}{query}")


def fill(hub: RealHub, folder: str) -> None:
    """Make a folder of alice's with something of every kind, and a secret beside it."""
    work = hub.folder("alice") / folder
    (work / "sub").mkdir(parents=True)
    hub.write_notebook("alice", f"{folder}/sub/live.ipynb", "x = 1", "y = 2")
    hub.write_notebook("alice", f"{folder}/never.ipynb", "z = 3")
    (work / "notes.md").write_text("# Größe\n")
    (work / "data.bin").write_bytes(BYTES)
    (work / "page.html").write_text("<script>alert(1)</script>")
    (hub.folder("alice") / "secret.txt").write_text("not yours")
    (work / "link.txt").symlink_to("../secret.txt")


@pytest.mark.spec("HUBDIR-1", "HUBDIR-2", "HUBDIR-4", "HUBDIR-5")
async def test_a_folder_is_listed_its_documents_are_live_and_its_files_can_be_read(
    hub: RealHub,
) -> None:
    fill(hub, "course")
    await share_folder(hub, "course", "bob")
    await until_listed(hub, "bob", "alice/course")
    assert (await listing(hub, "bob", "alice"))["course"]["type"] == "directory"
    found = await listing(hub, "bob", "alice/course")
    assert list(found) == ["sub", "data.bin", "never.ipynb", "notes.md", "page.html"]
    assert found["sub"]["type"] == "directory"
    assert found["sub"]["last_modified"] > "2020"
    assert found["data.bin"]["size"] == len(BYTES)
    assert [found[n]["type"] for n in ("never.ipynb", "notes.md")] == ["notebook", "file"]

    path = "course/sub/live.ipynb"
    async with (
        in_document(hub, "alice", path) as alice,
        in_document(hub, "bob", f"Shared:alice/{path}") as bob,
    ):
        await bob.type(0, " # b")
        await alice.type(1, " # a")
        await alice.until(lambda: "# b" in alice.sources()[0])
        await bob.until(lambda: "# a" in bob.sources()[1])
        await until_saved(hub, "alice", path, "x = 1 # b", "y = 2 # a")

    text = await get(hub, "bob", "alice/course/notes.md")
    assert (text.body["format"], text.body["content"]) == ("text", "# Größe\n")
    binary = await get(hub, "bob", "alice/course/data.bin", "?type=file&format=base64")
    assert base64.b64decode(binary.body["content"]) == BYTES
    notebook = await get(hub, "bob", "alice/course/never.ipynb")
    assert notebook.body["content"]["cells"][0]["source"] == "z = 3"
    page = await hub.at("bob", "GET", "tandem/hub/files/alice/course/page.html")
    assert page.body == b"<script>alert(1)</script>"
    assert page.headers["Content-Disposition"].startswith("attachment")
    assert page.headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.spec("HUBDIR-4")
async def test_of_a_huge_folder_the_first_entries_are_listed_and_a_sentence_says_so(
    hub: RealHub,
) -> None:
    work = hub.folder("alice") / "huge"
    (work / "z").mkdir(parents=True)
    for number in range(2_100):
        (work / f"f{number:04}.txt").write_text(str(number))
    await share_folder(hub, "huge", "bob", "viewer")
    await until_listed(hub, "bob", "alice/huge")
    found = (await get(hub, "bob", "alice/huge")).body
    assert len(found["content"]) == 2_000
    assert found["content"][0]["name"] == "z"
    assert found["tandem"]["whole"] is False
    assert "more than the 2,000 entries" in found["tandem"]["away"]
    last = await get(hub, "bob", "alice/huge/f2099.txt")
    assert (last.status, last.body["content"]) == (200, "2099")


@pytest.mark.spec("HUBDIR-3", "HUBDIR-6", "HUB-2")
async def test_nothing_beside_the_folder_is_there_and_the_right_can_be_taken_back(
    hub: RealHub,
) -> None:
    fill(hub, "limits")
    grant = await share_folder(hub, "limits", "bob", "viewer")
    await until_listed(hub, "bob", "alice/limits")
    outside = [
        "alice/limits/link.txt",
        "alice/limits/../secret.txt",
        "alice/limits/%2e%2e/secret.txt",
        "alice/limits/sub/..%2f..%2fsecret.txt",
        "alice/secret.txt",
        "alice/limits-2",
    ]
    for way in outside:
        for query in ("", "?type=file", "?type=directory"):
            reply = await get(hub, "bob", way, query)
            assert reply.status in {400, 404}, (way, query, reply)
            assert "not yours" not in str(reply.body)
        reply = await hub.at("bob", "GET", f"tandem/hub/files/{way}")
        assert reply.status == 404, (way, reply)
    for name in ("carol", "dora"):
        assert (await get(hub, name, "alice/limits")).status == 404
    body = {"format": "json", "type": "notebook"}
    session = "api/collaboration/session/Shared:alice/limits/sub/live.ipynb"
    assert (await hub.at("carol", "PUT", session, body)).status == 404

    async with in_document(hub, "bob", "Shared:alice/limits/sub/live.ipynb") as bob:
        assert bob.role() == "viewer"
        assert (await hub.at("alice", "DELETE", f"tandem/api/grants/{grant}")).status == 204
        assert (await bob.closed())[0] == 4403
    await until_listed(hub, "bob", "alice/limits", there=False)
    assert (await hub.at("bob", "GET", "tandem/hub/files/alice/limits/notes.md")).status == 404


@pytest.mark.spec("HUBDIR-7", "HUBDIR-8")
async def test_who_leaves_the_folder_is_left_out_and_the_owner_may_be_away(hub: RealHub) -> None:
    fill(hub, "trip")
    await share_folder(hub, "trip", "team", kind="group")
    await until_listed(hub, "dora", "alice/trip")
    async with (
        in_document(hub, "dora", "Shared:alice/trip/never.ipynb") as dora,
        in_document(hub, "dora", "Shared:alice/trip/sub/live.ipynb") as moved,
    ):
        room = (await get(hub, "dora", "alice/trip/sub/live.ipynb?content=0")).body["tandem"]
        reply = await hub.at(
            "alice", "PATCH", "api/contents/trip/sub/live.ipynb", {"path": "gone.ipynb"}
        )
        assert reply.status == 200, reply
        assert (await moved.closed())[0] == 4403
        async with in_room(hub, "dora", room["document"]) as again:
            assert (await again.closed())[0] == 4404

        await hub.stop_server("alice")
        await dora.until(lambda: "alice's server is stopped" in dora.file().get("reason", ""))
        assert dora.file()["state"] == "pending"
        away = (await get(hub, "dora", "alice/trip", "?type=directory")).body
        assert [entry["name"] for entry in away["content"]] == ["never.ipynb"]
        assert "alice's server is stopped" in away["tandem"]["away"]
        reply = await get(hub, "dora", "alice/trip/notes.md", "?type=file")
        assert reply.status == 503
        assert "alice's server is stopped" in reply.body["message"]
        await dora.type(0, " # while away")
        await dora.until(lambda: dora.acknowledged() >= 2)
        await hub.start_server("alice")
        await until_saved(hub, "alice", "trip/never.ipynb", "z = 3 # while away")
    assert "notes.md" in await listing(hub, "dora", "alice/trip")
