"""Writes the corpus anew: ``python -m tests.fuzz.make_corpus``. Files it does not know are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.lib0 import write_var_bytes, write_var_uint

CORPUS = Path(__file__).with_name("corpus")


def main() -> None:
    CORPUS.mkdir(exist_ok=True)
    for name, frame in {**_honest(), **_lies()}.items():
        (CORPUS / f"{name}.bin").write_bytes(frame)


def _honest() -> dict[str, bytes]:
    """One frame of every kind that a client may send."""
    doc = _notebook()
    first = doc.get_update()
    before = doc.get_state()
    cells: Array[Any] = doc.get("cells", type=Array)
    cells[0]["source"].insert(3, "\N{SLIGHTLY SMILING FACE}\r\n")
    cells[0]["outputs"].append({"output_type": "stream", "name": "stdout", "text": "1\n"})
    edit = doc.get_update(before)
    before = doc.get_state()
    del cells[1]
    state = json.dumps({"user": {"name": "Eve"}, "cursors": [{"head": {"tname": "source"}}]})
    merge = {"base": None, "ours": {"cells": []}, "lineage": "x"}
    return {
        "step-1": f.encode(f.SyncStep1(doc.get_state())),
        "step-2": f.encode(f.SyncStep2(first)),
        "update-insert": f.encode(f.Update(edit)),
        "update-delete": f.encode(f.Update(doc.get_update(before))),
        "awareness": f.encode(f.Awareness((f.AwarenessState(4242, 1, state),))),
        "awareness-gone": f.encode(f.Awareness((f.AwarenessState(4242, 2, "null"),))),
        "save": f.encode(f.SaveRequest(7)),
        "merge": f.encode(f.MergeRequest.of(merge)),
        "ping": f.encode(f.Ping()),
    }


def _notebook() -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=4242)
    cells: Array[Any] = doc.get("cells", type=Array)
    for number in range(2):
        shared = {"id": f"c{number}", "cell_type": "code", "source": Text("x = 1"), "n": 1.5}
        cells.append(Map({**shared, "metadata": Map({"a": [1, None]}), "outputs": Array([])}))
    doc.get("state", type=Map)["path"] = "n.ipynb"
    return doc


def _lies() -> dict[str, bytes]:
    """Frames that claim more than they hold."""
    many = write_var_uint(1 << 26)
    deep = b"\x01\x01\x05\x00\x08\x01\x01a\x01" + b"\x75\x01" * 2_000 + b"\x7e\x00"
    return {
        "lie-clients": b"\x00\x02" + write_var_bytes(many + b"\x00\x00"),
        "lie-structs": b"\x00\x02" + write_var_bytes(b"\x01" + many + b"\x01\x00\x00"),
        "lie-deletes": b"\x00\x02" + write_var_bytes(b"\x00\x01\x05" + many),
        "lie-states": b"\x01" + write_var_bytes(many),
        "lie-vector": b"\x00\x00" + write_var_bytes(many + b"\x01"),
        "lie-length": b"\x00\x02" + write_var_uint((1 << 53) - 1),
        "lie-long-number": b"\x00\x02" + b"\xff" * 30,
        "deep-value": b"\x00\x02" + write_var_bytes(deep),
        "deep-json": b"\x01" + write_var_bytes(b"\x01\x05\x01" + write_var_bytes(b"[" * 60_000)),
        "clock-end": b"\x00\x02"
        + write_var_bytes(b"\x00\x01\x05\x01" + write_var_uint(1 << 40) + b"\x01"),
        "empty": b"",
    }


if __name__ == "__main__":
    main()
