"""What the update walker accepts, what it refuses, and with which reason."""

from __future__ import annotations

import pycrdt
import pytest

from jupyter_tandem.errors import LimitExceeded, MalformedFrame, ProtocolError
from jupyter_tandem.protocol.lib0 import write_var_string
from jupyter_tandem.protocol.update import (
    EMPTY_UPDATE,
    UpdateLimits,
    decode_state_vector,
    encode_state_vector,
    inspect,
)
from tests.unit.protocol.update_bytes import (
    ANY,
    BINARY,
    BOMBS,
    DELETED,
    EMBED,
    FORMAT,
    GC,
    JSON,
    MOVE,
    SKIP,
    STRING,
    SUBDOCUMENT,
    TYPE,
    item,
    nested,
    number,
    text,
    update,
    value,
)


def gc(length: int) -> bytes:
    return bytes([GC]) + number(length)


def skip(length: int) -> bytes:
    return bytes([SKIP]) + number(length)


def after(origin: tuple[int, int], content: str = "x") -> bytes:
    return (
        bytes([STRING | 0x80]) + number(origin[0]) + number(origin[1]) + write_var_string(content)
    )


def test_an_update_of_nothing_is_empty():
    shape = inspect(EMPTY_UPDATE)
    assert shape.empty
    assert not shape.deletes
    assert shape.blocks == {}
    assert shape.needs == {}


@pytest.mark.spec("UPD-1")
def test_typing_on_needs_what_was_typed_before():
    shape = inspect(update(after((5, 9)), clock=10))
    assert shape.blocks == {5: (10, 11)}
    assert shape.needs == {5: 10}


@pytest.mark.spec("UPD-1")
@pytest.mark.parametrize(
    ("structs", "clock", "needs"),
    [
        ((text("ab"), after((5, 1))), 0, {}),
        ((after((9, 4)),), 0, {9: 5}),
        ((after((5, 3)),), 0, {5: 4}),
        ((item(STRING, write_var_string("x"), parent=b"\x00\x09\x07"),), 0, {9: 8}),
        ((text("ab"), skip(3), text("c")), 0, {5: 5}),
        ((skip(3), text("c")), 0, {5: 3}),
        ((text("ab"), skip(3)), 0, {}),
        ((after((9, 4)), after((9, 2))), 0, {9: 5}),
    ],
)
def test_needs_are_what_lies_outside(structs, clock, needs):
    assert inspect(update(*structs, clock=clock)).needs == needs


@pytest.mark.spec("UPD-1")
def test_deleting_needs_what_is_deleted():
    shape = inspect(b"\x00\x01\x05\x02\x00\x01\x07\x02")
    assert shape.deletes
    assert not shape.empty
    assert shape.needs == {5: 9}


@pytest.mark.spec("UPD-7")
@pytest.mark.parametrize(
    "content", ["a", "é", "e\u0301", "😀", "👩‍👩‍👧", "שלום", "a\r\nb", "\U0010ffff\uffff", "a😀b😀"]
)
def test_texts_count_utf16_code_units(content):
    units = len(content.encode("utf-16-le")) // 2
    assert inspect(update(text(content))).blocks == {5: (0, units)}
    peer = pycrdt.Doc()
    peer.apply_update(update(text(content)))
    assert decode_state_vector(peer.get_state()) == {5: units}


@pytest.mark.parametrize(
    ("struct", "length"),
    [
        (gc(7), 7),
        (item(DELETED, number(3)), 3),
        (item(BINARY, b"\x02ab"), 1),
        (item(EMBED, write_var_string('{"a": [1, null]}')), 1),
        (item(FORMAT, write_var_string("b") + write_var_string("null")), 1),
        (item(TYPE, b"\x00"), 1),
        (item(TYPE, b"\x03" + write_var_string("p")), 1),
        (item(ANY, b"\x03\x7e\x7f\x77\x01a"), 3),
        (item(SUBDOCUMENT, write_var_string("guid") + b"\x76\x00"), 1),
    ],
)
def test_every_kind_of_edit_has_its_length(struct, length):
    assert inspect(update(struct)).blocks == {5: (0, length)}


@pytest.mark.parametrize(
    "content",
    [
        "7f",
        "7e",
        "7d40",
        "7dffffffffffffff1f",
        "7c3f800000",
        "7b7ff8000000000000",
        "7a0000000000000001",
        "79",
        "78",
        "770161",
        "76010161750179",
        "7503787974020001",
    ],
)
def test_every_kind_of_value_is_skipped_whole(content):
    assert inspect(value(bytes.fromhex(content))).blocks == {5: (0, 1)}


@pytest.mark.spec("UPD-3")
@pytest.mark.parametrize(
    "wrong",
    {
        "nothing": b"",
        "bytes after the end": EMPTY_UPDATE + b"\x00",
        "text that is not UTF-8": update(item(STRING, b"\x02\xff\xfe")),
        "a surrogate in UTF-8": update(item(STRING, b"\x03\xed\xa0\x80")),
        "a key that is not UTF-8": update(
            item(ANY | 0x20, b"\x01\x7e", parent=b"\x01\x01a\x01\xff")
        ),
        "a value of an unknown type": value(b"\x73"),
        "a number beyond 53 bits": value(b"\x7d\xff\xff\xff\xff\xff\xff\xff\x7f"),
        "a parent of no kind": update(item(STRING, b"\x01a", parent=b"\x02")),
        "json that is none": update(item(EMBED, write_var_string("{"))),
        "json with NaN": update(item(EMBED, write_var_string("[NaN]"))),
        "a client without edits": b"\x01\x00\x05\x00\x00\x00",
        "a deleting client without ranges": b"\x00\x01\x05\x00\x00\x00",
    }.items(),
    ids=lambda wrong: wrong[0],
)
def test_what_is_no_update_is_malformed(wrong):
    with pytest.raises(MalformedFrame):
        inspect(wrong[1])


@pytest.mark.spec("UPD-5")
@pytest.mark.parametrize(
    "doubtful",
    {
        "old JSON": update(item(JSON, b"\x01\x011")),
        "a move": update(item(MOVE, b"\x00\x05\x00\x00")),
        "a weak link": update(item(TYPE, b"\x07")),
        "an XML hook": update(item(TYPE, b"\x05\x01a")),
        "flags on a collected span": update(bytes([GC | 0x80]) + b"\x05\x00\x03"),
        "flags on a skipped span": update(bytes([SKIP | 0x20]) + b"\x03", text("a")),
        "a collected span of no length": update(gc(0)),
        "a skip of no length": update(skip(0), text("a")),
        "a text of no length": update(text("")),
        "no values": update(item(ANY, b"\x00")),
        "nothing deleted": update(item(DELETED, b"\x00")),
        "a deleted range of no length": b"\x00\x01\x05\x01\x00\x00",
        "a client twice": b"\x02" + update(text("a"))[1:-1] * 2 + b"\x00",
        "a clock beyond 31 bits": update(text("abc"), clock=2**31 - 2),
        "a span beyond 31 bits": update(gc(2**31 + 1)),
        "a deletion beyond 31 bits": b"\x00\x01\x05\x01" + number(2**31) + b"\x01",
    }.items(),
    ids=lambda doubtful: doubtful[0],
)
def test_what_peers_would_read_differently_is_refused(doubtful):
    with pytest.raises(MalformedFrame):
        inspect(doubtful[1])


@pytest.mark.spec("UPD-5")
def test_old_json_is_refused_because_the_server_could_not_read_it():
    with pytest.raises(ValueError, match="Cannot decode update"):
        pycrdt.Doc().apply_update(update(item(JSON, b"\x01\x011")))


@pytest.mark.spec("UPD-4")
@pytest.mark.parametrize("claim", BOMBS)
def test_claims_without_bytes_are_refused(claim):
    with pytest.raises(ProtocolError):
        inspect(BOMBS[claim])


LIMITS = UpdateLimits(clients=2, structs=3, values=20, json_bytes=10, depth=4)


@pytest.mark.spec("UPD-6")
@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        (update(*[gc(1)] * 3), update(*[gc(1)] * 4)),
        (
            b"\x02\x01\x05\x00\x00\x01\x01\x06\x00\x00\x01\x00",
            b"\x03\x01\x05\x00\x00\x01\x01\x06\x00\x00\x01\x01\x07\x00\x00\x01\x00",
        ),
        (
            b"\x00\x02\x05\x01\x00\x01\x06\x01\x00\x01",
            b"\x00\x03\x05\x01\x00\x01\x06\x01\x00\x01\x07\x01\x00\x01",
        ),
        (update(item(ANY, b"\x14" + b"\x7e" * 20)), update(item(ANY, b"\x15" + b"\x7e" * 21))),
        (value(b"\x75\x0c" + b"\x7e" * 12), value(b"\x75\x0d" + b"\x7e" * 13)),
        (value(b"\x75\x01\x76\x00"), value(b"\x75\x02\x76\x00\x76\x00")),
        (
            update(item(EMBED, write_var_string('"12345678"'))),
            update(item(EMBED, write_var_string('"123456789"'))),
        ),
        (
            update(item(EMBED, write_var_string("[[[[]]]]"))),
            update(item(EMBED, write_var_string("[[[[[]]]]]"))),
        ),
        (
            b"\x00\x01\x05\x14" + b"\x00\x01" * 20,
            b"\x00\x01\x05\x15" + b"\x00\x01" * 21,
        ),
    ],
)
def test_one_over_a_limit_is_refused(within, beyond):
    inspect(within, LIMITS)
    with pytest.raises(LimitExceeded):
        inspect(beyond, LIMITS)


@pytest.mark.spec("UPD-6")
def test_values_are_nested_to_the_depth_allowed_and_no_further():
    inspect(value(nested(64)))
    with pytest.raises(LimitExceeded):
        inspect(value(nested(65)))


@pytest.mark.spec("UPD-8")
def test_state_vectors_come_back_and_are_written_as_yjs_does():
    vector = {2**40: 3, 7: 2**20, 1: 0}
    assert decode_state_vector(encode_state_vector(vector)) == vector
    assert encode_state_vector({1: 2, 300: 4}) == b"\x02\xac\x02\x04\x01\x02"


@pytest.mark.spec("UPD-8")
@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\x01",
        b"\x01\x05",
        b"\x00\x00",
        b"\x02\x05\x01\x05\x01",
        number(2**26),
        b"\x01\x05" + number(2**32),
    ],
)
def test_what_is_no_state_vector_is_malformed(wrong):
    with pytest.raises(MalformedFrame):
        decode_state_vector(wrong)


@pytest.mark.spec("UPD-8", "UPD-6")
def test_state_vectors_list_only_so_many_clients():
    with pytest.raises(LimitExceeded):
        decode_state_vector(encode_state_vector({1: 1, 2: 1, 3: 1}), LIMITS)
