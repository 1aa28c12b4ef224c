"""Whatever is missing or wrong: a sentence in the status, the document opens, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.browser.complaints import UNREACHABLE
from tests.browser.lite.conftest import Welcome
from tests.browser.lite.couple import room
from tests.browser.lite.place import TEXT, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    # Falls asleep now, and is woken up after the tests of the other files.
    pytest.mark.usefixtures("sleepers"),
]

# A port that nothing listens at, and a web server that is no signaling server.
NOBODY = "ws://127.0.0.1:9"

TABLE: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "no room": ({}, {}, "There is no room"),
    "not collaborative": ({"collaborative": None}, {"room": "x"}, '"collaborative" is not true'),
    "no signaling": ({"fullWebRtcSignalingUrls": None}, {"room": "x"}, "names no signaling server"),
    "wrong signaling": (
        {"fullWebRtcSignalingUrls": ["http://x"]},
        {"room": "x"},
        "ws:// or wss://",
    ),
    "unreachable": ({"fullWebRtcSignalingUrls": [NOBODY]}, {"room": "x"}, "cannot be reached"),
    "colour": ({}, {"room": "x", "usercolor": "reddish"}, "six hexadecimal digits"),
    "password in query": ({}, {"room": "x", "password": "p"}, "#password="),
}


@pytest.mark.spec("LITE-1", "LITE-20")
async def test_table(welcome: Welcome) -> None:
    """Two browsers share the table; in each a row starts with what the one before has saved."""
    people = await asyncio.gather(welcome("Ada"), welcome("Bob"))
    rows = list(enumerate(TABLE))
    await asyncio.gather(_go_through(people[0], rows[::2]), _go_through(people[1], rows[1::2]))


async def _go_through(person: Visitor, rows: list[tuple[int, str]]) -> None:
    person.complaints.expect(*UNREACHABLE)
    for number, what in rows:
        config, query, sentence = TABLE[what]
        await person.reword(config)
        await person.visit(**({**query, "room": room()} if "room" in query else query))
        document = await person.open(TEXT)
        await person.is_told(document, sentence)
        line = f"{number} {what}"
        await document.type(f"{line}\n")
        await person.has_in_file(TEXT, line)
        await person.is_told(document, "Every edit is saved in this browser")
    lines = [f"{number} {what}" for number, what in rows]
    await document.shows("\n".join(["first line", "second line", *lines, ""]))


_TAKE_BACK = """
addEventListener('pagehide', () => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...record) {
    const request = put.apply(this, record);
    this.transaction.abort();
    return request;
  };
}, { capture: true });
"""
"""What a browser may do with what its databases have not finished when a page is gone."""


@pytest.mark.spec("LITE-15", "LITE-20")
@pytest.mark.parametrize("script", ["", _TAKE_BACK], ids=["as it is", "taken back"])
async def test_who_leaves_while_typing_loses_nothing(welcome: Welcome, script: str) -> None:
    """In no room, and then in one: the file may not have it yet, the document has."""
    person = await welcome("Ada")
    await person.context.add_init_script(script)
    await person.visit()
    for number, query in enumerate(({}, {"room": room()}, {})):
        document = await person.open(TEXT)
        await document.type(f"last words {number}\n")
        await person.close_page()
        await person.visit(**query)
        document = await person.open(TEXT)
        lines = [f"last words {before}" for before in range(number + 1)]
        await document.shows("\n".join(["first line", "second line", *lines, ""]))
        await person.has_in_file(TEXT, *lines)


@pytest.mark.spec("LITE-2", "LITE-3", "LITE-20")
async def test_a_wrong_password(welcome: Welcome) -> None:
    name = room()
    ada = await welcome("Ada", room=name, fragment="#password=right")
    hers = await ada.open(TEXT)
    assert "password" not in ada.page.url
    bob = await welcome("Bob", room=name, fragment="#password=wrong")
    his = await bob.open(TEXT)
    await bob.is_told(his, "another password than yours")
    await his.type("not for ada\n")
    await bob.has_in_file(TEXT, "not for ada")
    cyd = await welcome("Cyd", room=name, fragment="#password=right")
    theirs = await cyd.open(TEXT)
    await cyd.is_with(theirs, 1)
    await theirs.type("for ada\n")
    await hers.includes("for ada")
    assert "not for ada" not in (await hers.sources())[0]
    # The page may be loaded again: the tab knows the password.
    await cyd.visit(room=name)
    theirs = await cyd.open(TEXT)
    await cyd.is_with(theirs, 1)


@pytest.mark.spec("LITE-1")
async def test_settings_and_overrides_do_what_the_address_does(welcome: Welcome) -> None:
    name = room()
    overrides = {
        "@jupyterlite/webrtc-docprovider:plugin": {
            "room": name,
            "username": "Jo V. Un",
            "usercolor": "f57c00",
        }
    }
    ada = await welcome("Ada", config={"settingsOverrides": overrides})
    hers = await ada.open(TEXT)
    jo = await welcome(config={"settingsOverrides": overrides})
    his = await jo.open(TEXT)
    await jo.is_with(his, 1)
    await ada.sees(hers, "Jo V. Un")
    await jo.sees(his, "Ada")


@pytest.mark.spec("LITE-23")
async def test_nothing_is_offered_that_needs_a_server(welcome: Welcome) -> None:
    person = await welcome("Ada", room=room())
    await person.open(TEXT)
    plugins = await person.page.evaluate(
        "() => jupyterapp.listPlugins().filter(id => id.startsWith('@jupyter-tandem'))"
    )
    names = {plugin.split(":")[-1] for plugin in plugins}
    assert {"lite-share", "lite-newcomer"} <= names
    assert not {"sharing", "sharing-desk", "shared-panel"} & names
