"""Another version comes into a live document."""

from __future__ import annotations

import threading

import pytest

from jupyter_tandem.core.content import decode_base, encode_base, normalise
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.merge import Kept
from jupyter_tandem.core.reconcile import Reconciled, reconcile
from jupyter_tandem.errors import DocumentError
from jupyter_tandem.types import DocumentKind
from tests.unit.core.notebooks import NOTEBOOK, TEXT, code, ids, notebook, sources

BASE = notebook(code("a", "1\n2\n3"), code("b", "B"))


def live(kind: DocumentKind, content) -> Document:
    document = Document(kind, 2)
    document.load([seed(kind, content, 1)])
    return document


def base_of(kind: DocumentKind, content):
    return decode_base(kind, encode_base(kind, content))


@pytest.mark.spec("MERGE-17")
def test_edits_made_while_merging_are_kept():
    document = live(NOTEBOOK, BASE)
    state = document.encode()
    typing = Document(NOTEBOOK, 3)
    typing.load([state])
    meanwhile = typing.update_to(notebook(code("a", "1\n2 typed\n3"), code("b", "B typed")))
    from_disk = notebook(code("n", "new"), code("a", "1\n2\n3 disk"), code("b", "B"))
    result = reconcile(NOTEBOOK, state, base_of(NOTEBOOK, BASE), from_disk, 4)
    merged = live(NOTEBOOK, BASE)
    merged.apply([result.update])
    assert normalise(NOTEBOOK, merged.content()) == normalise(NOTEBOOK, from_disk)
    document.apply([meanwhile])
    document.apply([result.update])
    typing.apply([result.update])
    assert sources(document.content()) == ["new", "1\n2 typed\n3 disk", "B typed"]
    assert typing.fingerprint() == document.fingerprint()


@pytest.mark.spec("MERGE-17")
def test_edits_typed_into_the_same_line_while_merging_are_kept():
    document = live(TEXT, "x = 1\n")
    state = document.encode()
    typed = Document(TEXT, 3)
    typed.load([state])
    meanwhile = typed.update_to("x = 10\n")
    result = reconcile(TEXT, state, "x = 1\n", "y = 1\nx = 1  # é\n", 4)
    document.apply([meanwhile, result.update])
    assert document.content() == "y = 1\nx = 10  # é\n"


@pytest.mark.spec("MERGE-17", "MERGE-1")
@pytest.mark.parametrize("base", [BASE, None])
def test_a_file_that_says_the_same_changes_nothing(base):
    state = seed(NOTEBOOK, BASE, 1)
    assert reconcile(NOTEBOOK, state, base, BASE, 4) == Reconciled(None, ())


@pytest.mark.spec("MERGE-17", "MERGE-6")
def test_without_a_common_version_nothing_is_lost_and_nothing_doubled():
    state = seed(NOTEBOOK, notebook(code("a", "1\nours"), code("o", "ours")), 1)
    theirs = notebook(code("a", "1\ntheirs"), code("t", "theirs"))
    result = reconcile(NOTEBOOK, state, None, theirs, 4)
    document = Document(NOTEBOOK, 2)
    document.load([state])
    document.apply([result.update])
    assert sources(document.content()) == ["1\nours\ntheirs", "ours", "theirs"]
    assert [conflict.kept for conflict in result.conflicts] == [Kept.BOTH]


@pytest.mark.spec("MERGE-17", "MERGE-12")
def test_a_second_reconciliation_with_the_same_file_changes_nothing():
    document = live(NOTEBOOK, notebook(code("a", "1\nours"), code("b", "B")))
    theirs = notebook(code("a", "1\ntheirs"), code("b", "B"), code("t", "new"))
    for client in (4, 5):
        result = reconcile(NOTEBOOK, document.encode(), None, theirs, client)
        if result.update is not None:
            document.apply([result.update])
    assert result.update is None
    assert ids(document.content()) == ["a", "b", "t"]


def test_it_works_in_any_thread():
    results: list[Reconciled] = []
    state = seed(TEXT, "a\n", 1)
    worker = threading.Thread(
        target=lambda: results.append(reconcile(TEXT, state, "a\n", "a\nb\n", 4))
    )
    worker.start()
    worker.join()
    document = live(TEXT, "a\n")
    document.apply([results[0].update])
    assert document.content() == "a\nb\n"


def test_a_version_of_another_kind_is_refused():
    with pytest.raises(DocumentError):
        reconcile(NOTEBOOK, seed(NOTEBOOK, BASE, 1), None, "text", 4)
