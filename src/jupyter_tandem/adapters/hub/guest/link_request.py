"""Opening links at the service without an account: what is wrong with one is told to nobody (HUBGUEST-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler

from jupyter_tandem.adapters.server.guest.cookie import set_link_proof
from jupyter_tandem.adapters.server.guest.session_routes import (
    LookRoute,
    RedeemRoute,
    new_proof,
)
from jupyter_tandem.errors import LinkEnded, NotFound, TandemError
from jupyter_tandem.types import Action

NO_LINK: Final = "There is no such link, or it has ended. Ask the person who sent it for a new one."


class QuietLookRoute(LookRoute):
    """``POST tandem/api/link/look``: what would this link give me?"""

    @allow_unauthenticated
    async def post(self) -> None:
        """Answer with what the page shows."""
        await super().post()

    def refuse(self, error: TandemError) -> None:
        """Answer alike for a link that never was and one that is no more."""
        super().refuse(alike(error))

    def get_login_url(self) -> str:
        """Nowhere: the page knows where people with an account go."""
        return ""


class QuietRedeemRoute(RedeemRoute):
    """``POST tandem/api/link/redeem``: use the link."""

    @allow_unauthenticated
    async def post(self) -> None:
        """Give what the link gives, and say where to go."""
        await super().post()

    def refuse(self, error: TandemError) -> None:
        """Answer alike for a link that never was and one that is no more."""
        super().refuse(alike(error))


class ProofRoute(JupyterHandler):
    """``GET tandem/api/link/proof``: what the page of links proves itself with. Other sites cannot read it."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self) -> None:
        """Give the browser a cookie, and the page the same in words."""
        proof = new_proof()
        set_link_proof(self, proof)
        self.set_header("Cache-Control", "no-store")
        self.finish({"proof": proof})

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """In the form that the page's script reads."""
        self.finish({"message": "Open the link again."})


def alike(error: TandemError) -> TandemError:
    """What is told of ``error``."""
    return NotFound(NO_LINK) if isinstance(error, NotFound | LinkEnded) else error
