"""ACCESS and the host's rules that the door keeps, over memory parts."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_tandem.engine import door as door_module
from jupyter_tandem.engine.live_lobby import LOBBY
from jupyter_tandem.errors import AccessDenied, Blocked, FileMissing, FileOpenAsOtherKind, NotFound
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Action
from tests.unit.engine.door_bench import EDITOR, NOTEBOOK, TEXT, VIEWER, Person, living

NOBODY: frozenset[Action] = frozenset()


@pytest.mark.spec("HOST-1")
async def test_an_invitation_names_document_and_lineage() -> None:
    async with living() as estate:
        first = await estate.door.invite("a.txt", TEXT)
        again = await estate.door.invite("a.txt", TEXT)
        assert (first.known, again.known) == (False, True)
        assert first.lineage == again.lineage
        assert first.address.document_id.startswith("text:file:")
        with pytest.raises(FileMissing):
            await estate.door.invite("nothing.txt", TEXT)


async def test_two_people_type_in_one_document() -> None:
    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        ana, bo = Person(estate, "ana"), Person(estate, "bo")
        await ana.enter(room)
        await bo.enter(room)
        await ana.reads("one\n")
        await bo.reads("one\n")
        ana.type("two")
        await bo.reads("one\ntwo")
        bo.type("!")
        await ana.reads("one\ntwo!")


@pytest.mark.spec("HOST-4")
async def test_another_lineage_is_turned_away() -> None:
    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        ana = Person(estate, "ana")
        await ana.enter(room, "of-another-life")
        code, reason = await ana.closed
        assert code == 1003
        assert '"unknown_session"' in reason


@pytest.mark.spec("HOST-5")
async def test_a_room_id_alone_opens_the_room() -> None:
    async with living() as estate:
        file_id = await estate.files.identify("a.txt")
        ana = Person(estate, "ana")
        await ana.enter(f"text:file:{file_id}")
        await ana.reads("one\n")
        with pytest.raises(FileMissing):
            await Person(estate, "bo").enter("text:file:never-seen")
        with pytest.raises(NotFound):
            await Person(estate, "bo").enter("no room id")


@pytest.mark.spec("ACCESS-6")
async def test_who_may_not_read_does_not_even_load_the_room() -> None:
    async with living() as estate:
        file_id = await estate.files.identify("a.txt")
        eve = Person(estate, "eve", NOBODY)
        with pytest.raises(AccessDenied):
            await eve.enter(f"text:file:{file_id}")
        assert (await estate.tenancy.house()).live(f"text:file:{file_id}") is None  # type: ignore[arg-type]


async def test_a_viewer_sees_live_and_changes_nothing() -> None:
    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        ana, eve = Person(estate, "ana"), Person(estate, "eve", VIEWER)
        bo = Person(estate, "bo", VIEWER)
        for person in (ana, bo, eve):
            await person.enter(room)
            await person.reads("one\n")
        eve.type("spoiled")
        ana.type("two")
        await bo.reads("one\ntwo")
        live = (await estate.tenancy.house()).live(room)
        assert live is not None
        assert live.room.document.content() == "one\ntwo"


@pytest.mark.spec("ACCESS-5")
async def test_a_changed_answer_acts_on_open_connections() -> None:
    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        ana, bo = Person(estate, "ana"), Person(estate, "bo")
        await ana.enter(room, tandem=True)
        await bo.enter(room)
        await bo.reads("one\n")
        ana.grants.now = VIEWER
        await estate.door.recheck()
        status = [m for m in ana.sent if isinstance(m, f.Status)][-1]
        assert status.body["rights"]["role"] == "viewer"
        ana.type("too late")
        bo.grants.now = NOBODY
        await estate.door.recheck()
        assert (await bo.closed)[0] == 4403
        live = (await estate.tenancy.house()).live(room)
        assert live is not None
        assert live.room.document.content() == "one\n"


@pytest.mark.spec("HUB-36")
async def test_where_one_document_is_concerned_nobody_else_is_asked_about() -> None:
    async with living() as estate:
        estate.files.put("b.txt", "")
        rooms = [
            (await estate.door.invite(path, TEXT)).address.document_id
            for path in ("a.txt", "b.txt")
        ]
        ana, bo = Person(estate, "ana"), Person(estate, "bo")
        await ana.enter(rooms[0])
        await bo.enter(rooms[1])
        await ana.reads("one\n")
        ana.grants.now = bo.grants.now = NOBODY
        await estate.door.recheck(rooms[1])
        assert (await bo.closed)[0] == 4403
        assert not ana.closed.done()
        await estate.door.recheck(rooms[0])
        assert (await ana.closed)[0] == 4403


async def test_rights_that_come_back_let_edits_in_again() -> None:
    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        ana, bo = Person(estate, "ana", VIEWER), Person(estate, "bo")
        await ana.enter(room)
        await bo.enter(room)
        await ana.reads("one\n")
        ana.grants.now = EDITOR
        await estate.door.recheck()
        ana.type("two")
        await bo.reads("one\ntwo")


@pytest.mark.spec("ACCESS-5")
async def test_an_authorizer_that_fails_ends_the_session_and_no_other() -> None:
    class Broken:
        async def actions(self) -> frozenset[Action]:
            raise ZeroDivisionError

    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        ana, bo = Person(estate, "ana"), Person(estate, "bo")
        await ana.enter(room)
        await bo.enter(room)
        ana.grants.actions = Broken().actions  # type: ignore[method-assign]
        await estate.door.recheck()
        assert (await ana.closed)[0] == 4500
        bo.type("still here")
        assert not bo.closed.done()


@pytest.mark.spec("ACCESS-8")
async def test_three_broken_frames_keep_their_sender_out_and_nobody_else() -> None:
    async with living() as estate:
        room = (await estate.door.invite("a.txt", TEXT)).address.document_id
        for _ in range(3):
            eve = Person(estate, "eve")
            await eve.enter(room)
            eve.say_bytes(b"\xff\xff\xff garbage")
            assert (await eve.closed)[0] == 4400
            eve.leave()
        with pytest.raises(Blocked):
            await Person(estate, "eve").enter(room)
        ana = Person(estate, "ana")
        await ana.enter(room)
        await ana.reads("one\n")


@pytest.mark.spec("HOST-15")
async def test_a_file_is_live_as_one_kind_only() -> None:
    async with living() as estate:
        estate.files.put("n.ipynb", '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}')
        notebook = (await estate.door.invite("n.ipynb", NOTEBOOK)).address
        ana = Person(estate, "ana")
        await ana.enter(notebook.document_id)
        with pytest.raises(FileOpenAsOtherKind, match="notebook"):
            await estate.door.invite("n.ipynb", TEXT)
        with pytest.raises(FileOpenAsOtherKind):
            await Person(estate, "bo").enter(f"text:file:{notebook.file_id}")


@pytest.mark.spec("HOST-14", "ACCESS-7")
async def test_the_lobby_passes_states_on_with_the_server_s_word_for_who_it_is() -> None:
    async with living() as estate:
        ana, bo = Person(estate, "ana"), Person(estate, "bo")
        await ana.enter(LOBBY)
        await bo.enter(LOBBY)
        state = f.AwarenessState(7, 1, '{"user":{"username":"root"},"current":"a"}')
        ana.say(f.Awareness((state,)))
        await ana.synced.wait()
        told = [s for m in bo.sent if isinstance(m, f.Awareness) for s in m.states]
        assert '"username":"ana"' in told[0].json
        assert "root" not in told[0].json
        late = Person(estate, "cy")
        await late.enter(LOBBY)
        assert any(isinstance(m, f.Awareness) and m.states for m in late.sent)
        ana.leave()
        told = [s for m in bo.sent if isinstance(m, f.Awareness) for s in m.states]
        assert told[-1].json == "null"


@pytest.mark.spec("ACCESS-8", "HOST-14")
async def test_garbage_in_the_lobby_counts_too() -> None:
    async with living() as estate:
        for _ in range(3):
            eve = Person(estate, "eve")
            await eve.enter(LOBBY)
            eve.say_bytes(b"\x09")
            assert (await eve.closed)[0] == 4400
            eve.leave()
        with pytest.raises(Blocked):
            await Person(estate, "eve").enter(LOBBY)


@pytest.mark.spec("ACCESS-5")
async def test_others_have_their_turn_while_a_crowd_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door_module, "_ASKED_AT_ONCE", 2)
    async with living() as estate:
        crowd = [Person(estate, f"person {number}") for number in range(7)]
        for person in crowd:
            await person.enter(LOBBY)
            person.grants.now = NOBODY
        turns: list[int] = []
        loop = asyncio.get_running_loop()

        def look() -> None:
            turns.append(sum(person.closed.done() for person in crowd))
            loop.call_soon(look)

        loop.call_soon(look)
        await estate.door.recheck()
        assert len(set(turns)) >= 3, turns
        assert all([(await person.closed)[0] == 4403 for person in crowd])


@pytest.mark.spec("ACCESS-5")
async def test_losing_the_right_to_read_ends_the_lobby_too() -> None:
    async with living() as estate:
        ana = Person(estate, "ana")
        await ana.enter(LOBBY)
        ana.grants.now = NOBODY
        await estate.door.recheck()
        assert (await ana.closed)[0] == 4403
