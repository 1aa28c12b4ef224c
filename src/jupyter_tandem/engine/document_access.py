"""Documents for other server extensions, in the form they know from jupyter-collaboration."""

from __future__ import annotations

import asyncio
import weakref

from jupyter_tandem.core.document.model import Model, ModelPeer, model_of
from jupyter_tandem.engine.follower import Follower
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.copy import WholeCopies
from jupyter_tandem.engine.room_partners import BigOutputs
from jupyter_tandem.ports.files import Files
from jupyter_tandem.types import Address, DocumentId, DocumentKind


class DocumentAccess:
    """Hands out models of documents that are live."""

    def __init__(self, landlord: Landlord, files: Files, copies: WholeCopies | None = None) -> None:
        """Take documents from the landlord's house; ``copies`` puts their big outputs into copies."""
        self._copies = copies
        self._landlord = landlord
        self._files = files
        self._models: weakref.WeakValueDictionary[DocumentId, Model] = weakref.WeakValueDictionary()

    async def get(self, address: Address, *, copy: bool, create: bool) -> Model | None:
        """A model of the document.

        Args:
            address: The document.
            copy: Whether the model is the caller's own. If not, edits to it go into the document and the
                document's edits into it, for as long as the caller keeps it.
            create: Whether to open the document when it is not live.

        Returns:
            ``None`` when it is not live and not to be opened.

        Raises:
            FileError, StoreError, ServerFull: it cannot be opened.
        """
        house = await self._landlord.house()
        live = await house.open(address) if create else house.live(address.document_id)
        if live is None:
            return None
        if not copy:
            return await self._share(live)
        state = (await live.state())[1] if self._copies is None else await self._copies.state(live)
        return model_of(address.kind, state)

    async def address(self, path: str, kind: DocumentKind) -> Address:
        """The document behind the file at ``path``.

        Raises:
            FileMissing, NotFound: there is none.
        """
        return Address(kind, await self._files.identify(path))

    async def _share(self, live: LiveRoom) -> Model:
        """The one model of a room that lives with it, with all outputs in it."""
        needed = live.outputs
        model = self._models.get(live.document_id)
        if model is not None:
            return model
        if needed is not None:
            await needed.need_whole()
        try:
            _, state = await live.state()
            # Somebody else may have been faster.
            model = self._models.get(live.document_id)
            if model is None:
                return self._made(live, needed, state)
        except BaseException:
            if needed is not None:
                needed.need_no_more()
            raise
        if needed is not None:
            needed.need_no_more()
        return model

    def _made(self, live: LiveRoom, needed: BigOutputs | None, state: bytes) -> Model:
        loop = asyncio.get_running_loop()
        model = model_of(live.address.kind, state)

        def edited(update: bytes) -> None:
            # Later, because the room's answer must not reach the model inside its own transaction; by the
            # loop's thread, because extensions edit from wherever they run.
            loop.call_soon_threadsafe(_incorporate, live, update)

        peer = ModelPeer(model, edited)
        follower = Follower(peer.take, lambda: self._forget(live.document_id))
        follower.follow(live, model.ydoc.get_state())

        def stop() -> None:
            follower.stop()
            if needed is not None:
                needed.need_no_more()

        weakref.finalize(model, loop.call_soon_threadsafe, stop).atexit = False
        self._models[live.document_id] = model
        return model

    def _forget(self, document_id: DocumentId) -> None:
        """Its room was closed: whoever asks again gets a model of the next one."""
        self._models.pop(document_id, None)


def _incorporate(live: LiveRoom, update: bytes) -> None:
    if not live.closed:
        live.incorporate(update, author="", cause="edit")
