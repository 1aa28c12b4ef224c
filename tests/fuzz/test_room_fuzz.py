"""Broken frames against a room: it answers or refuses, stays whole, and takes no more memory than it should."""

from __future__ import annotations

import random
import resource

import pytest
from pycrdt import Array, Map

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.document.fingerprint import fingerprint
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.frames import decode_client, encode
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import DocumentKind
from tests.fuzz.mutation import Mutator, corpus
from tests.unit.core.room_bench import Bench, Peer

_NOTEBOOK = DocumentKind("json", "notebook")
_EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
_CHECKED_EVERY = 250
_MORE_KIB = 50 * 1024


def _frames(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--fuzz-frames"))


@pytest.mark.parametrize("frame", corpus(), ids=range(len(corpus())))
@pytest.mark.spec("P-12", "WIRE-3", "WIRE-8")
def test_the_corpus_is_decoded_or_refused(frame: bytes) -> None:
    try:
        message = decode_client(frame, Limits())
    except ProtocolError:
        return
    assert decode_client(encode(message), Limits()) == message


@pytest.mark.spec("P-12", "WIRE-2", "WIRE-8")
def test_mutated_frames_are_decoded_or_refused(pytestconfig: pytest.Config) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    mutator = Mutator(seed, corpus())
    for number in range(_frames(pytestconfig)):
        frame = mutator.frame()
        try:
            message = decode_client(frame, Limits())
        except ProtocolError:
            continue
        assert decode_client(encode(message), Limits()) == message, (seed, number, frame.hex())


class _Siege:
    """A room that Ana is in and Eve attacks."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._bench = Bench(_NOTEBOOK, _EMPTY)
        self._start = self._bench.room.document.encode()
        self._ana = self._bench.join("ana")

    def send(self, frame: bytes, dialect: Dialect) -> None:
        """Let Eve connect, send a frame and go."""
        bench = self._bench
        held = bench.room.document.state_vector()
        eve = bench.join("eve", dialect=dialect, synchronise=False)
        eve.doc.unobserve(eve._subscription)  # or the library keeps her document for ever
        effects = eve.send_raw(frame)
        self._ana.inbox.clear()
        if any(isinstance(effect, fx.Rebuild) for effect in effects):
            self._rebuild(eve.closed)
            return
        if eve.closed is not None:
            assert bench.room.document.state_vector() == held
        bench.handle(inputs.Leave(eve.session))
        del bench.peers[eve.session]

    def _rebuild(self, refusal: tuple[int, str] | None) -> None:
        """What the CRDT library fails on costs its sender a strike; the journal has what everybody had."""
        assert refusal is not None
        assert refusal[0] == 4400
        assert self._from_journal() == _held_by(self._ana)
        self._begin()

    def check(self) -> None:
        """Room, journal and Ana hold the same document, and it is one.

        Only what is edited counts: an edit that names neighbours in the wrong order, which no front end makes,
        is put elsewhere by whoever loads it together with all others. Compaction notices that and deletes
        nothing.
        """
        room = self._bench.room.document
        assert self._from_journal() == _held_by(self._ana) == room.fingerprint()
        assert isinstance(room.content()["cells"], list)
        assert self._ana.closed is None

    def _from_journal(self) -> str:
        rebuilt = Document(_NOTEBOOK, 1)
        rebuilt.load([self._start, *(entry.update for entry in self._bench.entries)])
        return rebuilt.fingerprint()


def _held_by(peer: Peer) -> str:
    doc = peer.doc
    return fingerprint(
        {
            "cells": doc.get("cells", type=Array).to_py(),
            "meta": doc.get("meta", type=Map).to_py(),
            "state": doc.get("state", type=Map).to_py(),
        }
    )


@pytest.mark.spec("P-12", "ROOM-4", "ROOM-10")
@pytest.mark.parametrize("dialect", Dialect)
def test_a_room_under_mutated_frames(pytestconfig: pytest.Config, dialect: Dialect) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    mutator = Mutator(seed, corpus())
    siege = _Siege()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(_frames(pytestconfig)):
        frame = mutator.frame()
        try:
            siege.send(frame, dialect)
            if number % _CHECKED_EVERY == 0:
                siege.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, frame {number}: {frame.hex()}") from error
    siege.check()
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < _MORE_KIB
