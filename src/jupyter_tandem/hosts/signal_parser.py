"""The command line of ``jupyter tandem signal``."""

from __future__ import annotations

import argparse

from jupyter_tandem.adapters.signaling.websocket import LineSettings
from jupyter_tandem.core.signaling.bucket import Rate
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.turn import IceSettings
from jupyter_tandem.protocol.signaling import SignalingLimits

_LIMITS = SignalingLimits()
_QUOTA = Quota()
LIMIT_OPTIONS: tuple[tuple[str, str, int | Rate, str], ...] = (
    ("--message-bytes", "N", _LIMITS.message_bytes, "longest message"),
    ("--topic-bytes", "N", _LIMITS.topic_bytes, "longest topic"),
    ("--topics-per-connection", "N", _LIMITS.topics, "most topics of one connection"),
    ("--queue-bytes", "N", LineSettings(0).queue_bytes, "most bytes waiting for a slow client"),
    ("--connections", "N", _QUOTA.connections, "most connections"),
    (
        "--connections-per-address",
        "N",
        _QUOTA.connections_per_address,
        "most connections of one address",
    ),
    (
        "--subscriptions-per-address",
        "N",
        _QUOTA.subscriptions_per_address,
        "most subscriptions of one address",
    ),
    ("--topics", "N", _QUOTA.topics, "most topics"),
    ("--peers-per-topic", "N", _QUOTA.peers_per_topic, "most subscribers of one topic"),
    (
        "--arrivals-per-address",
        "RATE",
        _QUOTA.arrivals_per_address,
        "new connections and requests of one address",
    ),
    ("--messages-per-connection", "RATE", _QUOTA.messages_per_peer, "messages of one connection"),
    ("--messages-per-address", "RATE", _QUOTA.messages_per_address, "messages of one address"),
    (
        "--deliveries-per-topic",
        "RATE",
        _QUOTA.deliveries_per_topic,
        "copies of messages sent to one topic's subscribers",
    ),
    (
        "--deliveries-per-address",
        "RATE",
        _QUOTA.deliveries_per_address,
        "copies of messages one address causes",
    ),
)


class _Parser(argparse.ArgumentParser):
    """Reads ``@file`` with one option a line; ``#`` begins a comment."""

    def convert_arg_line_to_args(self, arg_line: str) -> list[str]:
        """Return the words of one line of a file: an option, then its value if it has one."""
        line = arg_line.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            return []
        return line.split(None, 1)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; the page of options in the documentation is held against it."""
    parser = _Parser(
        prog="jupyter tandem signal",
        description="Introduce peers of JupyterLite rooms to each other (y-webrtc's protocol).",
        epilog="@FILE reads options from a file, one a line.",
        fromfile_prefix_chars="@",
    )
    _add_place(parser)
    _add_door(parser)
    _add_ice(parser)
    _add_limits(parser)
    _add_operation(parser)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where to listen")
    group.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:4444",
        help="address and port; port 0 takes a free one (default: %(default)s)",
    )
    group.add_argument("--tls-certificate", metavar="FILE", help="certificate chain in PEM")
    group.add_argument("--tls-key", metavar="FILE", help="its key; both are read again on SIGHUP")
    group.add_argument(
        "--share-port",
        action="store_true",
        help="let several processes listen at the port (Linux; needs --relay to share rooms)",
    )


def _add_door(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who may come in")
    group.add_argument(
        "--origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        help="page that may use the server, as https://lab.example.org; * for every page; may be "
        "repeated (default: pages of this machine only)",
    )
    group.add_argument(
        "--allow-no-origin",
        action="store_true",
        help="let in programs that are no browsers and send no Origin",
    )
    group.add_argument(
        "--token-file",
        metavar="FILE",
        help="accepted tokens, one a line; clients add ?token=… to the server's URL",
    )
    group.add_argument(
        "--trusted-proxy",
        metavar="NETWORK",
        action="append",
        default=[],
        help="proxy whose X-Forwarded-For is believed; may be repeated (default: none)",
    )
    group.add_argument(
        "--operator",
        metavar="NETWORK",
        action="append",
        help="who may read /metrics; may be repeated (default: 127.0.0.0/8 and ::1)",
    )


def _add_ice(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("STUN and TURN servers that /ice tells clients of")
    group.add_argument(
        "--ice-url",
        metavar="URL",
        action="append",
        default=[],
        help="stun:, turn: or turns: address; may be repeated (default: none)",
    )
    group.add_argument(
        "--turn-secret-file",
        metavar="FILE",
        help="holds what coturn calls static-auth-secret",
    )
    group.add_argument(
        "--turn-ttl",
        metavar="SECONDS",
        type=int,
        default=IceSettings().turn_ttl_s,
        help="how long TURN credentials can be used to begin a relay (default: %(default)s)",
    )
    group.add_argument(
        "--turn-public",
        action="store_true",
        help="give TURN credentials to everybody although no token is asked for",
    )


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("limits", "A RATE is PER_SECOND/BURST, for example 50/500.")
    for option, metavar, default, text in LIMIT_OPTIONS:
        group.add_argument(
            option,
            metavar=metavar,
            type=_rate if metavar == "RATE" else _count,
            default=default,
            help=f"{text} (default: {_shown(default)})",
        )


def _add_operation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("running it")
    group.add_argument(
        "--relay",
        metavar="URL",
        help="redis://, rediss://, unix://, nats:// or tls:// (NATS) address that connects several "
        "processes",
    )
    group.add_argument(
        "--relay-file", metavar="FILE", help="file that holds the URL, when it has a password"
    )
    group.add_argument(
        "--relay-channel",
        metavar="NAME",
        default="tandem-signal",
        help="processes with the same one share rooms (default: %(default)s)",
    )
    group.add_argument(
        "--drain",
        metavar="SECONDS",
        type=float,
        default=10.0,
        help="time for clients to go on SIGTERM (default: %(default)s)",
    )
    group.add_argument("--no-uvloop", action="store_true", help="do not use uvloop")
    group.add_argument(
        "--log-level",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
        default="INFO",
        help="(default: %(default)s)",
    )


def _shown(default: int | Rate) -> str:
    return f"{default.per_s:g}/{default.burst:g}" if isinstance(default, Rate) else str(default)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def _rate(text: str) -> Rate:
    per_s, _, burst = text.partition("/")
    try:
        rate = Rate(float(per_s), float(burst))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not PER_SECOND/BURST") from None
    if rate.per_s <= 0 or rate.burst < 1:
        raise argparse.ArgumentTypeError(f"{text} would let nothing through")
    return rate
