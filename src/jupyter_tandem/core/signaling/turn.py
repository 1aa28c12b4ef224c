"""Credentials for a TURN server that last a while: the TURN REST scheme.

The scheme is the one of *A REST API For Access To TURN Services* (draft-uberti-behave-turn-rest-00), which
coturn implements as ``use-auth-secret``: the user name is the time of expiry in Unix seconds and a name,
the password is the Base64 of its HMAC-SHA1 under a secret both servers know.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IceSettings:
    """What clients are told about finding a way to each other.

    Attributes:
        urls: ``stun:``, ``turn:`` and ``turns:`` addresses as a browser takes them.
        turn_secret: Shared with the TURN server; needed when there is a ``turn`` address.
        turn_ttl_s: Seconds for which credentials may be used to *begin* a relay.
    """

    urls: tuple[str, ...] = ()
    turn_secret: bytes = b""
    turn_ttl_s: int = 3_600


def turn_password(secret: bytes, username: str) -> str:
    """Return the password that goes with a user name."""
    return base64.b64encode(hmac.digest(secret, username.encode(), "sha1")).decode("ascii")


def ice_answer(settings: IceSettings, name: str, wall: float) -> dict[str, object]:
    """Return what a client is told: ``iceServers`` as ``RTCConfiguration`` has it, and ``ttl``.

    Args:
        settings: The addresses and the secret.
        name: An unpredictable name, so that credentials of two clients differ and name nobody.
        wall: Unix seconds.
    """
    stun = [url for url in settings.urls if url.startswith("stun")]
    turn = [url for url in settings.urls if url.startswith("turn")]
    servers: list[dict[str, object]] = []
    if stun:
        servers.append({"urls": stun})
    if turn:
        username = f"{int(wall) + settings.turn_ttl_s}:{name}"
        password = turn_password(settings.turn_secret, username)
        servers.append({"urls": turn, "username": username, "credential": password})
    return {"iceServers": servers, "ttl": settings.turn_ttl_s if turn else None}
