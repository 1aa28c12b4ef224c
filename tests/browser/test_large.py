"""A notebook with ten megabytes of outputs."""

from __future__ import annotations

import json

import pytest

from tests.browser.house import House, notebook
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_CELLS = 200
_OUTPUT_BYTES = 50_000
_PATIENCE_S = 15


async def test_ten_megabytes_open(house: House, ana: Window, bo: Window) -> None:
    content = notebook(*(f"line {number}" for number in range(_CELLS)))
    for number, cell in enumerate(content["cells"]):
        text = f"{number:09d}\n" * (_OUTPUT_BYTES // 10)
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    (house.root / "large.ipynb").write_text(json.dumps(content))

    begun = await ana.page.evaluate("() => performance.now()")
    hers = await ana.open("large.ipynb")
    await hers.editor(0).wait_for()
    assert await ana.page.evaluate("() => performance.now()") - begun < _PATIENCE_S * 1000
    await hers.is_saved()
    his = await bo.open("large.ipynb")
    await hers.type(" ana", 0)
    await his.wait(
        """({ path, cells }) => {
          const sources = seen.sources(path);
          return sources[0] === 'line 0 ana' && sources.length === cells;
        }""",
        cells=_CELLS,
    )
    await hers.is_saved()
