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
from tests.unit.core.room_bench import Bench

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


@pytest.mark.spec("P-12", "ROOM-4")
@pytest.mark.parametrize("dialect", Dialect)
def test_a_room_under_mutated_frames(pytestconfig: pytest.Config, dialect: Dialect) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    mutator = Mutator(seed, corpus())
    bench = Bench(_NOTEBOOK, _EMPTY)
    ana = bench.join("ana")
    start = bench.room.document.encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(_frames(pytestconfig)):
        frame = mutator.frame()
        held = bench.room.document.state_vector()
        eve = bench.join("eve", dialect=dialect, synchronise=False)
        effects = eve.send_raw(frame)
        assert not any(isinstance(e, fx.Rebuild) for e in effects), (seed, number, frame.hex())
        if eve.closed is not None:
            assert bench.room.document.state_vector() == held, (seed, number, frame.hex())
        bench.handle(inputs.Leave(eve.session))
        del bench.peers[eve.session]
        if number % _CHECKED_EVERY == 0:
            _check_whole(bench, start)
    _check_whole(bench, start)
    assert ana.closed is None
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < _MORE_KIB


def _check_whole(bench: Bench, start: bytes) -> None:
    """Room, journal and the other person hold the same document, and it is one.

    Only what is edited counts: an edit that names neighbours in the wrong order, which no front end makes, is
    put elsewhere by whoever loads it together with all others. Compaction notices that and deletes nothing.
    """
    ana = next(iter(bench.peers.values())).doc
    rebuilt = Document(_NOTEBOOK, 1)
    rebuilt.load([start, *(entry.update for entry in bench.entries)])
    hers = {
        "cells": ana.get("cells", type=Array).to_py(),
        "meta": ana.get("meta", type=Map).to_py(),
        "state": ana.get("state", type=Map).to_py(),
    }
    room = bench.room.document
    assert rebuilt.fingerprint() == fingerprint(hers) == room.fingerprint()
    assert isinstance(room.content()["cells"], list)
