"""HOST-9: models for other server extensions."""

from __future__ import annotations

import gc

import pytest

from jupyter_tandem.types import Address
from tests.unit.engine.door_bench import TEXT, Estate, Person, living


async def address_of(estate: Estate) -> Address:
    return await estate.documents.address("a.txt", TEXT)


@pytest.mark.spec("HOST-9")
async def test_a_copy_is_the_caller_s_own() -> None:
    async with living() as estate:
        address = await address_of(estate)
        assert await estate.documents.get(address, copy=True, create=False) is None
        ana = Person(estate, "ana")
        await ana.enter(address.document_id)
        await ana.reads("one\n")
        model = await estate.documents.get(address, copy=True, create=False)
        assert model is not None
        assert model.get() == "one\n"
        model.set("mine")
        ana.type("two")
        await ana.reads("one\ntwo")
        assert model.get() == "mine"


@pytest.mark.spec("HOST-9")
async def test_a_shared_model_shares_every_edit() -> None:
    async with living() as estate:
        address = await address_of(estate)
        model = await estate.documents.get(address, copy=False, create=True)
        assert model is not None
        ana, bo = Person(estate, "ana"), Person(estate, "bo")
        await ana.enter(address.document_id)
        await bo.enter(address.document_id)
        await ana.reads("one\n")
        ana.type("two")
        await bo.reads("one\ntwo")
        assert model.get() == "one\ntwo"
        model.ydoc["source"] += " three"
        await ana.reads("one\ntwo three")
        assert await estate.documents.get(address, copy=False, create=False) is model


@pytest.mark.spec("HOST-9")
async def test_a_model_that_is_dropped_lets_go_of_the_room() -> None:
    async with living() as estate:
        address = await address_of(estate)
        model = await estate.documents.get(address, copy=False, create=True)
        live = (await estate.tenancy.house()).live(address.document_id)
        assert live is not None
        live.encode()
        assert not live.empty
        del model
        gc.collect()
        ana = Person(estate, "ana")
        await ana.enter(address.document_id)
        await ana.reads("one\n")
        ana.leave()
        assert live.empty
