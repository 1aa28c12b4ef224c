"""Options of ``jupyter tandem signal``: checked, and turned into what the parts take."""

from __future__ import annotations

import argparse
import os
import ssl
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_tandem.adapters.signaling.listener import Binding
from jupyter_tandem.adapters.signaling.websocket import LineSettings
from jupyter_tandem.core.signaling.address import Networks
from jupyter_tandem.core.signaling.door import ANY_ORIGIN, DoorPolicy, token_digest
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.turn import IceSettings
from jupyter_tandem.hosts.signal_parser import build_parser
from jupyter_tandem.protocol.signaling import SignalingLimits

_HTTP_PORT_MAX = 65_535
_SHORTEST_TOKEN = 16
_TURN_SCHEMES = ("turn:", "turns:")
_ICE_SCHEMES = ("stun:", "stuns:", *_TURN_SCHEMES)
RELAY_SCHEMES = ("redis://", "rediss://", "unix://", "nats://", "tls://")


@dataclass(frozen=True, slots=True)
class RelayChoice:
    """Which relay connects the processes; ``url`` is empty when there is one process only."""

    url: str = ""
    channel: str = "tandem-signal"


@dataclass(frozen=True, slots=True)
class SignalOptions:
    """Everything an operator can say.

    Attributes:
        binding: Where to listen.
        policy: Whom to let in.
        limits: Of one message.
        quota: Of clients, addresses and topics.
        line: How a connection is treated.
        relay: The way to other processes.
        drain_s: Seconds clients have to go when the server is stopped.
        use_uvloop: Whether to run on uvloop if it is installed.
        log_level: Least severe level that is logged.
    """

    binding: Binding
    policy: DoorPolicy
    limits: SignalingLimits
    quota: Quota
    line: LineSettings
    relay: RelayChoice
    drain_s: float
    use_uvloop: bool
    log_level: str


def parse(argv: list[str]) -> SignalOptions:
    """Read the options.

    Raises:
        SystemExit: 2 with a sentence on standard error when they are wrong, 0 after ``--help``.
    """
    parser = build_parser()
    given = parser.parse_args(argv)
    try:
        return _assemble(given)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _assemble(given: argparse.Namespace) -> SignalOptions:
    policy = _policy(given)
    limits = SignalingLimits(
        message_bytes=given.message_bytes,
        topic_bytes=given.topic_bytes,
        topics=given.topics_per_connection,
    )
    if given.queue_bytes < 2 * given.message_bytes:
        raise ValueError("--queue-bytes must hold at least two messages of --message-bytes.")
    return SignalOptions(
        binding=_binding(given),
        policy=policy,
        limits=limits,
        quota=_quota(given),
        line=replace(LineSettings(given.message_bytes), queue_bytes=given.queue_bytes),
        relay=_relay(given),
        drain_s=given.drain,
        use_uvloop=not given.no_uvloop,
        log_level=given.log_level,
    )


def _quota(given: argparse.Namespace) -> Quota:
    names: dict[str, Any] = {field.name: field.name for field in fields(Quota)}
    names["messages_per_peer"] = "messages_per_connection"
    return Quota(**{field: getattr(given, name) for field, name in names.items()})


def _binding(given: argparse.Namespace) -> Binding:
    host, colon, port = given.listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > _HTTP_PORT_MAX:
        raise ValueError(f"--listen {given.listen}: write HOST:PORT, for example 0.0.0.0:4444.")
    if bool(given.tls_certificate) != bool(given.tls_key):
        raise ValueError("--tls-certificate and --tls-key belong together.")
    tls = None
    if given.tls_certificate:
        tls = tls_context(given.tls_certificate, given.tls_key)
    files = (given.tls_certificate, given.tls_key) if tls else None
    return Binding(host.strip("[]"), int(port), tls, files, given.share_port)


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """A context of its own with certificate and key.

    Never one that is in use: what cannot be read, or does not fit together, leaves that without a key.

    Raises:
        ValueError: they cannot be read or do not fit together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"The certificate {certificate} cannot be used: {error}") from error
    return context


def _policy(given: argparse.Namespace) -> DoorPolicy:
    tokens = _tokens(given.token_file)
    policy = DoorPolicy(
        origins=frozenset(_origin(text) for text in given.origin),
        allow_no_origin=given.allow_no_origin,
        token_digests=frozenset(map(token_digest, tokens)),
        trusted_proxies=_networks("--trusted-proxy", given.trusted_proxy),
        ice=_ice(given, has_tokens=bool(tokens)),
    )
    if given.operator is None:
        return policy
    return replace(policy, operators=_networks("--operator", given.operator))


def _origin(text: str) -> str:
    if text == ANY_ORIGIN:
        return text
    scheme, separator, host = text.partition("://")
    if not separator or not scheme or not host or "/" in host or "*" in host:
        raise ValueError(
            f"--origin {text}: write it as a browser sends it, for example "
            "https://lab.example.org, without a path; or * for every page."
        )
    return text.lower()


def _networks(option: str, texts: list[str]) -> Networks:
    try:
        return Networks.parse(texts)
    except ValueError as error:
        raise ValueError(f"{option}: {error}.") from None


def _tokens(path: str | None) -> list[str]:
    if path is None:
        return []
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    tokens = [line for line in lines if line and not line.startswith("#")]
    if not tokens:
        raise ValueError(f"--token-file {path} holds no token.")
    if min(map(len, tokens)) < _SHORTEST_TOKEN:
        raise ValueError(f"--token-file {path}: a token has at least {_SHORTEST_TOKEN} characters.")
    return tokens


def _ice(given: argparse.Namespace, *, has_tokens: bool) -> IceSettings:
    for url in given.ice_url:
        if not url.startswith(_ICE_SCHEMES):
            raise ValueError(f"--ice-url {url}: an address begins with stun:, turn: or turns:.")
    needs_secret = any(url.startswith(_TURN_SCHEMES) for url in given.ice_url)
    if needs_secret and given.turn_secret_file is None:
        raise ValueError("A turn: address needs --turn-secret-file.")
    if needs_secret and not has_tokens and not given.turn_public:
        raise ValueError(
            "Without --token-file anybody could use the TURN server at your cost; "
            "say --turn-public if that is meant."
        )
    if given.turn_ttl < 1:
        raise ValueError("--turn-ttl must be at least one second.")
    secret = b""
    if given.turn_secret_file is not None:
        secret = Path(given.turn_secret_file).read_bytes().strip()
        if not secret:
            raise ValueError(f"--turn-secret-file {given.turn_secret_file} is empty.")
    return IceSettings(tuple(given.ice_url), secret, given.turn_ttl)


def _relay(given: argparse.Namespace) -> RelayChoice:
    url = given.relay or ""
    if given.relay_file:
        url = Path(given.relay_file).read_text(encoding="utf-8").strip()
    if url and not url.startswith(RELAY_SCHEMES):
        raise ValueError(f"--relay: the address begins with one of {', '.join(RELAY_SCHEMES)}")
    try:
        urlsplit(url).port  # noqa: B018  (it is looked at when it is asked for)
    except ValueError:
        # Without saying what was written: there may be a password in it.
        raise ValueError("--relay: after the address's last colon comes a port.") from None
    if given.share_port and not url:
        raise ValueError("Processes that share a port need --relay, or rooms would fall apart.")
    if given.share_port and os.name == "nt":
        raise ValueError("--share-port is not to be had on Windows.")
    return RelayChoice(url, given.relay_channel)
