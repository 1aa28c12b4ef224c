from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from benchmarks.signaling_client import connect as connect_raw
from tests.integration.signaling.serving import client, get, serving

TOKEN = "open-sesame-0123456789"
LAB = "https://lab.example.org"


@pytest.fixture
def secrets(tmp_path: Path) -> list[str]:
    """Options with a token and a TURN server."""
    (tmp_path / "tokens").write_text(f"{TOKEN}\n")
    (tmp_path / "turn").write_text("north\n")
    return [
        "--origin",
        LAB,
        "--token-file",
        str(tmp_path / "tokens"),
        "--ice-url",
        "stun:stun.example.org",
        "--ice-url",
        "turn:turn.example.org",
        "--turn-secret-file",
        str(tmp_path / "turn"),
    ]


@pytest.mark.spec("SIGNAL-24", "SIGNAL-25")
async def test_health_and_counters() -> None:
    async with serving() as (url, _), client(url) as ada:
        await ada.subscribe("a-secret-topic")
        await ada.say(type="publish", topic="a-secret-topic")
        await ada.hear()
        assert (await get(f"{url}/healthz"))[:2] == (200, "ok\n")
        assert (await get(f"{url}/readyz"))[:2] == (200, "ok\n")
        status, page, headers = await get(f"{url}/metrics")
        assert status == 200
        assert headers["content-type"].startswith("text/plain; version=0.0.4")
        assert 'tandem_signal_messages_total{kind="publish"} 1.0' in page
        assert "tandem_signal_clients 1.0" in page
        assert "a-secret-topic" not in page


@pytest.mark.spec("SIGNAL-25")
async def test_counters_are_not_for_everybody() -> None:
    async with serving("--operator", "192.0.2.1") as (url, _):
        assert (await get(f"{url}/metrics"))[0] == 404


@pytest.mark.spec("SIGNAL-20", "SIGNAL-21", "SIGNAL-22")
async def test_pages_and_tokens(secrets: list[str]) -> None:
    async with serving(*secrets) as (url, _):
        async with client(f"{url}/?token={TOKEN}", origin=LAB) as ada:
            await ada.settle()
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        async with client(url, origin=LAB, additional_headers=bearer) as bob:
            await bob.settle()
        for target, origin, status in (
            (f"{url}/?token={TOKEN}", "https://evil.example", 403),
            (f"{url}/?token={TOKEN}0", LAB, 401),
            (url, LAB, 401),
        ):
            with pytest.raises(InvalidStatus, match=str(status)):
                async with client(target, origin=origin):
                    pytest.fail("was let in")


@pytest.mark.spec("SIGNAL-26", "SIGNAL-27")
async def test_ice_servers(secrets: list[str]) -> None:
    async with serving(*secrets) as (url, _):
        status, body, headers = await get(f"{url}/ice?token={TOKEN}", Origin=LAB)
        assert status == 200
        assert headers["content-type"] == "application/json"
        assert headers["access-control-allow-origin"] == LAB
        assert headers["cache-control"] == "no-store"
        stun, turn = json.loads(body)["iceServers"]
        assert stun == {"urls": ["stun:stun.example.org"]}
        assert set(turn) == {"urls", "username", "credential"}
        assert (await get(f"{url}/ice", Origin=LAB))[0] == 401
        status, _, headers = await get(f"{url}/ice?token={TOKEN}", Origin="https://evil.example")
        assert status == 403
        assert "access-control-allow-origin" not in headers


@pytest.mark.spec("SIGNAL-26")
async def test_without_configuration_no_ice_server_is_named() -> None:
    async with serving() as (url, _):
        assert json.loads((await get(f"{url}/ice"))[1]) == {"iceServers": [], "ttl": None}


@pytest.mark.spec("SIGNAL-23")
async def test_no_log_holds_what_is_nobodys_business(
    secrets: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Everything that can go wrong, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    for name in ("websockets.client", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)  # the test's own client
    async with serving(*secrets, "--messages-per-connection", "0.01/20") as (url, _):
        async with client(f"{url}/canary-path?token={TOKEN}", origin=LAB) as ada:
            await ada.subscribe("canary-topic")
            await ada.say(type="publish", topic="canary-topic", data="canary-data")
            await ada.settle()
            await ada.connection.send("canary-garbage")
            assert await ada.closed() == 4400
        async with client(f"{url}/?token={TOKEN}", origin=LAB) as bob:
            for _ in range(30):
                await bob.say(type="canary-type")
            assert await bob.closed() == 4429
        with pytest.raises(InvalidStatus):
            async with client(f"{url}/?token=canary-token", origin="https://canary.example"):
                pytest.fail("was let in")
        await get(f"{url}/ice?token={TOKEN}", Origin=LAB)
        raw = await connect_raw(f"{url}/?token={TOKEN}")
        raw.transport.write(b"\xff" * 1_000)
        await asyncio.wait_for(raw.closed.wait(), 60)
    assert "canary" not in caplog.text
    assert TOKEN not in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b"40"),
        (b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"40"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n", b"4"),
        (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", b"426"),
    ],
)
@pytest.mark.spec("SIGNAL-24")
async def test_requests_that_are_none_are_answered_and_forgotten(
    request_bytes: bytes, status: bytes
) -> None:
    async with serving() as (url, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(request_bytes)
        answer = await asyncio.wait_for(reader.read(), 60)
        assert answer.split()[1].startswith(status)
        writer.close()
        assert (await get(f"{url}/healthz"))[0] == 200
