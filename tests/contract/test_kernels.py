"""The server's kernels and those of tests keep the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.sessionmanager import SessionManager
from traitlets.config import Config

from jupyter_tandem.adapters.server.execution.kernels import ServerKernels
from jupyter_tandem.testing.kernels_contract import ONE, OTHER, KernelsContract
from tests.integration.execution.conftest import QUICK
from tests.unit.engine.execution.bench import FakeKernels


class TestFakeKernels(KernelsContract):
    @pytest.fixture
    async def kernels(self) -> FakeKernels:
        return FakeKernels(oblige=True)


@pytest.mark.slow
class TestServerKernels(KernelsContract):
    @pytest.fixture
    async def kernels(self, tmp_path: Path) -> AsyncIterator[ServerKernels]:
        for path in (ONE, OTHER):
            (tmp_path / path).write_text("{}")
        config = Config({"ServerKernelManager": QUICK})
        # Jupyter Server's own classes have no types.
        make_mapping: Any = AsyncMappingKernelManager
        make_sessions: Any = SessionManager
        mapping = make_mapping(
            root_dir=str(tmp_path), kernel_spec_manager=KernelSpecManager(), config=config
        )
        contents = AsyncLargeFileManager(root_dir=str(tmp_path))
        sessions = make_sessions(kernel_manager=mapping, contents_manager=contents)
        yield ServerKernels(mapping, sessions)
        await ensure_async(mapping.shutdown_all(now=True))
        sessions.close()
        mapping.context.destroy(linger=0)
