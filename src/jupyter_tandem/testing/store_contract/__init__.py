"""What every store has to keep: subclass the three suites, override ``open_store``, run pytest.

.. code-block:: python

    class TestMyJournal(JournalContract):
        @pytest.fixture
        def open_store(self, tmp_path):
            return lambda monotonic=time.monotonic: MyStore.open(tmp_path, monotonic=monotonic)
"""

from jupyter_tandem.testing.store_contract.file_base import FileBaseContract
from jupyter_tandem.testing.store_contract.fixture import TTL_S, OpenStore, StoreFixture, edit
from jupyter_tandem.testing.store_contract.journal import JournalContract
from jupyter_tandem.testing.store_contract.lease import LeaseContract
from jupyter_tandem.testing.store_contract.run import RunContract
from jupyter_tandem.testing.store_contract.snapshot import SnapshotContract

__all__ = [
    "TTL_S",
    "FileBaseContract",
    "JournalContract",
    "LeaseContract",
    "OpenStore",
    "RunContract",
    "SnapshotContract",
    "StoreFixture",
    "edit",
]
