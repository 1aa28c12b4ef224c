"""What every :class:`~jupyter_tandem.ports.outputs.OutputStore` promises. Subclass it and give the store."""

from __future__ import annotations

import hashlib
import time

import pytest

from jupyter_tandem.ports.outputs import OutputStore
from jupyter_tandem.types import DocumentId

A, B = DocumentId("json:notebook:a"), DocumentId("json:notebook:b/../a")
DAY_S = 24 * 3600.0


def name_of(data: bytes) -> str:
    """The name under which ``data`` is kept."""
    return hashlib.sha256(data).hexdigest()


class OutputStoreContract:
    """Subclasses have a fixture ``store`` that takes the time from ``self.now``."""

    now = time.time()

    @pytest.fixture(autouse=True)
    def _begin(self) -> None:
        self.now = time.time()

    def _put(self, store: OutputStore, data: bytes, document: DocumentId = A) -> str:
        name = name_of(data)
        store.put(document, name, data)
        return name

    @pytest.mark.spec("BIG-2")
    def test_what_was_put_is_there(self, store: OutputStore) -> None:
        """Putting it twice is putting it once."""
        data = bytes(range(256)) * 10
        name = self._put(store, data)
        assert store.get(A, name) == data
        self._put(store, data)
        assert store.sizes(A) == {name: len(data)}

    @pytest.mark.spec("BIG-6")
    def test_every_document_has_its_own(self, store: OutputStore) -> None:
        """Also where names would lead elsewhere in a file system."""
        name = self._put(store, b"data")
        assert store.get(B, name) is None
        assert store.sizes(B) == {}
        assert store.sweep(B, (), 0.0) == 0
        assert store.get(A, name) == b"data"

    @pytest.mark.spec("BIG-9")
    def test_what_is_not_wanted_goes_after_a_while(self, store: OutputStore) -> None:
        """Until then it can be had."""
        wanted, other = self._put(store, b"wanted"), self._put(store, b"other")
        assert store.sweep(A, {wanted}, 7 * DAY_S) == 0
        assert store.get(A, other) == b"other"
        assert store.sizes(A) == {wanted: 6, other: 0}
        self.now += 6 * DAY_S
        assert store.sweep(A, {wanted}, 7 * DAY_S) == 0
        self.now += 2 * DAY_S
        assert store.sweep(A, {wanted}, 7 * DAY_S) == 1
        assert store.get(A, other) is None
        assert store.get(A, wanted) == b"wanted"

    @pytest.mark.spec("BIG-9")
    @pytest.mark.parametrize("again", ["named", "put"])
    def test_what_is_wanted_again_stays(self, store: OutputStore, again: str) -> None:
        """Whether a version names it again or it is put again."""
        name = self._put(store, b"data")
        store.sweep(A, (), 7 * DAY_S)
        if again == "named":
            store.sweep(A, {name}, 7 * DAY_S)
        else:
            self._put(store, b"data")
        self.now += 8 * DAY_S
        assert store.sweep(A, (), 7 * DAY_S) == 0
        assert store.get(A, name) == b"data"
        assert store.sweep(A, (), 0.0) == 1
