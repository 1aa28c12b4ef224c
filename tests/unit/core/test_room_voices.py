"""HUB-4, HUB-6: connections that speak for more than one person."""

from __future__ import annotations

import json

import pytest

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Rights, Role, SessionId, Voice
from tests.unit.core.room_bench import LINEAGE, Bench, Peer, person


def join_voice(bench: Bench, name: str, voice: Voice) -> Peer:
    """Let a server in that speaks with ``voice``."""
    session = SessionId(1000 + len(bench.peers))
    peer = bench.peers[session] = Peer(bench, session, None)
    rights = Rights.of(Role.EDITOR)
    bench.handle(inputs.Join(session, person(name), rights, inputs.Dialect.TANDEM, LINEAGE, voice))
    peer.synchronise()
    return peer


def says(client: int, clock: int, **user: object) -> f.Awareness:
    """Somebody's awareness state, as a server passes it on."""
    text = json.dumps({"user": user, "cursor": 1})
    return f.Awareness((f.AwarenessState(client, clock, text),))


def users(peer: Peer) -> list[dict[str, str]]:
    """Everybody ``peer`` was told about, as of the last word on each."""
    found: dict[int, dict[str, str]] = {}
    for message in peer.got(f.Awareness):
        for state in message.states:
            found.pop(state.client, None)
            if state.json != "null":
                found[state.client] = json.loads(state.json)["user"]
    return list(found.values())


@pytest.mark.spec("HUB-4")
@pytest.mark.parametrize("voice", [Voice.SERVER, Voice.AGENT])
def test_a_server_names_its_person_and_marks_its_visitors(voice: Voice) -> None:
    bench = Bench()
    watcher = bench.join("watcher")
    server = join_voice(bench, "alice", voice)
    server.send(says(1, 1, username="alice", display_name="Root"))
    server.send(says(2, 1, username="bob", display_name="Bob", color="#112233"))
    alice, bob = users(watcher)
    assert (alice["username"], alice["display_name"]) == ("alice", "Alice")
    assert (bob["username"], bob["display_name"]) == ("alice/bob", "Bob (at Alice)")
    assert bob["color"] == "#112233"


@pytest.mark.spec("HUB-4")
def test_the_hub_names_everybody() -> None:
    bench = Bench()
    watcher = bench.join("watcher")
    hub = join_voice(bench, "", Voice.HUB)
    hub.send(says(2, 1, username="bob", display_name="Bob <b>", color="red", avatar_url="x:y"))
    (bob,) = users(watcher)
    assert (bob["username"], bob["display_name"]) == ("bob", "Bob <b>")
    assert bob["color"] is None
    assert bob["avatar_url"] is None


@pytest.mark.spec("HUB-4")
@pytest.mark.parametrize("told", [{}, {"username": 7}, {"username": "x", "name": "\u202e"}, None])
def test_odd_names_are_somebody(told: dict[str, object] | None) -> None:
    bench = Bench()
    watcher = bench.join("watcher")
    server = join_voice(bench, "alice", Voice.SERVER)
    text = json.dumps({"user": told})
    server.send(f.Awareness((f.AwarenessState(5, 1, text),)))
    (user,) = users(watcher)
    assert user["username"].startswith("alice/")
    assert user["display_name"].endswith("(at Alice)")


@pytest.mark.spec("HUB-4")
def test_a_server_says_nothing_about_people_who_are_elsewhere() -> None:
    bench = Bench()
    ana = bench.join("ana")
    ana.send(says(ana.doc.client_id, 1))
    server = join_voice(bench, "alice", Voice.SERVER)
    server.send(says(ana.doc.client_id, 9, username="alice"))
    server.send(f.Awareness((f.AwarenessState(ana.doc.client_id, 10, "null"),)))
    (state,) = bench.room.awareness_states()
    assert json.loads(state.json)["user"]["username"] == "ana"


@pytest.mark.spec("HUB-7")
def test_who_goes_is_gone_for_the_others_and_with_the_connection_everybody() -> None:
    bench = Bench()
    watcher = bench.join("watcher")
    server = join_voice(bench, "alice", Voice.SERVER)
    server.send(says(1, 1, username="alice"), says(2, 1, username="bob"))
    server.send(f.Awareness((f.AwarenessState(1, 2, "null"),)))
    assert [user["username"] for user in users(watcher)] == ["alice/bob"]
    bench.handle(inputs.Leave(server.session))
    assert users(watcher) == []


@pytest.mark.spec("HUB-6")
def test_a_server_brings_edits_of_people_who_have_left() -> None:
    bench = Bench()
    server = join_voice(bench, "alice", Voice.SERVER)
    for name in ("one", "two"):
        somebody = Peer(bench, server.session, None)
        server.send(f.Update(somebody.edit(name)))
    assert server.closed is None
    assert sorted(bench.text()) == sorted("onetwo")
    late = join_voice(bench, "bob", Voice.SERVER)
    assert late.closed is None
    assert sorted(str(late)) == sorted("onetwo")


@pytest.mark.spec("HUB-6")
def test_an_edit_of_somebody_who_is_live_elsewhere_comes_again() -> None:
    bench = Bench()
    alice = join_voice(bench, "alice", Voice.SERVER)
    bob = join_voice(bench, "bob", Voice.SERVER)
    writer = Peer(bench, alice.session, None)
    alice.send(says(writer.doc.client_id, 1, username="alice"))
    edit = writer.edit("hers")
    effects = bob.send(f.Update(edit))
    assert bob.closed is not None
    assert bob.closed[0] == 4409
    assert not any(effect.strike for effect in effects if isinstance(effect, fx.Close))
    alice.send(f.Update(edit))
    again = join_voice(bench, "bob", Voice.SERVER)
    again.send(f.Update(edit))
    assert again.closed is None
    assert bench.text() == "hers"


@pytest.mark.spec("HUB-6")
def test_the_rooms_own_edits_cannot_be_forged_by_a_server() -> None:
    bench = Bench()
    server = join_voice(bench, "alice", Voice.SERVER)
    forger = Peer(bench, server.session, 999)
    server.send(f.Update(forger.edit("x")))
    assert server.closed is not None
    assert server.closed[0] == 4409
    assert bench.text() == ""


@pytest.mark.spec("HUB-4")
@pytest.mark.parametrize(
    ("voice", "told"), [(Voice.SERVER, ["join", "leave"]), (Voice.AGENT, []), (Voice.HUB, [])]
)
def test_being_connected_means_being_there_for_people_only(voice: Voice, told: list[str]) -> None:
    bench = Bench()
    session = SessionId(5)
    bench.peers[session] = Peer(bench, session, None)
    rights = Rights.of(Role.EDITOR)
    join = inputs.Join(session, person("alice"), rights, inputs.Dialect.TANDEM, LINEAGE, voice)
    effects = bench.handle(join) + bench.handle(inputs.Leave(session))
    assert [e.action for e in effects if isinstance(e, fx.Presence)] == told
