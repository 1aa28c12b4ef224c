"""Large documents are made, loaded and read in portions, and nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.content import digest
from jupyter_tandem.core.document import Document, grow
from jupyter_tandem.engine.file_bridge_work import export_document, remember
from jupyter_tandem.protocol.portions import PORTION_BYTES
from tests.unit.core.notebooks import NOTEBOOK, TEXT, code, markdown, notebook, stream

BIG = "lorem ipsum \u00e4 \U0001f388\n" * 2_000


def large(cells: int = 120) -> dict[str, Any]:
    made = [
        code(f"c{number}", f"x = {number}\n", outputs=[stream(BIG), stream(str(number))])
        for number in range(cells)
    ]
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 9_000}, "metadata": {}}
    made.insert(3, markdown("m", "# Title", attachments={"a.png": {"image/png": "B" * 900}}))
    made.insert(5, code("p", "plot()", outputs=[picture], execution_count=7))
    return notebook(*made, kernelspec={"name": "python3", "display_name": "Python 3"})


@pytest.mark.spec("CONTENT-22")
@pytest.mark.parametrize("minor", [4, 5])
def test_a_large_notebook_is_made_in_portions_and_is_one_update(minor: int) -> None:
    given = {**large(), "nbformat_minor": minor}
    before = digest(NOTEBOOK, given)
    document, update = grow(NOTEBOOK, given, 5, {"path": "a.ipynb"})
    with closing(document), closing(Document(NOTEBOOK, 6)) as other:
        assert len(update) > 3 * PORTION_BYTES
        other.load([update])
        assert digest(NOTEBOOK, document.content()) == digest(NOTEBOOK, other.content()) == before
        assert other.fingerprint() == document.fingerprint()
        assert other.state_vector() == document.state_vector()
        assert other.write_state({"path": "a.ipynb"}) is None
        assert other.bytes_taken >= len(other.encode())


def test_nobody_listens_while_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a listener the library encodes all that it applies, which takes three times as long."""
    listening: list[str] = []
    observe, unobserve = Doc.observe, Doc.unobserve

    def begin(doc: Doc[Any], callback: Any) -> Any:
        listening.append("begin")
        return observe(doc, callback)

    def end(doc: Doc[Any], subscription: Any) -> None:
        listening.append("end")
        unobserve(doc, subscription)

    monkeypatch.setattr(Doc, "observe", begin)
    monkeypatch.setattr(Doc, "unobserve", end)
    given, update = grow(NOTEBOOK, notebook(code("a", "x")), 5)

    def updates() -> Iterator[bytes]:
        assert listening == ["begin", "end"]
        yield update

    given.close()
    listening.clear()
    with closing(Document(NOTEBOOK, 6)) as document:
        document.load(updates())
        assert listening == ["begin", "end", "begin"]
        assert document.write_state({"path": "b"}) is not None
    assert listening[-1] == "end"


@pytest.mark.spec("CONTENT-22")
def test_other_documents_are_made_with_their_state_as_well() -> None:
    for kind, content in ((TEXT, "one\n"), (NOTEBOOK, notebook(code("a", "x")))):
        document, update = grow(kind, content, 5, {"path": "a"})
        with closing(document), closing(Document(kind, 6)) as other:
            other.load([update])
            assert digest(kind, other.content()) == digest(kind, content)
            assert other.write_state({"path": "a"}) is None


@pytest.mark.spec("CONTENT-22")
def test_what_is_no_cell_does_not_keep_a_large_notebook_from_being_read() -> None:
    document, update = grow(NOTEBOOK, large(), 5)
    document.close()
    with closing(Document(NOTEBOOK, 6)) as other:
        other.load([update])
        cells = other.run_cells()
        assert cells is not None
        shared = other._crdt.get("cells", type=Array)
        whole = other.content()
        shared.insert(2, "no cell")
        shared.insert(50, Map({"source": Text("no cell either")}))
        assert other.content() == whole
        assert isinstance(other.fingerprint(), str)


@pytest.mark.spec("FILE-36")
@pytest.mark.parametrize("minor", [4, 5])
def test_a_version_is_remembered_without_its_outputs_in_memory(minor: int) -> None:
    given = {**large(), "nbformat_minor": minor}
    twice = dict(given["cells"][7])
    given["cells"].append(twice)
    document, update = grow(NOTEBOOK, given, 5)
    document.close()
    export = export_document(NOTEBOOK, update, 6)
    assert remember(NOTEBOOK, update, 6) == (export.digest, export.base)
