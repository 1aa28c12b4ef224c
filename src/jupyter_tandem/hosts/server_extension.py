"""The Jupyter Server extension."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
)
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join

from jupyter_tandem import __version__
from jupyter_tandem.adapters.hub.folder_files import LocalFolders
from jupyter_tandem.adapters.hub.own_file import OwnFiles
from jupyter_tandem.adapters.server.contents import ContentsFiles
from jupyter_tandem.adapters.server.execution.kernels import ServerKernels
from jupyter_tandem.adapters.server.guest.gate import put_up
from jupyter_tandem.adapters.server.guest.table import HOME as GUEST_HOME
from jupyter_tandem.adapters.server.sharing.places import ContentsPlaces
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.collector import spare_all_so_far
from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.allocator import FreeMemory, return_large_blocks
from jupyter_tandem.hosts.composition import Composition, Surroundings, store_dir
from jupyter_tandem.hosts.federation import hub_place
from jupyter_tandem.hosts.interpreter import switch_often
from jupyter_tandem.hosts.interrupt import Interrupt
from jupyter_tandem.hosts.settings import TandemSettings
from jupyter_tandem.types import Address, DocumentKind

if TYPE_CHECKING:
    from jupyter_events import EventLogger
    from jupyter_server.serverapp import ServerApp

    from jupyter_tandem.core.document.model import Model

RIVALS: Final = ("jupyter_server_ydoc", "jupyter_server_documents")
"""Extensions that answer at the same addresses."""

ONE_PERSON: Final = (IdentityProvider, LegacyIdentityProvider, PasswordIdentityProvider)
"""Identity providers that know one token or password: who has it is the owner."""

_WHICH: Final = "Name a document by `room_id`, or by `path`, `content_type` and `file_format`."


class TandemApp(TandemSettings, ExtensionApp):
    """Real-time collaboration for this server's documents."""

    name = "jupyter_tandem"
    app_name = "Tandem"
    description = "Several people and programs at work in one document."
    version = __version__
    load_other_extensions = True

    _composition: Composition | None = None
    _interrupt: Interrupt | None = None
    _free_memory: FreeMemory | None = None

    # -- ExtensionApp --------------------------------------------------------

    def initialize_settings(self) -> None:
        """Wire everything, and be found by the name that others look up."""
        # What Tandem's modules log belongs into the server's log, at the server's level.
        logging.getLogger("jupyter_tandem").parent = self.log
        self._tell_about_rivals()
        if self.return_memory and return_large_blocks():
            self._free_memory = FreeMemory()
        if self.switch_often:
            switch_often()
        self._composition = Composition(self, self._surroundings())
        self.settings["jupyter_server_ydoc"] = self
        manager: Any = cast("ServerApp", self.serverapp).contents_manager
        manager.register_pre_save_hook(self._composition.before_saving)

    def initialize_handlers(self) -> None:
        """Add the routes, and keep guests from all others."""
        server = cast("ServerApp", self.serverapp)
        self.handlers.extend(self._composed().routes)
        put_up(server.web_app, url_path_join(server.base_url, GUEST_HOME, "/"))

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """Open the doors, once the event loop runs."""
        self._interrupt = Interrupt(lambda: serverapp.stop(from_signal=True))
        self._interrupt.install()
        try:
            await self._composed().start()
        except StoreError as error:
            self.log.critical("Tandem cannot keep edits and serves no documents: %s", error)
            raise
        if self._free_memory is not None:
            self._free_memory.begin()
        if self.spare_collector:
            # Other extensions may start later still: what they set up is looked through as ever.
            asyncio.get_running_loop().call_soon(spare_all_so_far)

    async def stop_extension(self) -> None:
        """Save everything and close every connection."""
        if self._free_memory is not None:
            self._free_memory.end()
        if self._composition is not None:
            await self._composition.stop()
        if self._interrupt is not None:
            self._interrupt.remove()

    # -- for other extensions ------------------------------------------------

    async def get_document(
        self,
        *,
        path: str | None = None,
        content_type: str | None = None,
        file_format: Literal["json", "text", "base64"] | None = None,
        room_id: str | None = None,
        copy: bool = True,
        create: bool = False,
    ) -> Model | None:
        """A model of a document, as jupyter-collaboration's server extension gives it.

        Args:
            path: The file, with ``content_type`` and ``file_format``; or else ``room_id``.
            content_type: ``notebook``, ``file``, …
            file_format: ``json``, ``text`` or ``base64``.
            room_id: ``format:type:file id``.
            copy: Whether the model is the caller's own. If not, edits to it go into the document.
            create: Whether to open the document when nobody has it open.

        Returns:
            ``None`` when nobody has it open and it is not to be opened.

        Raises:
            ValueError: the document is not named in one of the two ways.
            TandemError: it cannot be opened.
        """
        documents = self._composed().documents
        if room_id is not None:
            if path is not None or content_type is not None or file_format is not None:
                raise ValueError(_WHICH)
            address = Address.parse(room_id)
        elif path is None or content_type is None or file_format is None:
            raise ValueError(_WHICH)
        else:
            address = await documents.address(path, DocumentKind(file_format, content_type))
        return await documents.get(address, copy=copy, create=create)

    # -- inside --------------------------------------------------------------

    def _composed(self) -> Composition:
        if self._composition is None:
            raise RuntimeError("Tandem has not been initialised.")
        return self._composition

    def _surroundings(self) -> Surroundings:
        server = cast("ServerApp", self.serverapp)
        web_settings = server.web_app.settings
        base = Path(str(self.store_dir)) if self.store_dir else Path(jupyter_data_dir(), "tandem")
        file_ids: Any = web_settings.get("file_id_manager")
        if file_ids is None:
            raise RuntimeError("Tandem needs the extension jupyter_server_fileid; enable it.")
        files = ContentsFiles(
            server.contents_manager,
            file_ids,
            event_logger=server.event_logger,
            poll_s=float(self.file_poll_s),
        )
        return Surroundings(
            files=files,
            close_files=files.close,
            path_of=files.last_path,
            event_logger=cast("EventLogger", server.event_logger),
            url=server.connection_url,
            store_dir=store_dir(base, server.root_dir),
            places=ContentsPlaces(server.contents_manager, file_ids, files, SystemClock()),
            kernels=ServerKernels(server.kernel_manager, server.session_manager),
            accounts=type(server.identity_provider) not in ONE_PERSON,
            keepsake=OwnFiles(server.contents_manager),
            folders=LocalFolders(server.contents_manager),
            hub=hub_place(os.environ),
        )

    def _tell_about_rivals(self) -> None:
        extensions = cast("ServerApp", self.serverapp).extension_manager.extensions
        for rival in RIVALS:
            extension = extensions.get(rival)
            if extension is not None and extension.enabled:
                self.log.error(
                    "The server extension %s is on, too, and claims the same addresses as Tandem: "
                    "documents will not open reliably. Switch it off: "
                    "jupyter server extension disable %s",
                    rival,
                    rival,
                )
