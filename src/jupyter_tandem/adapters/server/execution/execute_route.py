"""``POST api/kernels/<kernel id>/execute``: what the stock front end asks with ``serverSideExecution`` (RUN-35)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tornado.web import HTTPError

from jupyter_tandem.adapters.server.identity import KERNELS, ServerGrants
from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.ports.execution import CellRunner
from jupyter_tandem.types import Action

_STATUS: Final = {"denied": 403, "no-cell": 404, "full": 429}
"""HTTP statuses of refusals; 503 for all others."""


class ExecuteRoute(TandemRoute):
    """Queues a run and answers at once: outputs come through the document."""

    auth_resource = KERNELS
    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.RUN}

    def initialize(self, runner: CellRunner) -> None:
        """Ask ``runner``."""
        self._runner = runner

    async def post(self, kernel_id: str) -> None:
        """Answer 202 with the run's number."""
        kernels: Any = self.kernel_manager
        if kernel_id not in kernels:
            raise HTTPError(404, "There is no such kernel.")
        body = self.body()
        document, cell = self.text(body, "document_id"), self.text(body, "cell_id")
        with self.refusing():
            user, grants = self.visitor.user, ServerGrants(self)
            receipt = await self._runner.run_cell(document, cell, user, grants)
            if receipt.code:
                status = _STATUS.get(receipt.code, 503)
                self.set_status(status)
                self.finish({"code": status, "message": receipt.message, "reason": receipt.code})
            else:
                self.set_status(202)
                self.finish({"runs": list(receipt.runs)})
