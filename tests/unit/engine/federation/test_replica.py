"""A document that comes from the service's room."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_tandem.core.document import Document, unite
from jupyter_tandem.engine.federation.replica import Fetch
from jupyter_tandem.protocol.frames import (
    Hello,
    SyncStep1,
    SyncStep2,
    Update,
    decode_client,
    encode,
)
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import DocumentKind

TEXT = DocumentKind("text", "file")


@pytest.mark.spec("WIRE-5")
async def test_what_came_before_the_answer_belongs_to_it() -> None:
    theirs = Document(TEXT, client_id=7)
    updates = [update for text in ("one", "one two", "two") if (update := theirs.update_to(text))]
    fetch = Fetch()
    question = fetch.take(encode(Hello({"lineage": "L1"})))
    assert question is not None
    assert isinstance(decode_client(question, Limits()), SyncStep1)
    assert fetch.take(encode(SyncStep1(theirs.state_vector()))) is None
    *before, last = updates
    for update in before:
        fetch.take(encode(Update(update)))
    assert not fetch.done.done()
    fetch.take(encode(SyncStep2(last)))
    fetch.take(encode(Update(b"\x00\x00")))
    lineage, found = await asyncio.wait_for(fetch.wait(), 5)
    ours = Document(TEXT, client_id=8)
    ours.load([unite(found)])
    assert (lineage, ours.content()) == ("L1", "two")
