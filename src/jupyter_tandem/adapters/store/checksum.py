"""Checksums of rows: every column that matters, bound to the document's lineage.

CRC-32 finds every flipped bit and every burst of up to 32 bits, and costs four bytes a row. It
guards against hardware, not against somebody who can write the file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

_CHUNK = struct.Struct("<Qq")
_COUNT = struct.Struct("<L")
_PART = struct.Struct("<QL")
_SNAPSHOT = struct.Struct("<QQ")


def fits(stored: object, compute: Callable[[], int]) -> bool:
    """Whether a stored checksum is the one that its row has.

    One flipped bit can make a text of a number: a row whose columns cannot be computed with does
    not fit either.
    """
    try:
        return stored == compute()
    except (AttributeError, TypeError, struct.error):
        return False


def signed(checksum: int) -> int:
    """A checksum as it is stored."""
    # SQLite stores a signed 32-bit integer in four bytes, an unsigned one in six.
    return checksum - (1 << 32) if checksum >> 31 else checksum


def of_texts(*texts: str, seed: int = 0) -> int:
    """Checksum of texts one after the other, each with its length."""
    for text in texts:
        encoded = text.encode()
        seed = zlib.crc32(encoded, zlib.crc32(len(encoded).to_bytes(4, "little"), seed))
    return seed


def document_seed(document_id: str, lineage: str, epoch: int) -> int:
    """What every checksum of a document's rows starts from."""
    return of_texts(document_id, lineage, str(epoch))


def document_checksum(seed: int, key: int, begun_ms: int) -> int:
    """Checksum of a row of ``documents``."""
    return signed(zlib.crc32(struct.pack("<Qq", key, begun_ms), seed))


def origin_checksum(key: int, author: str, cause: str) -> int:
    """Checksum of a row of ``origins``."""
    return signed(of_texts(str(key), author, cause))


def chunk_seed(seed: int, first: int, at_ms: int) -> int:
    """What the checksum of a chunk starts from.

    Args:
        seed: Of the document, see :func:`document_seed`.
        first: Sequence of the chunk's first entry.
        at_ms: Milliseconds after the journal's beginning when that was taken.
    """
    return zlib.crc32(_CHUNK.pack(first, at_ms), seed)


def extended(crc: int, more: bytes) -> int:
    """A chunk's running checksum after more bytes."""
    return zlib.crc32(more, crc)


def chunk_checksum(crc: int, count: int) -> int:
    """Checksum of a row of ``chunks``, from the running one over all its bytes."""
    return signed(zlib.crc32(_COUNT.pack(count), crc))


def snapshot_checksum(seed: int, sequence: int, size: int) -> int:
    """Checksum of a row of ``snapshots``; its parts have their own."""
    return signed(zlib.crc32(_SNAPSHOT.pack(sequence, size), seed))


def part_checksum(seed: int, sequence: int, index: int, part: bytes | memoryview) -> int:
    """Checksum of a row of ``parts`` of the snapshot at ``sequence``."""
    return signed(zlib.crc32(part, zlib.crc32(_PART.pack(sequence, index), seed)))


def run_checksum(document_id: str, number: int, body: str) -> int:
    """Checksum of a row of ``runs``; a run outlives its document's lineage."""
    return signed(of_texts(document_id, str(number), body))


def base_checksum(seed: int, digest: str, sequence: int, file_hash: str, content: bytes) -> int:
    """Checksum of a row of ``bases`` and of the content it refers to."""
    return signed(zlib.crc32(content, of_texts(digest, str(sequence), file_hash, seed=seed)))
