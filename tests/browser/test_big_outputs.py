"""Outputs that are kept beside their notebook, and shown when somebody looks at them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Request, expect

from tests.browser.house import House, notebook
from tests.browser.runs import comes_true
from tests.browser.window import Document, Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_BIG = 263_000
_FETCHED = re.compile(r"/api/collaboration/output/")


def _html(name: str) -> dict[str, Any]:
    """A big output that says its name, and would write it into the page if its script ran."""
    text = f"<b>{name}</b><script>window.ran = '{name}'</script><i hidden>{'.' * _BIG}</i>"
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": text}}


def _write(house: House, path: str, *outputs: dict[str, Any]) -> None:
    content = notebook(*(f"show({number})" for number in range(len(outputs))))
    for cell, output in zip(content["cells"], outputs, strict=True):
        cell["outputs"] = [output]
    (house.root / path).write_text(json.dumps(content))


def _shown(document: Document, name: str) -> Locator:
    return document.node.locator(".tandem-BigOutput b", has_text=name).first


def _outputs(house: House, path: str) -> list[str]:
    return ["".join(o["data"].get("text/html", "")) for o in _all(house, path)]


def _all(house: House, path: str) -> list[dict[str, Any]]:
    cells = json.loads((house.root / path).read_text())["cells"]
    return [output for cell in cells for output in cell["outputs"]]


@pytest.mark.spec("BIG-11", "BIG-12")
async def test_outputs_are_fetched_when_they_come_into_view(house: House, ana: Window) -> None:
    names = [f"picture-{number}" for number in range(60)]
    _write(house, "look.ipynb", *map(_html, names))
    asked: list[str] = []

    def count(request: Request) -> None:
        if _FETCHED.search(request.url):
            asked.append(request.url)

    ana.page.on("request", count)
    hers = await ana.open("look.ipynb")
    await expect(_shown(hers, "picture-0")).to_be_visible()
    assert 0 < len(asked) < len(names)
    assert await ana.page.evaluate("() => window.ran") is None
    # What is loaded on the way changes its height, and moves what is below.
    await ana.page.wait_for_function(
        """([path, name]) => {
          const { content } = seen.widget(path);
          const shown = [...content.node.querySelectorAll('.tandem-BigOutput b')];
          return shown.some(b => b.textContent === name) ||
            content.scrollToItem(content.widgets.length - 1, 'end').then(() => false);
        }""",
        arg=["look.ipynb", "picture-59"],
        polling=250,
    )
    await expect(_shown(hers, "picture-59")).to_be_visible()
    await hers.type(" ", 59)
    await hers.is_saved()
    await comes_true(lambda: _outputs(house, "look.ipynb")[0].startswith("<b>picture-0</b>"))


@pytest.mark.spec("BIG-14")
async def test_a_cell_that_is_pasted_elsewhere_brings_its_output_along(
    house: House, ana: Window
) -> None:
    _write(house, "from.ipynb", _html("picture"))
    house.write("into.ipynb", "x = 1")
    source = await ana.open("from.ipynb")
    await expect(_shown(source, "picture")).to_be_visible()
    # A notebook takes the focus when its kernel has started.
    await source.kernel_is_up()
    await source.command_mode(0)
    await ana.command("notebook:copy-cell")
    target = await ana.open("into.ipynb")
    await target.kernel_is_up()
    await target.command_mode(0)
    await ana.command("notebook:paste-cell-below")
    await expect(_shown(target, "picture")).to_be_visible()
    whole = _html("picture")["data"]["text/html"]
    await comes_true(lambda: _outputs(house, "into.ipynb") == [whole])
    await target.wait(
        """({ path }) => {
          const { model } = seen.widget(path).context;
          const [, pasted] = model.sharedModel.cells;
          const stands = pasted.getOutputs()[0].data['application/vnd.tandem.output+json'];
          return stands?.document === model.sharedModel.ystate.get('document_id');
        }"""
    )
    await expect(_shown(target, "picture")).to_be_visible()


@pytest.mark.spec("BIG-11")
async def test_an_output_that_cannot_be_loaded_says_why_and_can_be_asked_for_again(
    house: House, ana: Window
) -> None:
    _write(house, "again.ipynb", _html("picture"))
    ana.complaints.expect("503")
    await ana.page.route(
        _FETCHED, lambda route: route.fulfill(status=503, json={"message": "It is asleep."})
    )
    hers = await ana.open("again.ipynb")
    await hers.kernel_is_up()
    note = hers.node.locator(".tandem-BigOutput-note")
    await expect(note).to_contain_text("Output of 263 kB could not be loaded. It is asleep.")
    await ana.page.unroute(_FETCHED)
    await note.get_by_role("button", name="Try again").press("Enter")
    await expect(_shown(hers, "picture")).to_be_visible()
    await expect(note).to_have_count(0)
