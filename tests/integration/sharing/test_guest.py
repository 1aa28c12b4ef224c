"""Guests on a real server: coming by a link, seeing what was shared and nothing else, going."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import editing, entering
from tests.integration.server.host import Server, serving
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as running:
        running.write_notebook("n.ipynb", "x = 1")
        running.write_notebook("secret.ipynb", "password = 1")
        (running.root / "a" / "shared" / "deep").mkdir(parents=True)
        (running.root / "a" / "other").mkdir()
        running.write_notebook("a/shared/m.ipynb", "y = 2")
        (running.root / "a" / "shared" / "deep" / "t.txt").write_text("one\n")
        (running.root / "a" / "other" / "o.txt").write_text("hidden\n")
        (running.home / "outside.txt").write_text("outside\n")
        (running.root / "a/shared/leak.txt").symlink_to(running.home / "outside.txt")
        (running.root / "a/shared/home").symlink_to(running.home)
        yield running


@pytest.fixture
def ana(server: Server) -> Owner:
    return Owner(server)


@pytest.fixture
async def guest(server: Server, ana: Owner) -> Guest:
    """Somebody who has the notebook to look at."""
    _, secret = await ana.link("n.ipynb", guests=True)
    found = Guest(server)
    reply = await found.redeem(secret, "Zoë")
    assert reply.status == 200, reply.raw
    return found


@pytest.mark.spec("GUEST-5", "GUEST-6", "SHARE-9")
async def test_a_link_is_exchanged_for_a_cookie(server: Server, ana: Owner) -> None:
    link, secret = await ana.link("n.ipynb", guests=True, role="editor")
    guest = Guest(server)
    page = await guest.open_page()
    assert page.status == 200
    assert b"<script>" not in page.raw
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    seen = (await guest.ask("look", secret=secret)).body
    assert (seen["name"], seen["by"], seen["role"]) == ("n.ipynb", "Ana", "editor")
    assert (seen["password"], seen["sign_in"], seen["known_as"]) == (False, False, None)
    assert (await ana.view("n.ipynb"))["links"][0]["uses"] == 0, "looking counts nothing"

    reply = await guest.redeem(secret, "Zoë")
    assert reply.body == {"url": "/tandem/g/doc/tree/n.ipynb", "path": "n.ipynb"}
    cookies = {c.partition("=")[0]: c for c in reply.headers.get_all("Set-Cookie")}
    mine = next(c for name, c in cookies.items() if name.startswith("tandem-guest-"))
    assert "Path=/tandem/g/" in mine
    assert "HttpOnly" in mine
    assert "SameSite=Lax" in mine
    assert secret not in str(reply.headers) + reply.raw.decode()
    uses = (await ana.call("GET", f"links/{link['id']}/uses")).body["uses"]
    assert [use["display_name"] for use in uses] == ["Zoë"]

    again = await guest.redeem(secret, "Somebody else")
    assert again.status == 200
    assert (await ana.view("n.ipynb"))["links"][0]["uses"] == 1, "the same person counts once"
    me = await guest.api("api/me")
    assert (me["identity"]["display_name"], me["permissions"]) == ("Zoë", {})
    assert me["identity"]["username"].startswith("guest:")


@pytest.mark.spec("GUEST-6", "GUEST-5")
async def test_other_sites_use_nobody_s_link(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("n.ipynb", guests=True)
    guest = Guest(server)
    await guest.open_page()
    where = "/tandem/g/tandem/api/link/redeem"
    body = {"secret": secret, "display_name": "", "password": ""}
    proof = {"X-XSRFToken": guest.proof}
    for headers in (
        {"X-XSRFToken": ""},
        {"X-XSRFToken": "x" * 43},
        proof | {"Origin": "https://evil.example"},
        proof | {"Sec-Fetch-Site": "cross-site"},
        proof | {"Sec-Fetch-Site": "same-site"},
        proof | {"Origin": "null"},
    ):
        assert (await guest.call("POST", where, body, headers)).status == 403, headers
    for plain in ("application/x-www-form-urlencoded", "text/plain"):
        reply = await guest.call("POST", where, body, proof | {"Content-Type": plain})
        assert reply.status == 415
    assert (await guest.call("GET", where)).status == 405
    assert (await ana.view("n.ipynb"))["links"][0]["uses"] == 0
    assert (await guest.redeem(secret)).status == 200
    leave = "/tandem/g/tandem/api/leave"
    assert (await guest.call("POST", leave, {}, {"X-XSRFToken": "no"})).status == 403
    assert (await guest.call("POST", leave, {}, {"Origin": "https://evil.example"})).status == 403
    assert (await guest.call("POST", leave, {})).status == 204
    assert (await guest.call("GET", "/tandem/g/api/contents")).status == 403


@pytest.mark.spec("GUEST-3", "SHARE-18", "GUEST-8")
async def test_a_guest_sees_what_was_shared_and_the_way_there(
    server: Server, ana: Owner, guest: Guest
) -> None:
    def names(model: dict) -> list[str]:
        return [entry["path"] for entry in model["content"]]

    assert names(await guest.api("api/contents")) == ["n.ipynb"]
    _, secret = await ana.link("a/shared", guests=True, role="editor")
    assert (await guest.redeem(secret)).body["url"] == "/tandem/g/lab/tree/a/shared"
    assert names(await guest.api("api/contents")) == ["a", "n.ipynb"]
    assert names(await guest.api("api/contents/a")) == ["a/shared"]
    (server.root / "n.ipynb").rename(server.home / "n.ipynb")
    assert names(await guest.api("api/contents")) == ["a"], "what is gone hides nothing else"
    (server.home / "n.ipynb").rename(server.root / "n.ipynb")
    assert sorted(names(await guest.api("api/contents/a/shared"))) == [
        "a/shared/deep",
        "a/shared/m.ipynb",
    ]
    assert names(await guest.api("api/contents/a/shared/deep")) == ["a/shared/deep/t.txt"]
    text = await guest.api("api/contents/a/shared/deep/t.txt")
    assert (text["content"], text["writable"]) == ("one\n", True)
    notebook = await guest.api("api/contents/n.ipynb")
    assert notebook["writable"] is True, "who may write is the room's to say"
    assert "trusted" not in json.dumps(notebook["content"])
    assert (await guest.api("api/contents/n.ipynb?content=0"))["content"] is None
    for path in (
        "secret.ipynb",
        "a/other",
        "a/other/o.txt",
        "a/shared/../other/o.txt",
        "a/shared/%2e%2e/other/o.txt",
        "a/shared/leak.txt",
        "a/shared/home",
        "a/shared/home/outside.txt",
        "a/shared/home/root/secret.ipynb",
        "nothing",
        "..",
        "%2e%2e",
        "a%2fother",
        "a/shared%00",
        "a\\other",
    ):
        reply = await guest.call("GET", f"/tandem/g/api/contents/{path}")
        assert reply.status == 404, (path, reply.status, reply.raw)
    for method in ("PUT", "PATCH", "POST", "DELETE"):
        for path in ("n.ipynb", "a/shared/deep/t.txt", "new.txt", ""):
            reply = await guest.call(method, f"/tandem/g/api/contents/{path}", {})
            assert reply.status in (403, 404, 405), (method, path, reply.status)
    assert (server.root / "n.ipynb").exists()


@pytest.mark.spec("GUEST-7", "GUEST-4")
async def test_a_guest_enters_shared_rooms_only(server: Server, ana: Owner, guest: Guest) -> None:
    shared, _ = await server.room("n.ipynb")
    hidden, _ = await server.room("secret.ipynb")
    file_id = shared.rpartition(":")[2]
    assert await guest.refused(shared) == 101
    fork = (await server.call("PUT", f"fork/{shared}", {})).body["fork_roomid"]
    for room in (
        hidden,
        fork,
        f"text:file:{file_id}",
        f"base64:file:{file_id}",
        "json:notebook:nothing",
        "json:notebook:../n.ipynb",
        "nonsense",
        "JupyterLab:other",
        "%00",
    ):
        assert await guest.refused(room) == 404, room
    put = await guest.call(
        "PUT",
        "/tandem/g/api/collaboration/session/secret.ipynb",
        {"format": "json", "type": "notebook"},
    )
    assert put.status == 404
    assert await Guest(server).refused(shared) == 403, "nobody"
    for where in ("kernels", "sessions"):
        assert await guest.api(f"api/{where}") == []
        assert (await guest.call("POST", f"/tandem/g/api/{where}", {})).status in (403, 405)
    for where in (
        "api/terminals",
        "api/kernels/x/channels",
        "api/config/x",
        "api/status",
        "files/x",
    ):
        assert (await guest.call("GET", f"/tandem/g/{where}")).status == 404


@pytest.mark.spec("GUEST-12")
async def test_a_guest_opens_a_file_as_jupyterlab_does(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("a/shared", guests=True)
    guest = Guest(server)
    await guest.redeem(secret)
    where = "/tandem/g/api/collaboration/session/a/shared/"
    for name, form, kind, status in (
        ("deep/t.txt", "text", "file", 201),
        ("deep/t.txt", "text", "x1", 404),
        ("deep/t.txt", "base64", "file", 404),
        ("deep/t.txt", "json", "notebook", 404),
        ("m.ipynb", "json", "notebook", 201),
        ("m.ipynb", "json", "x1", 404),
        ("m.ipynb", "text", "file", 404),
    ):
        reply = await guest.call("PUT", where + name, {"format": form, "type": kind})
        assert reply.status == status, (name, form, kind, reply.raw)
    room, _ = await guest.room("a/shared/deep/t.txt", "text", "file")
    assert await guest.refused(room.replace("text:file", "text:x1")) == 404
    assert await guest.refused(room) == 101


@pytest.mark.spec("GUEST-13")
async def test_a_huge_file_is_not_read_for_guests(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("a/shared", guests=True)
    guest = Guest(server)
    await guest.redeem(secret)
    with (server.root / "a/shared/huge.bin").open("wb") as file:
        file.truncate(100_000_001)
    where = "/tandem/g/api/contents/a/shared/huge.bin"
    assert (await guest.call("GET", f"{where}?content=0")).body["size"] == 100_000_001
    reply = await guest.call("GET", f"{where}?format=base64")
    assert (reply.status, reply.body["reason"]) == (413, "limit"), reply.raw


@pytest.mark.spec("GUEST-9")
async def test_a_name_of_settings_never_becomes_a_path(server: Server, guest: Guest) -> None:
    (server.root / "leaked.json").write_text('{"token": "secret"}')
    settings = "/tandem/g/lab/api/settings"
    known = "@jupyterlab/apputils-extension:themes"
    assert (await guest.call("GET", f"{settings}/{known}")).body["id"] == known
    up = "../" * 20
    for name in (
        f"@jupyterlab:{up}{str(server.root)[1:]}/leaked",
        f"@jupyterlab:{up}proc/self/cwd/leaked",
        f"@jupyterlab/..:{up}proc/self/cwd/leaked",
        "@jupyterlab/apputils-extension:../apputils-extension/themes",
        "@jupyterlab/apputils-extension:%2e%2e/apputils-extension/themes",
        "@jupyterlab/nothing:plugin",
        "jupyterlab",
    ):
        for method, body in (("GET", None), ("PUT", {"raw": "{}"})):
            reply = await guest.call(method, f"{settings}/{name}", body)
            assert reply.status == 404, (method, name, reply.raw)
            assert b"secret" not in reply.raw
            assert str(server.root).encode() not in reply.raw
    assert (await guest.call("PUT", f"{settings}/{known}", {"raw": "{}"})).status == 204
    assert (await guest.call("PUT", f"{settings}/{known}", {"raw": "x" * 70_000})).status == 413


@pytest.mark.spec("GUEST-7")
async def test_a_guest_does_not_learn_who_else_is_here(server: Server, guest: Guest) -> None:
    lobby = "JupyterLab:globalAwareness"
    state = f.AwarenessState(7, 1, json.dumps({"current": "secret.ipynb"}))
    async with entering(server, lobby) as ana, guest.entering(lobby) as mine:
        await ana.say(f.Awareness((state,)))
        await mine.say(f.Awareness((f.AwarenessState(8, 1, "{}"),)))
        await mine.say(f.SyncStep1(b"\x00"))
        await asyncio.wait_for(mine.synced.wait(), 60)
        assert 7 not in mine.awareness()
        assert 8 not in ana.awareness()


@pytest.mark.spec("SHARE-16", "GUEST-10")
async def test_revoking_lowering_and_expiry_act_within_a_second(
    server: Server, ana: Owner, guest: Guest
) -> None:
    async with editing(server, "n.ipynb") as owner, guest.in_document("n.ipynb") as mine:
        await owner.until(owner.synced.is_set)
        grant = (await ana.view("n.ipynb"))["grants"][0]
        people = (await ana.view("n.ipynb"))["people"]
        assert {p["display_name"] for p in people} == {"Ana", "Zoë"}

        mine.append(0, "\n# viewer")
        await mine.flush()
        owner.append(0, "\n# ana")
        await owner.flush()
        await mine.until(lambda: "# ana" in mine.sources()[0])
        assert "# viewer" not in owner.sources()[0], "a viewer's edit has no effect"

        await ana.call("PATCH", f"grants/{grant['id']}", {"role": "editor"})
        await mine.say(f.Update(mine.doc.get_update(owner.doc.get_state())))
        await owner.until(lambda: "# viewer" in owner.sources()[0])

        await ana.call("PATCH", f"grants/{grant['id']}", {"role": "viewer"})
        mine.append(0, "\n# too late")
        await mine.flush()
        await mine.say(f.SyncStep1(mine.doc.get_state()))

        started = time.monotonic()
        assert (await ana.call("DELETE", f"grants/{grant['id']}")).status == 204
        code, reason = await mine.closed()
        assert time.monotonic() - started < 1
        assert code == 4403
        assert "not shared with you any more" in reason
        assert "# too late" not in owner.sources()[0]
    assert (await guest.call("GET", "/tandem/g/api/contents/n.ipynb")).status == 404
    assert (await guest.call("GET", "/tandem/g/doc/tree/n.ipynb")).status in (404, 501)

    ending = time.time() + 600
    _, secret = await ana.link("n.ipynb", guests=True, expires_at=ending)
    assert (await guest.redeem(secret)).status == 200
    async with guest.in_document("n.ipynb") as mine:
        (grant,) = (await ana.view("n.ipynb"))["grants"]
        assert grant["expires_at"] == pytest.approx(ending, abs=0.01)
        ending = time.time() + 3
        sooner = await ana.call("PATCH", f"grants/{grant['id']}", {"expires_at": ending})
        assert sooner.status == 200, sooner.raw
        code, reason = await mine.closed()
        assert -1 < time.time() - ending < 1
        assert (code, "time" in reason) == (4403, True)
    kinds = [(e["kind"], e["details"].get("why")) for e in await ana.audit()]
    assert ("grant.ended", "expired") in kinds
    assert [k for k, _ in kinds].count("document.joined") == 3
    assert (await ana.call("GET", "audit/verification")).body["whole"] is True


@pytest.mark.spec("SHARE-15", "SHARE-8")
async def test_a_withdrawn_link_keeps_or_takes_those_who_came_by_it(
    server: Server, ana: Owner
) -> None:
    link, secret = await ana.link("n.ipynb", guests=True)
    first, second = Guest(server), Guest(server)
    assert (await first.redeem(secret)).status == 200
    await ana.call("PATCH", f"links/{link['id']}", {"role": "editor"})
    assert (await second.redeem(secret)).status == 200
    roles = [
        (await g.api("tandem/api/me?path=n.ipynb"))["at"]["mine"]["role"] for g in (first, second)
    ]
    assert roles == ["viewer", "editor"]
    assert (await ana.call("DELETE", f"links/{link['id']}")).status == 204
    late = await Guest(server).redeem(secret)
    assert (late.status, late.body["reason"]) == (410, "link-ended")
    assert (await first.call("GET", "/tandem/g/api/contents/n.ipynb")).status == 200
    assert (await ana.call("DELETE", f"links/{link['id']}?grants=revoke")).status == 204
    for g in (first, second):
        assert (await g.call("GET", "/tandem/g/api/contents/n.ipynb")).status == 404


@pytest.mark.spec("SHARE-12")
async def test_a_use_limit_raced_by_twenty(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("n.ipynb", guests=True, max_uses=5)
    guests = [Guest(server) for _ in range(20)]
    await asyncio.gather(*(g.open_page() for g in guests))
    replies = await asyncio.gather(*(g.redeem(secret) for g in guests))
    assert sorted(reply.status for reply in replies) == [200] * 5 + [410] * 15
    assert (await ana.view("n.ipynb"))["links"][0]["uses"] == 5
    assert len((await ana.view("n.ipynb"))["grants"]) == 5


@pytest.mark.spec("SHARE-11", "SHARE-14", "SHARE-10")
async def test_guessing_is_limited(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("n.ipynb", guests=True, password="correct horse")
    guest = Guest(server)
    assert (await guest.ask("look", secret=secret)).body["password"] is True
    assert (await guest.redeem(secret)).body["reason"] == "password"
    wrong = [(await guest.redeem(secret, password=f"wrong {n}")).status for n in range(7)]
    assert wrong[:5] == [403] * 5
    assert 429 in wrong[5:], "one more a minute is let through"
    right = await guest.redeem(secret, password="correct horse")
    assert right.status == 429, "not even the right one, for a while"
    guesses = [(await guest.ask("look", secret="A" * 43)).status for _ in range(15)]
    assert guesses[:10] == [404] * 10
    assert 429 in guesses[10:], "one more in ten seconds is let through"
    refusals = [e for e in await ana.audit() if e["kind"] == "link.refused"]
    assert {e["details"]["why"] for e in refusals} >= {"password", "not-found"}


@pytest.mark.spec("SHARE-7")
async def test_a_link_for_accounts_is_not_for_guests(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("n.ipynb")
    guest = Guest(server)
    assert (await guest.ask("look", secret=secret)).body["sign_in"] is True
    refused = await guest.redeem(secret)
    assert (refused.status, refused.body["reason"]) == (401, "sign-in")


@pytest.mark.spec("SHARE-17", "SHARE-20")
async def test_a_guest_survives_rename_restart_and_deletion(
    server: Server, ana: Owner, guest: Guest
) -> None:
    async with guest.in_document("n.ipynb") as mine:
        await ana.rename("n.ipynb", "renamed.ipynb")
        await mine.until(lambda: mine.state.get("path") == "renamed.ipynb")
    assert (await guest.api("api/contents/renamed.ipynb?content=0"))["path"] == "renamed.ipynb"
    await server.stop()
    await server.start()
    guest.cookies = {
        name.replace(name.rpartition("-")[2], str(server.port)) if name != "_xsrf" else name: value
        for name, value in guest.cookies.items()
    }
    async with guest.in_document("renamed.ipynb", query="tandem=1") as mine:
        (server.root / "renamed.ipynb").unlink()

        def told() -> bool:
            statuses = [m.body for m in mine.messages if isinstance(m, f.Status)]
            return any(body.get("file", {}).get("state") == "missing" for body in statuses)

        await mine.until(told)


@pytest.mark.spec("SHARE-9", "AUDIT-5")
async def test_no_secret_is_left_anywhere(server: Server, ana: Owner) -> None:
    _, secret = await ana.link("n.ipynb", guests=True, password="canary password")
    guest = Guest(server)
    await guest.open_page()
    await guest.ask("look", secret=secret)
    await guest.redeem(secret, password="wrong canary")
    assert (await guest.redeem(secret, "Zoë", "canary password")).status == 200
    await guest.api("api/contents")
    # A browser never sends it in an address; what somebody pastes there is refused, and not kept.
    cookie = next(v for n, v in guest.cookies.items() if n.startswith("tandem-guest"))
    await server.stop()
    logged = "\n".join(server.log)
    kept = b"".join(p.read_bytes() for p in server.home.rglob("*") if p.is_file())
    for canary in (secret, cookie, "canary password", "wrong canary"):
        assert canary not in logged
        assert canary.encode() not in kept
