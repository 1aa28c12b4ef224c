"""What simulated people and other programs do to a document."""

from __future__ import annotations

import random
from typing import Any, Final

from jupyter_tandem.core.content import normalise
from jupyter_tandem.testing.simulation_client import SimulatedClient
from jupyter_tandem.testing.simulation_oracle import Tokens
from jupyter_tandem.types import DocumentKind

_NOTEBOOK: Final = DocumentKind("json", "notebook")

_TYPES_ON: Final = 0.3
"""How often somebody goes on in the line they wrote last."""


def notebook_of(*sources: str) -> dict[str, Any]:
    """A notebook in normal form with one code cell a source."""
    cells = [_cell(f"first-{number}", source) for number, source in enumerate(sources)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


class Pen:
    """Makes edits out of chance; remembers what was written and what was crossed out."""

    def __init__(self, chance: random.Random, tokens: Tokens, kind: DocumentKind) -> None:
        """Write into documents of ``kind``."""
        self._chance = chance
        self._tokens = tokens
        self._notebook = kind.type == "notebook"
        self._cells = 0
        self._last: dict[SimulatedClient, str] = {}

    def write(self, client: SimulatedClient, *, mover: bool) -> None:
        """Let ``client`` do something small.

        Args:
            client: Whose document.
            mover: Whether it may move cells. Two people who move one cell at the same time get it twice:
                to the CRDT a move is a deletion and an insertion.
        """
        if client in self._last and self._chance.random() < _TYPES_ON:
            for _ in range(self._chance.randint(1, 6)):
                if client in self._last:
                    self._type_on(client)
            return
        written: list[str] = []

        def change(content: Any) -> Any:
            if not self._notebook:
                return self._change_text(content, written, "")
            return self._change_notebook(content, written, mover)

        update = client.edit(change)
        if client.person.rogue:
            self._tokens.forbidden.update(written)
        elif update is not None:
            self._tokens.typed(update, "".join(written))
            if written:
                self._last[client] = written[-1]

    def _type_on(self, client: SimulatedClient) -> None:
        """One character more in the line that somebody wrote last, and nobody else changes."""
        last = self._last[client]
        typed = self._tokens.fresh(self._tokens.home(last))

        def change(content: Any) -> Any:
            if not self._notebook:
                return content.replace(last, last + typed)
            cells = [
                {**cell, "source": cell["source"].replace(last, last + typed)}
                for cell in content["cells"]
            ]
            return {**content, "cells": cells}

        update = client.edit(change)
        if update is None:
            del self._last[client]
        else:
            self._tokens.typed(update, typed)
            self._last[client] = typed

    def edited_elsewhere(self, content: Any) -> Any:
        """What another program makes of the file: it adds or removes a line, or a cell."""
        at = self._chance.random()
        remove = self._chance.random() < 0.3
        if not self._notebook:
            lines = content.splitlines(keepends=True)
            # What is put behind a line without an end becomes a part of it, and somebody may be typing there.
            rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
            self._edit_list(lines, f"{self._tokens.fresh()}\n", at, remove)
            return "".join([*lines, rest])
        cells = list(content["cells"])
        if not cells:
            # People see a cell in it (CONTENT-5), which goes when there is another.
            for shown in normalise(_NOTEBOOK, content)["cells"]:
                self._tokens.uproot(shown)
        self._edit_list(cells, self._new_cell(f"{self._tokens.fresh()}\n"), at, remove)
        return {**content, "cells": cells}

    def _edit_list(self, items: list[Any], new: Any, at: float, remove: bool) -> None:
        if not remove or not items:
            items.insert(round(at * len(items)), new)
            return
        gone = items.pop(int(at * len(items)))
        if isinstance(gone, str):
            self._tokens.deleted.update(gone)
        else:
            self._tokens.deleted.update(gone["source"])
            self._tokens.uproot(gone)

    def _change_text(self, text: str, written: list[str], home: str) -> str:
        """Add or remove a line: two versions of one line may both be kept by a merge, rightly."""
        chance = self._chance
        lines = text.splitlines(keepends=True)
        at = chance.randint(0, len(lines))
        if chance.random() < 0.25 and at < len(lines):
            self._tokens.deleted.update(lines.pop(at))
        else:
            lines.insert(at, self._line(written, home))
        return "".join(lines)

    def _change_notebook(self, notebook: Any, written: list[str], mover: bool) -> Any:
        chance = self._chance
        cells = list(notebook["cells"])
        at = chance.randrange(len(cells)) if cells else 0
        act = chance.random()
        if act < 0.15 or not cells:
            cell = self._new_cell("")
            cells.insert(at, {**cell, "source": self._line(written, cell["id"])})
        elif act < 0.22 and len(cells) > 1:
            gone = cells.pop(at)
            self._tokens.deleted.update(gone["source"])
            self._tokens.uproot(gone)
        elif act < 0.3 and mover and len(cells) > 1:
            to = chance.randrange(len(cells))
            # Moving one cell up or the others down is the same; what is typed into a moved one stays behind.
            for passed in cells[min(at, to) : max(at, to) + 1]:
                self._tokens.uproot(passed)
            cells.insert(to, cells.pop(at))
        else:
            cell = cells[at]
            cells[at] = {**cell, "source": self._change_text(cell["source"], written, cell["id"])}
        return {**notebook, "cells": cells}

    def _line(self, written: list[str], home: str) -> str:
        typed = [self._tokens.fresh(home) for _ in range(self._chance.randint(1, 5))]
        written += typed
        return "".join(typed) + "\n"

    def _new_cell(self, source: str) -> dict[str, Any]:
        self._cells += 1
        return _cell(self._tokens.name(f"cell-{self._cells}"), source)


def _cell(cell_id: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
