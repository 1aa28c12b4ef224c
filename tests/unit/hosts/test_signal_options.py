from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_tandem.core.signaling.bucket import Rate
from jupyter_tandem.core.signaling.door import token_digest
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.hosts.signal import changes, nobody_can_come
from jupyter_tandem.hosts.signal_options import parse
from jupyter_tandem.hosts.signal_parser import build_parser
from jupyter_tandem.protocol.signaling import SignalingLimits

DOCUMENTATION = Path(__file__).parents[3] / "docs/reference/signaling-options.md"


def test_what_is_not_said_is_the_default() -> None:
    options = parse([])
    assert options.quota == Quota()
    assert options.limits == SignalingLimits()
    assert (options.binding.host, options.binding.port) == ("127.0.0.1", 4444)
    assert not options.policy.token_digests
    assert options.relay.url == ""


def test_every_limit_reaches_its_place() -> None:
    line = (
        "--message-bytes 1000 --topic-bytes 20 --topics-per-connection 3 --queue-bytes 5000 "
        "--connections 10 --connections-per-address 5 --subscriptions-per-address 6 --topics 7 "
        "--peers-per-topic 8 --arrivals-per-address 1/2 --messages-per-connection 3/4 "
        "--messages-per-address 5/6 --deliveries-per-topic 7/8 --deliveries-per-address 9/10"
    )
    options = parse(line.split())
    assert options.limits == SignalingLimits(1000, 20, 3)
    assert options.line.queue_bytes == 5000
    assert options.line.message_bytes == 1000
    assert options.quota == Quota(
        10, 5, Rate(1, 2), Rate(3, 4), Rate(5, 6), 6, 7, 8, Rate(7, 8), Rate(9, 10)
    )


def test_options_from_a_file(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("# the class of 2026\n0123456789abcdef\n\nfedcba9876543210\n")
    conf = tmp_path / "signal.conf"
    conf.write_text(
        f"# a comment\n--origin https://Lab.example.org # ours\n--listen [::1]:0\n"
        f"--token-file {tokens}\n--allow-no-origin\n"
    )
    options = parse([f"@{conf}"])
    assert options.policy.origins == {"https://lab.example.org"}
    assert options.policy.allow_no_origin
    assert options.binding.host == "::1"
    assert options.policy.token_digests == {
        token_digest("0123456789abcdef"),
        token_digest("fedcba9876543210"),
    }


@pytest.mark.spec("SIGNAL-28", "SIGNAL-33")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--listen 4444", "HOST:PORT"),
        ("--listen localhost:99999", "HOST:PORT"),
        ("--origin lab.example.org", "as a browser sends it"),
        ("--origin https://lab.example.org/lab", "without a path"),
        ("--origin https://*.example.org", "as a browser sends it"),
        ("--trusted-proxy everybody", "--trusted-proxy"),
        ("--operator 10.0.0.0/99", "--operator"),
        ("--tls-key key.pem", "belong together"),
        ("--tls-certificate {empty} --tls-key {empty}", "cannot be used"),
        ("--token-file {empty}", "holds no token"),
        ("--token-file {short}", "at least 16 characters"),
        ("--token-file {missing}", "No such file"),
        ("--ice-url https://turn.example.org", "begins with stun:"),
        ("--ice-url turn:turn.example.org", "--turn-secret-file"),
        ("--ice-url turn:turn.example.org --turn-secret-file {empty} --turn-public", "is empty"),
        ("--ice-url turn:turn.example.org --turn-secret-file {short}", "--turn-public"),
        ("--turn-ttl 0", "at least one second"),
        ("--relay http://localhost", "redis://"),
        ("--relay redis://localhost:63x79", "comes a port"),
        ("--relay nats://user:secret@[localhost", "comes a port"),
        ("--share-port", "--relay"),
        ("--topics 0", "positive"),
        ("--messages-per-address 5", "PER_SECOND/BURST"),
        ("--messages-per-address 0/0", "nothing through"),
        ("--message-bytes 1000000", "--queue-bytes"),
    ],
)
def test_what_cannot_be_meant(
    arguments: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "short").write_text("secret\n")
    names = {name: tmp_path / name for name in ("empty", "short", "missing")}
    with pytest.raises(SystemExit) as exited:
        parse(arguments.format(**names).split())
    assert exited.value.code == 2
    assert sentence in capsys.readouterr().err


def test_the_documentation_names_every_option() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    options = [
        option
        for action in build_parser()._actions
        for option in action.option_strings
        if option.startswith("--")
    ]
    assert [option for option in options if f"`{option}" not in text] == []


@pytest.mark.spec("SIGNAL-33")
@pytest.mark.parametrize(
    ("arguments", "warned"),
    [
        ("", False),
        ("--listen localhost:1", False),
        ("--listen [::1]:1", False),
        ("--listen 0.0.0.0:1", True),
        ("--listen :1", True),
        ("--listen 0.0.0.0:1 --origin https://lab.example.org", False),
        ("--listen 0.0.0.0:1 --origin *", False),
    ],
)
def test_a_server_nobody_can_use_is_noticed(arguments: str, warned: bool) -> None:
    assert bool(nobody_can_come(parse(arguments.split()))) is warned


def test_a_report_names_only_what_has_grown() -> None:
    before = {"refused origin": 2.0, "closed rate": 1.0}
    now = {"refused origin": 5.0, "closed rate": 1.0, "dropped topic-rate": 4.0}
    assert changes(before, now) == "dropped topic-rate 4, refused origin 3"
    assert changes(now, now) == ""
