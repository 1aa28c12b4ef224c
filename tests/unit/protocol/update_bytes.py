"""Updates written by hand, byte by byte, so that they can lie."""

from __future__ import annotations

from jupyter_tandem.protocol.lib0 import write_var_string

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, SUBDOCUMENT, SKIP, MOVE = range(12)

NOTHING_DELETED = b"\x00"
ROOT = b"\x01" + write_var_string("source")


def number(value: int) -> bytes:
    """A variable-length integer of any size."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def update(*structs: bytes, client: int = 5, clock: int = 0, claimed: int | None = None) -> bytes:
    """One client's structs and an empty delete set."""
    count = len(structs) if claimed is None else claimed
    head = number(1) + number(count) + number(client) + number(clock)
    return head + b"".join(structs) + NOTHING_DELETED


def item(kind: int, content: bytes, *, parent: bytes = ROOT) -> bytes:
    """An item without neighbours in the root ``source``."""
    return bytes([kind]) + parent + content


def value(content: bytes) -> bytes:
    """An update that sets ``state.k`` to a lib0 value."""
    key = b"\x01" + write_var_string("state") + write_var_string("k")
    return update(item(ANY | 0x20, number(1) + content, parent=key))


def nested(depth: int) -> bytes:
    """``null`` inside ``depth`` arrays."""
    return b"\x75\x01" * depth + b"\x7e"


def text(content: str) -> bytes:
    """An item that inserts ``content``."""
    return item(STRING, write_var_string(content))


HUGE = 2**26

BOMBS = {
    "clients": number(HUGE),
    "structs": number(1) + number(HUGE) + number(5) + number(0),
    "structs beyond 32 bits": number(1) + number(2**40) + number(5) + number(0),
    "json strings": update(item(JSON, number(HUGE))),
    "values": update(item(ANY, number(HUGE))),
    "one value of many": update(item(ANY, number(HUGE) + b"\x7e")),
    "array": value(b"\x75" + number(HUGE)),
    "object": value(b"\x76" + number(HUGE)),
    "string in a value": value(b"\x77" + number(HUGE)),
    "bytes in a value": value(b"\x74" + number(HUGE)),
    "text": update(item(STRING, number(HUGE))),
    "binary": update(item(BINARY, number(HUGE))),
    "embed": update(item(EMBED, number(HUGE))),
    "format key": update(item(FORMAT, number(HUGE))),
    "subdocument options": update(
        item(SUBDOCUMENT, write_var_string("g") + b"\x76" + number(HUGE))
    ),
    "root name": update(item(STRING, b"", parent=b"\x01" + number(HUGE))),
    "deleting clients": b"\x00" + number(HUGE),
    "deleted ranges": b"\x00\x01\x05" + number(HUGE),
    "one deleted range of many": b"\x00\x01\x05" + number(HUGE) + b"\x00\x01",
    "nested arrays": value(nested(100_000)),
    "nested objects": value(b"\x76\x01\x00" * 100_000 + b"\x7e"),
    "arrays that claim their rest": value(b"".join(b"\x75" + number(n) for n in range(60, 0, -1))),
    "nested json": update(
        item(EMBED, write_var_string("[" * 100_000 + "]" * 100_000)),
    ),
    "nested json in a format": update(
        item(
            FORMAT, write_var_string("b") + write_var_string('{"a":' * 50_000 + "1" + "}" * 50_000)
        ),
    ),
    "quotes without end": update(item(EMBED, write_var_string('"' + '\\"' * 50_000))),
}
"""Short updates that claim much, by what they claim."""
