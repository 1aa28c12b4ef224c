"""An owner's server that is stopped is started for a run of somebody whom its owner lets, and for nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import nbformat
import pytest

from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.test_runs import Runner, at, let_run

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

WHO = "import os; print(os.environ['JUPYTERHUB_USER'])"


@contextlib.asynccontextmanager
async def stopped(hub: RealHub, path: str, *people: str) -> AsyncIterator[list[Runner]]:
    """People in a notebook of alice's whose server has been stopped; it runs again afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        there = [
            await stack.enter_async_context(at(hub, name, f"Shared:alice/{path}"))
            for name in people
        ]
        try:
            await hub.stop_server("alice")
            for one in there:
                await one.client.until(
                    lambda one=one: "server is stopped" in str(one.client.file().get("reason"))
                )
            yield there
        finally:
            user = await hub.api("GET", "users/alice")
            if not user.body["servers"]:
                await hub.start_server("alice")
            await hub.until_connected("alice")


async def shares(hub: RealHub, name: str, path: str) -> dict[str, Any]:
    """What the dialog is told."""
    reply = await hub.at(name, "GET", f"tandem/api/shares?path={path}")
    assert reply.status == 200, reply
    return dict(reply.body)


async def recorded(hub: RealHub, document: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What administrators find in the service's audit log about a document."""
    if "olga" not in hub.tokens:
        await hub.add("olga", serve=False)
    url = f"{hub.service_url}/admin/audit/export.jsonl?about={document}"
    reply = await hub.ask("GET", url, token=hub.tokens["olga"])
    assert reply.status == 200, reply
    text = reply.body.decode() if isinstance(reply.body, bytes) else json.dumps(reply.body)
    entries = [json.loads(line) for line in text.splitlines()]
    return [(e["kind"], e["actor"], e["details"]) for e in entries]


async def document_of(hub: RealHub, path: str) -> str:
    """A document's id at the service."""
    reply = await hub.ask("GET", f"{hub.service_url}/api/documents", token=hub.tokens["alice"])
    return next(str(one["id"]) for one in reply.body["mine"] if one["name"] == path)


async def until_in_file(hub: RealHub, path: str, text: str) -> None:
    """Return when an output with ``text`` is in alice's file."""
    for _ in range(600):
        # It may be about to be written.
        with contextlib.suppress(FileNotFoundError, ValueError):
            cells = nbformat.read(hub.folder("alice") / path, 4)["cells"]
            if any(text in str(cell.get("outputs")) for cell in cells):
                return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{text!r} is not in {path}")


async def may_start(hub: RealHub, by: str, grant: str, *, wanted: bool) -> int:
    """Let somebody have alice's server started, or no longer; the status."""
    path = f"tandem/api/grants/{grant}"
    reply = await hub.at(by, "PATCH", path, {"may_start": wanted})
    return reply.status


@pytest.mark.spec("HUBRUN-1", "HUBRUN-7", "HUBRUN-8", "HUBRUN-9", "HUBRUN-10", "AUDIT-7")
async def test_a_run_starts_the_owners_server_where_its_owner_lets(hub: RealHub) -> None:
    hub.write_notebook("alice", "start.ipynb", WHO, "print(6 * 7)")
    bobs = await let_run(hub, "start.ipynb", "bob")
    await let_run(hub, "start.ipynb", "carol")
    view = await shares(hub, "alice", "start.ipynb")
    assert view["starts"] is True
    assert {grant["may_start"] for grant in view["grants"]} == {False}
    assert await may_start(hub, "bob", bobs, wanted=True) in {403, 404}
    assert await may_start(hub, "alice", bobs, wanted=True) == 200

    async with stopped(hub, "start.ipynb", "bob", "carol") as (bob, carol):
        answer = await carol.ask("run", cells=carol.wishes((0,)))
        assert (answer["status"], answer["why"]) == ("refused", ["owner-away-ask", "alice"])
        # Typed while the server is stopped: what is run is what bob sees.
        await bob.client.type(0, "\nprint('typed meanwhile')")
        (ended,) = await bob.run_to_end(0)
        assert ended["state"] == "finished", ended
        starting = [
            message.body["kernel"]
            for message in carol.client.messages
            if getattr(message, "body", {}).get("kernel")
        ]
        assert starting[0]["why"] == ["owner-starts", "alice"]
        assert starting[0]["state"] == "starting"
        await bob.client.until(lambda: bob.text(0) == "alice\ntyped meanwhile\n")
        await until_in_file(hub, "start.ipynb", "typed meanwhile")

    document = await document_of(hub, "start.ipynb")
    found = await recorded(hub, document)
    consents = [d["may_start"] for kind, actor, d in found if kind == "grant.changed"]
    assert consents == [True]
    started = [(kind, actor) for kind, actor, _ in found if kind.startswith("server.")]
    assert started == [("server.asked", "user:bob")]
    ((actor, run),) = [(actor, d) for kind, actor, d in found if kind == "cell.run"]
    assert actor == "user:bob"
    assert (run["state"], run["source"]) == ("finished", ended["source_hash"])
    assert (run["cell"], run["started"]) == (ended["cell"], ended["started_at"])
    page = f"{hub.service_url}/admin/documents/{document}"
    reply = await hub.ask("GET", page, token=hub.tokens["olga"])
    assert (reply.status, b"the server is started for it" in reply.body) == (200, True)


@pytest.mark.spec("HUBRUN-7", "HUBRUN-8")
async def test_consent_is_taken_back_at_once_and_with_the_right_to_run(hub: RealHub) -> None:
    hub.write_notebook("alice", "unstart.ipynb", WHO)
    grant = await let_run(hub, "unstart.ipynb", "bob")
    assert await may_start(hub, "alice", grant, wanted=True) == 200
    for may_run in (False, True):
        body = {"may_run": may_run}
        reply = await hub.at("alice", "PATCH", f"tandem/api/grants/{grant}", body)
        assert (reply.status, reply.body["may_start"]) == (200, False)
    async with stopped(hub, "unstart.ipynb", "bob") as (bob,):
        answer = await bob.ask("run", cells=bob.wishes((0,)))
        assert answer["why"] == ["owner-away-ask", "alice"]
        user = await hub.api("GET", "users/alice")
        assert user.body["servers"] == {}


@pytest.mark.spec("HUBRUN-8", "HUBRUN-9")
async def test_a_server_that_does_not_come_up_is_told_of_and_whoever_waits_can_stop(
    hub: RealHub,
) -> None:
    hub.write_notebook("alice", "broken.ipynb", WHO)
    grant = await let_run(hub, "broken.ipynb", "bob")
    assert await may_start(hub, "alice", grant, wanted=True) == 200
    fails, slow = (hub.folder("alice") / name for name in ("no-start", "slow-start"))
    async with stopped(hub, "broken.ipynb", "bob") as (bob,):
        try:
            fails.touch()
            answer = await bob.ask("run", cells=bob.wishes((0,)))
            assert answer["why"] == ["owner-not-started", "alice"]
            slow.touch()
            fails.unlink()
            asking = asyncio.ensure_future(bob.ask("run", cells=bob.wishes((0,))))
            await bob.client.until(
                lambda: (bob.fact("kernel") or {}).get("why") == ["owner-starts", "alice"]
            )
            assert (await bob.ask("interrupt"))["status"] == "accepted"
            assert (await asking)["why"] == ["owner-given-up", "alice"]
            await bob.client.until(lambda: bob.fact("kernel") is None)
        finally:
            fails.unlink(missing_ok=True)
            slow.unlink(missing_ok=True)
    assert bob.runs == {}
    found = await recorded(hub, await document_of(hub, "broken.ipynb"))
    told = [(kind, actor) for kind, actor, _ in found if kind.startswith("server.")]
    # Whoever gives up at once may do so before the Hub is asked.
    assert told[:2] == [("server.asked", "user:bob"), ("server.failed", "user:bob")]
    assert told[2:] in ([], [("server.asked", "user:bob")])
