"""A colleague runs cells at the owner's server, through the service, and everybody sees it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.protocol import frames as f
from tests.integration.execution.person import Person
from tests.integration.hub.colleague import Colleague, in_document, until_listed
from tests.integration.hub.real_hub import RealHub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="package"),
]

WHO = "import os; print(os.environ['JUPYTERHUB_USER'])"
LONG = "import time; print('begun', flush=True); time.sleep(600)"
"""An interrupt before it has begun would find nothing to interrupt."""


async def let_run(
    hub: RealHub, path: str, name: str, role: str = "editor", *, may_run: bool = True
) -> str:
    """Let alice share a notebook whose cells ``name`` may run at her server; the grant's id."""
    subject = {"kind": "user", "name": name}
    body = {"path": path, "subject": subject, "role": role, "may_run": may_run}
    await hub.until_connected("alice")
    reply = await hub.at("alice", "POST", "tandem/api/grants", body)
    assert reply.status == 201, reply
    assert reply.body["may_run"] is may_run
    await until_listed(hub, name, f"alice/{path}")
    return str(reply.body["id"])


class Runner(Person):
    """Somebody at their own server."""

    client: Colleague

    def states(self) -> list[str]:
        """How the runs stand that were told since everything was told anew."""
        found: dict[int, str] = {}
        for message in self.client.messages:
            if isinstance(message, f.Execution):
                if message.body.get("full"):
                    found = {}
                found.update({run["id"]: run["state"] for run in message.body["runs"]})
        return [found[run] for run in sorted(found)]

    async def until_states(self, *states: str) -> None:
        """Return when the runs stand so."""
        await self.client.until(lambda: self.states() == list(states))


@contextlib.asynccontextmanager
async def at(hub: RealHub, name: str, path: str) -> AsyncIterator[Runner]:
    """Be in a notebook at one's own server."""
    async with in_document(hub, name, path) as client:
        yield Runner(client)


@pytest.mark.spec("HUBRUN-1", "HUBRUN-2", "HUBRUN-3")
async def test_a_colleague_runs_at_the_owners_server_in_their_own_name(hub: RealHub) -> None:
    hub.write_notebook("alice", "runs.ipynb", WHO, "input('who? ')", LONG)
    await let_run(hub, "runs.ipynb", "bob")
    async with (
        at(hub, "alice", "runs.ipynb") as alice,
        at(hub, "bob", "Shared:alice/runs.ipynb") as bob,
    ):
        (ended,) = await bob.run_to_end(0)
        assert ended["state"] == "finished", ended
        await bob.client.until(lambda: bob.text(0) == "alice\n")
        await alice.until_states("finished")
        assert alice.runs[1]["user"] == {"username": "bob", "display_name": "bob"}

        (asking,) = await bob.run(1)
        await bob.client.until(lambda: bob.fact("input") is not None)
        asked: dict[str, Any] = bob.fact("input")
        assert (asked["username"], asked["prompt"]) == ("bob", "who? ")
        answer = await bob.ask("answer", input=asked["id"], value="me")
        assert answer["status"] == "accepted", answer
        await bob.ended(asking)
        await alice.client.until(lambda: "'me'" in str(alice.outputs(1)))

        await bob.run(2)
        await bob.until_states("finished", "finished", "running")
        await bob.client.until(lambda: bob.text(2) == "begun\n")
        assert (await bob.ask("interrupt"))["status"] == "accepted"
        await bob.until_states("finished", "finished", "interrupted")
        assert (await bob.ask("restart", cells=[]))["status"] == "accepted"
        await bob.client.until(lambda: bob.fact("kernel")["state"] == "idle")

        (changed,) = [{**wish, "source_hash": "0" * 64} for wish in bob.wishes((0,))]
        answer = await bob.ask("run", cells=[changed])
        assert (answer["status"], answer["code"]) == ("refused", "changed")
    audit = (await hub.at("alice", "GET", "tandem/api/audit?limit=50")).body
    actors = [entry["actor"] for entry in audit["entries"] if entry["kind"] == "cell.run"]
    assert actors
    assert set(actors) == {"user:bob"}


@pytest.mark.spec("RUN-38", "HUB-4")
async def test_who_changes_a_cell_at_another_server_is_named(hub: RealHub) -> None:
    hub.write_notebook("alice", "changed.ipynb", "1", "2")
    await let_run(hub, "changed.ipynb", "bob")
    async with (
        at(hub, "alice", "changed.ipynb") as alice,
        at(hub, "bob", "Shared:alice/changed.ipynb") as bob,
    ):
        (ended,) = await alice.run_to_end(0)
        await bob.client.until(lambda: bob.outputs(0) != [])
        await bob.client.show(username="eve", display_name="Eve")
        await alice.client.until(lambda: "bob" in alice.client.people())
        await bob.client.type(0, " # bob")
        await alice.client.until(lambda: alice.runs[ended["id"]]["changed_by"] == ["bob"])
        (run,) = await bob.run_to_end(1)
        await alice.client.type(1, " # alice")
        await bob.client.until(lambda: bob.runs[run["id"]]["changed_by"] == ["alice"])


@pytest.mark.spec("HUBRUN-4", "HUBRUN-6", "HUB-22")
async def test_without_the_right_nothing_of_theirs_starts(hub: RealHub) -> None:
    hub.write_notebook("alice", "rights.ipynb", LONG, WHO)
    grant = await let_run(hub, "rights.ipynb", "bob")
    await let_run(hub, "rights.ipynb", "carol", "viewer", may_run=False)
    async with (
        at(hub, "alice", "rights.ipynb") as alice,
        at(hub, "bob", "Shared:alice/rights.ipynb") as bob,
        at(hub, "carol", "Shared:alice/rights.ipynb") as carol,
    ):
        await alice.run(0)
        await bob.run(1)
        await carol.until_states("running", "queued")
        answer = await carol.ask("run", cells=carol.wishes((1,)))
        assert (answer["status"], answer["code"]) == ("refused", "denied")

        reply = await hub.at("alice", "PATCH", f"tandem/api/grants/{grant}", {"may_run": False})
        assert reply.status == 200, reply
        await alice.until_states("running", "cancelled")
        assert "taken back" in alice.runs[2]["reason"]
        await alice.client.until(lambda: alice.text(0) == "begun\n")
        assert (await alice.ask("interrupt"))["status"] == "accepted"
        await alice.until_states("interrupted", "cancelled")
        # From now on bob's cells run in his own server, and its queue is what he sees.
        await bob.until_states()
        await bob.run_to_end(1)
        await bob.client.until(lambda: bob.text(1) == "bob\n")
        assert alice.states() == ["interrupted", "cancelled"]


@pytest.mark.spec("HUBRUN-5")
async def test_while_the_owners_server_is_away_nothing_is_run_and_nothing_is_kept_for_it(
    hub: RealHub,
) -> None:
    hub.write_notebook("alice", "away.ipynb", "import time; time.sleep(600)", WHO)
    await let_run(hub, "away.ipynb", "bob")
    async with at(hub, "bob", "Shared:alice/away.ipynb") as bob:
        await bob.run(0, 1)
        await bob.until_states("running", "queued")
        await hub.stop_server("alice")
        await bob.until_states("interrupted", "held")
        await bob.client.until(lambda: bob.fact("kernel")["state"] == "dead")
        assert "alice's server is stopped" in bob.fact("kernel")["reason"]
        answer = await bob.ask("run", cells=bob.wishes((1,)))
        assert (answer["status"], answer["code"]) == ("refused", "unavailable")
        assert "alice's server is stopped" in answer["message"]
        await hub.start_server("alice")
        async with at(hub, "alice", "away.ipynb") as alice:
            await asyncio.gather(
                alice.until_states("interrupted", "held"), bob.until_states("interrupted", "held")
            )
            await bob.client.until(lambda: bob.client.file().get("state") == "in_file")
            (ended,) = await bob.run_to_end(1)
            assert ended["state"] == "finished", ended
            await alice.client.until(lambda: alice.text(1) == "alice\n")


@pytest.mark.spec("HUBRUN-5")
async def test_a_run_goes_on_while_the_service_is_away_and_is_told_when_it_is_back(
    hub: RealHub,
) -> None:
    gate = hub.folder("alice") / "gate"
    wait = (
        "import os, time\nwhile not os.path.exists('gate'):\n    time.sleep(0.05)\nprint('through')"
    )
    hub.write_notebook("alice", "service.ipynb", wait)
    await let_run(hub, "service.ipynb", "bob")
    async with at(hub, "bob", "Shared:alice/service.ipynb") as bob:
        await bob.run(0)
        await bob.until_states("running")
        await hub.service.end(signal.SIGKILL)
        await bob.until_states("interrupted")
        assert "cannot be reached" in bob.runs[1]["reason"]
        answer = await bob.ask("run", cells=bob.wishes((0,)))
        assert "cannot be reached" in answer["message"]
        gate.touch()
        await hub.service.start()
        await bob.until_states("finished")
        await bob.client.until(lambda: bob.text(0) == "through\n")
