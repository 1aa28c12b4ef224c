"""One trace of edits through the room, made by browsers (yjs) and programs (pycrdt): one document everywhere."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import pytest
from pycrdt import Text

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Rights, Role, SessionId
from tests.differential.yjs_peer import YjsDocument, YjsPeer
from tests.unit.core.notebooks import code, notebook
from tests.unit.core.room_bench import LINEAGE, NOTEBOOK, TEXT, Bench, Peer, person

_STEPS = 120
_WORDS = (
    "a",
    "e\u0301",
    "\U0001f469\u200d\U0001f52c",
    "\u05e9\u05dc",
    "\u0645\u0631",
    "\r\n",
    "\U0001f642",
)


@pytest.fixture(scope="module")
def yjs():
    peer = YjsPeer()
    yield peer
    peer.close()


class Browser:
    """A yjs document in the room, with lines that take their time."""

    def __init__(self, bench: Bench, document: YjsDocument, session: SessionId) -> None:
        self._bench = bench
        self.document = document
        self.session = session
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()

    def edit(self, change: dict[str, Any]) -> None:
        self.up.extend(f.encode(f.Update(update)) for update in self.document.edit(change))

    def send(self, count: int) -> None:
        frames = tuple((self.session, self.up.popleft()) for _ in range(min(count, len(self.up))))
        if frames:
            self._bench.handle(inputs.Turn(frames))

    def receive(self, count: int) -> None:
        for _ in range(min(count, len(self.down))):
            message = f.decode_server(self.down.popleft())
            if isinstance(message, f.SyncStep2 | f.Update):
                self.document.apply(message.update)
            elif isinstance(message, f.SyncStep1):
                answer = f.SyncStep2(self.document.encode(message.state_vector))
                self.up.append(f.encode(answer))


class Stage(Bench):
    """A bench where browsers are, too."""

    def __init__(self, kind: Any, content: Any) -> None:
        self.browsers: dict[SessionId, Browser] = {}
        super().__init__(kind, content)

    def enter(self, yjs: YjsPeer, number: int) -> Browser:
        session = SessionId(100 + number)
        browser = self.browsers[session] = Browser(self, yjs.document(2**40 + number), session)
        rights = Rights.of(Role.EDITOR)
        join = inputs.Join(session, person(f"browser-{number}"), rights, Dialect.STOCK, LINEAGE)
        self.handle(join)
        browser.up.append(f.encode(f.SyncStep1(b"\x00")))
        return browser

    def handle(self, event: inputs.Input) -> list[fx.Effect]:
        effects = self.room.handle(event, self.now, 0.0)
        for effect in effects:
            match effect:
                case fx.Send(session, frame):
                    self._deliver(session, frame)
                case fx.Fanout(frame, but, deaf):
                    for session in [*self.peers, *self.browsers]:
                        if session != but and session not in deaf:
                            self._deliver(session, frame)
                case fx.Append():
                    self.entries.append(effect)
                case fx.Close(session, code, reason):
                    raise AssertionError(f"{session} closed: {code} {reason}")
        return effects

    def _deliver(self, session: SessionId, frame: bytes) -> None:
        if session in self.browsers:
            self.browsers[session].down.append(frame)
        else:
            self.peers[session].take(frame)

    def settle(self) -> None:
        while any(browser.up or browser.down for browser in self.browsers.values()):
            for browser in self.browsers.values():
                browser.send(1_000)
                browser.receive(1_000)


def _place(chance: random.Random, held: str) -> int:
    """A place between two characters, in UTF-16 units as yjs counts."""
    return len(held[: chance.randint(0, len(held))].encode("utf-16-le")) // 2


def _typed_by(browser: Browser, chance: random.Random, path: list[Any], held: str) -> None:
    get = "getText" if len(path) == 1 else "getArray"
    change: dict[str, Any] = {"get": get, "path": path, "at": _place(chance, held)}
    browser.edit({**change, "insert": chance.choice(_WORDS)})


def _typed_by_program(peer: Peer, chance: random.Random, text: Text) -> None:
    held = str(text)
    at = len(held[: chance.randint(0, len(held))].encode())
    text.insert(at, chance.choice(_WORDS))
    peer.send(f.Update(peer.made[-1]))


@pytest.mark.spec("P-2")
@pytest.mark.parametrize("seed", range(8))
def test_a_text_edited_by_browsers_and_a_program(yjs: YjsPeer, seed: int) -> None:
    chance = random.Random(seed)
    stage = Stage(TEXT, "begin\n")
    program = stage.join("program", dialect=Dialect.STOCK)
    browsers = [stage.enter(yjs, 10 * seed + number) for number in range(2)]
    stage.settle()
    for _ in range(_STEPS):
        browser = chance.choice(browsers)
        act = chance.random()
        if act < 0.4:
            _typed_by(browser, chance, ["source"], browser.document.text("source"))
        elif act < 0.5:
            _typed_by_program(program, chance, program.source)
        elif act < 0.75:
            browser.send(chance.randint(1, 4))
        else:
            browser.receive(chance.randint(1, 4))
    _check(stage, program, browsers, "file")
    assert browsers[0].document.text("source") == str(program) == stage.text()


@pytest.mark.spec("P-2")
@pytest.mark.parametrize("seed", range(8))
def test_a_notebook_edited_by_browsers_and_a_program(yjs: YjsPeer, seed: int) -> None:
    chance = random.Random(seed)
    stage = Stage(NOTEBOOK, notebook(code("first", "x = 1"), code("second", "y = 2")))
    program = stage.join("program", dialect=Dialect.STOCK)
    browsers = [stage.enter(yjs, 10 * seed + number) for number in range(2)]
    stage.settle()
    for step in range(_STEPS):
        browser = chance.choice(browsers)
        cells = browser.document.content("notebook")["cells"]
        where = chance.randrange(len(cells)) if cells else 0
        act = chance.random()
        if act < 0.1 or not cells:
            cell = {"id": f"c{step}", "cell_type": "code", "source": "z"}
            browser.edit({"get": "getArray", "path": ["cells"], "at": where, "cell": cell})
        elif act < 0.15 and len(cells) > 1:
            browser.edit({"get": "getArray", "path": ["cells"], "at": where, "delete": 1})
        elif act < 0.45:
            _typed_by(browser, chance, ["cells", where, "source"], cells[where]["source"])
        elif act < 0.7:
            browser.send(chance.randint(1, 4))
        else:
            browser.receive(chance.randint(1, 4))
    _check(stage, program, browsers, "notebook")


def _check(stage: Stage, program: Peer, browsers: list[Browser], family: str) -> None:
    stage.settle()
    expected = stage.room.document.fingerprint()
    for browser in browsers:
        assert browser.document.fingerprint(family) == expected
    hers = Document(stage.room.document.kind, 1)
    hers.load([program.doc.get_update()])
    assert hers.fingerprint() == expected
