"""What others share, in one's own view: own names, copies, and tabs that follow what the owner does."""

from __future__ import annotations

import pytest

from tests.integration.hub.colleague import in_document, share, until_listed, until_saved
from tests.integration.hub.real_hub import RealHub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.mark.spec("HUBDRV-1", "HUBDRV-3")
async def test_own_names_and_the_owners_find_the_open_document(hub: RealHub, notebook: str) -> None:
    await share(hub, "alice", notebook, "bob")
    path, fresh = f"alice/{notebook}", f"fresh-{notebook}"
    await until_listed(hub, "bob", path)
    async with in_document(hub, "bob", f"Shared:{path}") as bob:
        await bob.until(lambda: bob.file().get("path") == f"Shared:{path}")
        reply = await hub.at("alice", "PATCH", f"api/contents/{notebook}", {"path": fresh})
        assert reply.status == 200, reply
        await bob.until(lambda: bob.file()["path"] == f"Shared:alice/{fresh}")

        mine = f"mine/{notebook}"
        body = {"path": mine}
        moved = await hub.at("bob", "PATCH", f"tandem/hub/contents/alice/{fresh}", body)
        assert (moved.status, moved.body["path"]) == (200, mine)
        await bob.until(lambda: bob.file()["path"] == f"Shared:{mine}")
        assert (hub.folder("alice") / fresh).exists()
        await bob.type(0, " # mine")
        await until_saved(hub, "alice", fresh, "x = 1 # mine", "y = 2")
    reply = await hub.at("bob", "PATCH", f"tandem/hub/contents/{mine}", {"path": "../x"})
    assert reply.status == 400
    await until_listed(hub, "bob", mine)


@pytest.mark.spec("HUBDRV-2")
async def test_a_copy_is_a_file_of_ones_own(hub: RealHub, notebook: str) -> None:
    await share(hub, "alice", notebook, "bob", "viewer")
    await until_listed(hub, "bob", f"alice/{notebook}")
    (hub.folder("bob") / "taken").mkdir(exist_ok=True)
    body = {"from": f"alice/{notebook}", "to": "taken"}
    for name in (notebook, notebook.replace(".ipynb", "-Copy1.ipynb")):
        reply = await hub.at("bob", "POST", "tandem/hub/copies", body)
        assert (reply.status, reply.body["path"]) == (201, f"taken/{name}")
        assert hub.sources("bob", f"taken/{name}") == ["x = 1", "y = 2"]
    for wrong in ({**body, "to": "nowhere"}, {**body, "to": "../.."}, {**body, "from": "alice/no"}):
        assert (await hub.at("bob", "POST", "tandem/hub/copies", wrong)).status == 404
    (hub.folder("alice") / "things").mkdir(exist_ok=True)
    (hub.folder("alice") / "things" / "raw.bin").write_bytes(b"\x00\xff")
    grant = {"path": "things", "subject": {"kind": "user", "name": "bob"}, "role": "viewer"}
    assert (await hub.at("alice", "POST", "tandem/api/grants", grant)).status == 201
    await until_listed(hub, "bob", "alice/things")
    raw = {"from": "alice/things/raw.bin", "to": ""}
    assert (await hub.at("bob", "POST", "tandem/hub/copies", raw)).body["path"] == "raw.bin"
    assert (hub.folder("bob") / "raw.bin").read_bytes() == b"\x00\xff"
