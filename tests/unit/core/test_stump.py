"""FILE-61: what a write leaves that was cut short, told from what another program wrote."""

from __future__ import annotations

import base64
import json
from typing import Any

import nbformat
import pytest

from jupyter_tandem.core.content import (
    LEFT_BYTES,
    decode_base,
    encode_base,
    left_in,
    with_left,
)
from jupyter_tandem.core.stump import is_stump
from jupyter_tandem.types import DocumentKind
from tests.unit.core.notebooks import code, markdown, notebook

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
BLOB = DocumentKind("base64", "blob")

OLD = b"one\ntwo\nthree\nfour\n"
NEW = "zero\none\ntwo ü 2\nthree\nfour\nfive\n".encode()


def text_is_stump(found: bytes, new: bytes = NEW, old: bytes | None = OLD) -> bool:
    former = None if old is None else old.decode()
    return is_stump(TEXT, found, new.decode(), former)


@pytest.mark.parametrize(("new", "old"), [(NEW, OLD), (OLD, NEW), (NEW, None), (NEW, b"")])
@pytest.mark.spec("FILE-61")
def test_every_beginning_of_a_text(new: bytes, old: bytes | None) -> None:
    for size in range(len(new)):
        assert text_is_stump(new[:size], new, old)
        assert text_is_stump(new[:size] + bytes(40), new, old)
    for size in range(len(old or b"")):
        assert text_is_stump((old or b"")[:size], new, old)


@pytest.mark.parametrize(("new", "old"), [(NEW, OLD), (OLD, NEW)])
@pytest.mark.spec("FILE-61")
def test_every_text_that_was_half_written_over(new: bytes, old: bytes) -> None:
    for size in range(len(new) + 1):
        found = new[:size] + old[size:]
        assert text_is_stump(found, new, old) == (found not in (new, old))


@pytest.mark.parametrize(
    "found",
    [
        NEW,
        OLD,
        NEW + b"theirs\n",
        OLD + b"theirs\n",
        b"theirs\n" + OLD,
        NEW[5:],
        NEW[:10] + b"!",
        NEW[:5] + OLD,
        OLD.replace(b"two\n", b""),
        NEW.replace(b"two", b"2"),
        b" ",
    ],
)
@pytest.mark.spec("FILE-61", "FILE-13")
def test_what_another_program_wrote_is_no_stump_of_a_text(found: bytes) -> None:
    assert not text_is_stump(found)


@pytest.mark.spec("FILE-61")
def test_bytes_that_are_no_text() -> None:
    new, old = bytes(range(256)), bytes(reversed(range(256)))

    def judge(found: bytes, former: Any) -> bool:
        return is_stump(BLOB, found, base64.b64encode(new).decode(), former)

    assert judge(new[:200], None)
    assert judge(new[:100] + old[100:], base64.b64encode(old).decode())
    assert not judge(new[:100] + old[100:], None)
    assert not judge(new[:100] + old[100:], "no base64!")
    assert not judge(new[1:], None)


@pytest.mark.spec("FILE-61")
def test_versions_that_are_not_known() -> None:
    assert is_stump(TEXT, b"", None, None)
    assert is_stump(NOTEBOOK, bytes(10), None, None)
    assert not is_stump(TEXT, b"one", None, None)
    assert not is_stump(NOTEBOOK, b"{", None, None)


# -- notebooks ---------------------------------------------------------------


def book(minor: int = 5) -> dict[str, Any]:
    made = notebook(
        markdown("a", "# Größe\n\nmehr ü 1"),
        code("b", 'print("\\\\ud83d")\nx = 1.5', outputs=[printed("one\n"), printed("2.5")]),
        code("c", ""),
        markdown("d", "the \\u00fcnd"),
    )
    made["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "n": 12.5}
    made["nbformat_minor"] = minor
    if minor < 5:
        for cell in made["cells"]:
            del cell["id"]
    return made


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def remembered(content: dict[str, Any]) -> Any:
    return decode_base(NOTEBOOK, encode_base(NOTEBOOK, content))


def written(content: dict[str, Any]) -> bytes:
    text = nbformat.writes(nbformat.from_dict(json.loads(json.dumps(content))))
    return str(text).encode()


def another() -> dict[str, Any]:
    return notebook(markdown("z", "something else"))


@pytest.mark.parametrize("minor", [4, 5])
@pytest.mark.spec("FILE-61")
def test_every_beginning_of_a_notebook(minor: int) -> None:
    content = book(minor)
    data = written(content)
    for size in range(len(data) - 1):
        assert is_stump(NOTEBOOK, data[:size], remembered(content), remembered(another())), size
        assert is_stump(NOTEBOOK, data[:size], remembered(another()), remembered(content)), size


@pytest.mark.spec("FILE-61")
def test_a_notebook_in_another_layout() -> None:
    content = {**book(), "cells": []}
    for laid_out in (json.dumps(book()), json.dumps(book(), indent=4), json.dumps(content)):
        version = content if laid_out == json.dumps(content) else book()
        for size in range(len(laid_out)):
            assert is_stump(NOTEBOOK, laid_out[:size].encode(), remembered(version), None), size


def changed(place: int, **members: Any) -> bytes:
    content = book()
    content["cells"][place].update(members)
    return written(content)


@pytest.mark.spec("FILE-61", "FILE-21")
def test_what_another_program_left_is_no_stump_of_a_notebook() -> None:
    data = written(book())
    third = data.index(b'"id": "c"')
    last = data.index(b'"id": "d"')
    others = {
        "whole": data,
        "with something behind": data + b"{}",
        "conflict": data[:third] + b"<<<<<<< HEAD\n" + data[third:],
        "conflict that breaks off": data[:third] + b"<<<<<<< HEAD\n" + data[third:-20],
        "another source": changed(0, source="changed")[:last],
        "another id": changed(2, id="q")[: last - 10],
        "another output": changed(1, outputs=[printed("three\n")])[:third],
        "another source in the last cell": changed(3, source="changed")[:-60],
        "one cell more": written({**book(), "cells": [*book()["cells"], code("e", "")]})[:-20],
        "one cell less": written({**book(), "cells": book()["cells"][:2]})[:-20],
        "text": b"one\ntwo\n",
        "a list": b'[{"cells": [',
        "cells that are none": b'{"cells": {"a": 1',
        "a cell that is none": b'{"cells": [ "x',
        "no text": b'{"cells": [ {"id": "\xff\xff',
        "deep": b'{"cells": [' + b"[" * 100_000,
    }
    found = [name for name, other in others.items() if judge(other)]
    assert found == []


def judge(found: bytes) -> bool:
    return is_stump(NOTEBOOK, found, remembered(book()), remembered(another()))


# -- over what an earlier one has left ---------------------------------------


LEFT = b"first line\n" + NEW[:25]


@pytest.mark.spec("FILE-61")
def test_what_is_left_over_something_that_was_left() -> None:
    new = b"second line\n" + LEFT + b"the end\n"

    def left(found: bytes, left: bytes | None = LEFT) -> bool:
        return is_stump(TEXT, found, new.decode(), OLD.decode(), left)

    assert left(LEFT)
    for size in range(len(LEFT)):
        assert left(LEFT[:size])
        assert left(LEFT[:size] + bytes(40))
        assert left(new[:size] + LEFT[size:])
        assert left(new[:size] + OLD[size:]) == (size > 0)
    assert not left(LEFT[:20], None)
    for whole in (new, OLD):
        assert not left(whole)
    for theirs in (LEFT + b"theirs\n", b"theirs\n" + LEFT, LEFT[3:], LEFT.replace(b"one", b"1")):
        assert not left(theirs)


@pytest.mark.spec("FILE-61")
def test_the_version_before_is_not_left() -> None:
    new = OLD + b"five\n"
    assert not is_stump(TEXT, OLD, new.decode(), OLD.decode(), OLD + b"fi")


@pytest.mark.spec("FILE-61")
def test_what_was_left_of_a_notebook() -> None:
    left = b'{"cells": [{"cell_type": "code", "source": "lost'
    for size in range(1, len(left) + 1):
        assert is_stump(NOTEBOOK, left[:size], remembered(book()), remembered(another()), left)
    whole = json.dumps(book()).encode()
    assert not is_stump(NOTEBOOK, whole, remembered(book()), remembered(another()), left)


@pytest.mark.spec("FILE-61")
@pytest.mark.parametrize(
    ("kind", "content"), [(TEXT, "é"), (BLOB, "AAECAw=="), (NOTEBOOK, notebook(code("a", "x")))]
)
def test_a_base_that_knows_what_was_left_is_the_same_base(kind: DocumentKind, content: Any) -> None:
    base = encode_base(kind, content)
    assert left_in(base) is None
    twice = with_left(with_left(base, b"first"), LEFT + b"\xff\0")
    assert left_in(twice) == LEFT + b"\xff\0"
    assert decode_base(kind, twice) == decode_base(kind, base)
    assert with_left(base, bytes(LEFT_BYTES + 1)) == base
    assert (with_left(b"", LEFT), left_in(b"")) == (b"", None)
