"""The update walker against Yjs' own decoder and pycrdt."""

from __future__ import annotations

from contextlib import suppress

import pycrdt
import pytest

from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.update import decode_state_vector, encode_state_vector, inspect
from tests.differential.yjs_peer import YjsPeer


@pytest.fixture(scope="module")
def yjs():
    peer = YjsPeer()
    yield peer
    peer.close()


@pytest.mark.spec("UPD-1")
@pytest.mark.parametrize("cuts", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_shapes_are_those_of_yjs_decoder(yjs, seed, cuts):
    updates = yjs.random_updates(seed, 40, cuts=cuts)
    for update, expected in zip(updates, yjs.shapes(updates), strict=True):
        shape = inspect(update)
        assert {str(c): list(b) for c, b in shape.blocks.items()} == expected["blocks"], seed
        assert {str(c): n for c, n in shape.needs.items()} == expected["needs"], seed
        assert shape.deletes == expected["deletes"], seed
        assert shape.empty == (not expected["blocks"] and not expected["deletes"]), seed


@pytest.mark.spec("UPD-2")
@pytest.mark.parametrize("seed", range(20))
def test_an_update_whose_needs_are_met_is_integrated_whole(yjs, seed):
    document = pycrdt.Doc()
    known: dict[int, int] = {}
    for update in yjs.random_updates(seed, 40):
        shape = inspect(update)
        if any(known.get(client, 0) < clock for client, clock in shape.needs.items()):
            continue
        document.apply_update(update)
        for client, (_, end) in shape.blocks.items():
            known[client] = max(known.get(client, 0), end)
        assert decode_state_vector(document.get_state()) == known, seed
    written_here = inspect(document.get_update())
    assert {client: end for client, (_, end) in written_here.blocks.items()} == known
    assert written_here.needs == {}


@pytest.mark.parametrize("seed", range(5))
def test_state_vectors_are_read_and_written_as_by_yjs(yjs, seed):
    document = yjs.document(7)
    document.apply(yjs.random_updates(seed, 30)[-1])
    vector = document.vector()
    peer = pycrdt.Doc()
    peer.apply_update(document.encode())
    assert decode_state_vector(peer.get_state()) == vector
    assert document.encode(encode_state_vector(vector))[:1] == b"\x00"


@pytest.mark.spec("UPD-3")
@pytest.mark.parametrize("seed", range(3))
def test_every_beginning_of_an_update_is_refused(yjs, seed):
    for update in yjs.random_updates(seed, 12):
        for end in range(len(update)):
            with pytest.raises(ProtocolError):
                inspect(update[:end])


@pytest.mark.spec("UPD-3")
@pytest.mark.parametrize("seed", range(3))
def test_every_changed_byte_is_refused_or_read(yjs, seed):
    for update in yjs.random_updates(seed, 6):
        for at in range(len(update)):
            for byte in (0, 1, 0x7F, 0x80, 0xFF, update[at] ^ 0x40):
                changed = update[:at] + bytes([byte]) + update[at + 1 :]
                with suppress(ProtocolError):
                    inspect(changed)
