"""The byte encoding, against examples from the lib0 source and against its own inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.lib0 import (
    MAX_SAFE_INTEGER,
    read_var_bytes,
    read_var_string,
    read_var_uint,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)

READERS = (read_var_uint, read_var_bytes, read_var_string)


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (2**32, "8080808010"),
        (MAX_SAFE_INTEGER, "ffffffffffffff0f"),
    ],
)
def test_integers_are_seven_bits_per_byte_lowest_first(number, encoded):
    assert write_var_uint(number) == bytes.fromhex(encoded)
    assert read_var_uint(b"x" + bytes.fromhex(encoded), 1) == (number, 1 + len(encoded) // 2)


@given(st.integers(0, MAX_SAFE_INTEGER), st.binary(max_size=3))
def test_integers_come_back(number, rest):
    encoded = write_var_uint(number)
    assert read_var_uint(encoded + rest, 0) == (number, len(encoded))


@pytest.mark.parametrize("number", [-1, MAX_SAFE_INTEGER + 1])
def test_integers_javascript_cannot_hold_are_not_written(number):
    with pytest.raises(ValueError, match="not an integer between"):
        write_var_uint(number)


@pytest.mark.spec("UPD-3")
@pytest.mark.parametrize(
    "encoded", ["ffffffffffffff1f", "80808080808080808001", "ff" * 20, "80" * 20]
)
def test_integers_javascript_cannot_hold_are_refused(encoded):
    with pytest.raises(MalformedFrame):
        read_var_uint(bytes.fromhex(encoded), 0)


@given(st.binary(max_size=300), st.binary(max_size=3))
def test_byte_strings_come_back(data, rest):
    encoded = write_var_bytes(data)
    assert read_var_bytes(encoded + rest, 0) == (data, len(encoded))


@given(st.text(max_size=100))
def test_strings_come_back(text):
    encoded = write_var_string(text)
    assert read_var_string(encoded, 0) == (text, len(encoded))


def test_the_length_of_a_string_counts_bytes():
    assert write_var_string("é😀") == b"\x06\xc3\xa9\xf0\x9f\x98\x80"


def test_lone_surrogates_become_replacement_characters():
    assert write_var_string("a\ud800b") == write_var_string("a\ufffdb")


@pytest.mark.spec("UPD-3")
@pytest.mark.parametrize("data", [b"\x01\xff", b"\x02\xc3\x28", b"\x03\xed\xa0\x80"])
def test_strings_that_are_not_utf8_are_refused(data):
    with pytest.raises(MalformedFrame):
        read_var_string(data, 0)


@pytest.mark.spec("UPD-3")
@given(st.sampled_from(READERS), st.binary(max_size=12), st.integers(0, 12))
def test_readers_return_or_refuse_whatever_comes(reader, data, pos):
    try:
        _, end = reader(data, pos)
    except MalformedFrame:
        return
    assert pos < end <= len(data)


@pytest.mark.spec("UPD-3")
@pytest.mark.parametrize("write", [write_var_bytes])
@given(data=st.binary(min_size=1, max_size=200), cut=st.integers(1, 200))
def test_a_length_that_the_bytes_do_not_have_is_refused(write, data, cut):
    encoded = write(data)
    with pytest.raises(MalformedFrame):
        read_var_bytes(encoded[: -min(cut, len(encoded))], 0)
