"""A PostgreSQL server of its own for each module that does it harm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.contract.postgres import Cluster, emptied, own_cluster


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    with own_cluster() as running:
        yield running


@pytest.fixture
def url(running: Cluster) -> sa.URL:
    """Of its database, with nothing in it."""
    return sa.make_url(emptied(running.url))
