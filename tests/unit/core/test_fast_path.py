"""Where what is typed on must go the long way after all."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Array, Doc

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.keystroke import Caret, Typing, read_keystroke, write_keystroke
from jupyter_tandem.protocol.lib0 import write_var_uint
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Rights, Role, SessionId, Voice
from tests.unit.core.room_bench import LINEAGE, NOTEBOOK, Bench, Peer, person

pytestmark = pytest.mark.spec("ROOM-38")


def typing(bench: Bench, name: str = "ana") -> Peer:
    """Somebody whose next character at the end would go the short way."""
    peer = bench.join(name, client_id=len(bench.peers) + 1)
    for at, character in enumerate("abc"):
        peer.type(character, at)
    assert bench.room.document.deferred == 1
    return peer


def notebook() -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "c", "metadata": {}, "source": "x", "outputs": []}
    return {
        "cells": [{**cell, "execution_count": None}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def test_who_may_not_write_any_more_types_nothing() -> None:
    bench = Bench()
    ana = typing(bench)
    bench.handle(inputs.RightsChanged(ana.session, Rights.of(Role.VIEWER), "You may only look."))
    assert not any(isinstance(effect, fx.Append) for effect in ana.type("d", 3))
    assert bench.text() == "abc"
    bench.handle(inputs.RightsChanged(ana.session, Rights.of(Role.EDITOR), ""))
    ana.send(f.Update(ana.doc.get_update(bench.room.document.state_vector())))
    assert bench.text() == "abcd"


@pytest.mark.spec("ROOM-6", "P-10", "P-12")
def test_nobody_types_on_behind_what_they_only_repeat() -> None:
    bench = Bench()
    ana, mal = typing(bench), bench.join("mal", client_id=60)
    last = ana.edit("d", 3)
    ana.send(f.Update(last))
    mal.send(f.Update(last))
    assert mal.closed is None
    known = read_keystroke(last)
    assert known is not None
    mal.send(f.Update(write_keystroke(known[1], b"X")))
    assert mal.closed is not None
    assert mal.closed[0] == 4403
    ana.type("e", 4)
    assert bench.text() == str(ana) == "abcde"
    assert {entry.author for entry in bench.entries} == {"ana"}


def test_a_document_is_full_to_the_byte_by_either_way() -> None:
    bench = Bench()
    ana = typing(bench)
    sizes = len(ana.edit("d", 3)), len(ana.made[-1])
    held = sum(len(entry.update) for entry in bench.entries)
    for room_for in (0, 1):
        bench = Bench(limits=Limits(document_bytes=held + sizes[0] - 1 + room_for))
        ana = typing(bench)
        ana.type("d", 3)
        assert (ana.closed is None) is bool(room_for)


def test_what_is_typed_behind_a_key_of_trust_loses_it() -> None:
    bench = Bench(NOTEBOOK, notebook())
    mallory, bo = bench.join("mallory", client_id=77), bench.join("bo", client_id=78)
    cells = mallory.doc.get("cells", type=Array)
    cells[0]["metadata"]["trusted"] = False
    mallory.send(f.Update(mallory.made[-1]))
    clock = 1
    hers = Typing(Caret(write_var_uint(77), clock, b""))
    for character in (b"y", b"z", b"z"):
        mallory.send(f.Update(hers.type(character)))
        assert mallory.closed is None
        assert bench.room.document.deferred == 0
        for doc in (bo.doc, _copy(bench)):
            assert "trusted" not in doc.get("cells", type=Array)[0]["metadata"]


def _copy(bench: Bench) -> Doc[Any]:
    doc: Doc[Any] = Doc()
    doc.get("cells", type=Array)
    doc.apply_update(bench.room.document.encode())
    return doc


def test_whoever_ran_cells_hears_of_each_character() -> None:
    bench = Bench(NOTEBOOK, notebook())
    ana = bench.join("ana", client_id=1)
    source = ana.doc.get("cells", type=Array)[0]["source"]
    for at in range(1, 6):
        source.insert(at, "y")
        if at == 4:
            bench.room.runners.add("bo")
        told = [e for e in ana.send(f.Update(ana.made[-1])) if isinstance(e, fx.SourcesChanged)]
        assert bool(told) is (at >= 4)


def test_who_speaks_for_many_has_no_caret() -> None:
    bench = Bench()
    session = SessionId(1000)
    hub = bench.peers[session] = Peer(bench, session, 5)
    rights = Rights.of(Role.EDITOR)
    dialect = inputs.Dialect.TANDEM
    bench.handle(inputs.Join(session, person("hub"), rights, dialect, LINEAGE, Voice.HUB))
    hub.synchronise()
    for at, character in enumerate("abcd"):
        hub.type(character, at)
        assert bench.room.document.deferred == 0
    assert bench.text() == "abcd"


def test_a_cell_that_was_deleted_meanwhile_takes_what_is_typed_in_it_along() -> None:
    bench = Bench(NOTEBOOK, notebook())
    ana, bo = bench.join("ana", client_id=1), bench.join("bo", client_id=2)
    source = ana.doc.get("cells", type=Array)[0]["source"]
    late = []
    for at in range(1, 6):
        source.insert(at, "y")
        late.append(f.encode(f.Update(ana.made[-1])))
    for frame in late[:3]:
        ana.send_raw(frame)
    del bo.doc.get("cells", type=Array)[0]
    bo.send(f.Update(bo.made[-1]))
    for frame in late[3:]:
        ana.send_raw(frame)
    assert bench.room.document.deferred == 2
    for doc in (ana.doc, bo.doc, _copy(bench)):
        assert len(doc.get("cells", type=Array)) == 0
        assert doc.get_state() == bench.room.document.state_vector()


def test_nobody_else_can_type_on_at_somebodys_caret() -> None:
    """Somebody else's update at one's own caret is a forgery, by either way."""
    bench = Bench()
    ana, bo = typing(bench), bench.join("bo", client_id=9)
    forged = Typing(Caret(write_var_uint(1), 3, b"")).type(b"!")
    bo.send(f.Update(forged))
    assert bo.closed is not None
    assert bench.text() == "abc" == str(ana)
