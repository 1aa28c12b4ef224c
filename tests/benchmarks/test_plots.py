"""The plots of the documentation come out of the figures that are kept beside them."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.growth import linearity
from benchmarks.plots import FIGURES, FOLDER, PLOTS, draw, said

ROOT = Path(__file__).parents[2]


def test_everything_in_the_documentation_is_drawn(tmp_path: Path) -> None:
    report = json.loads((ROOT / FIGURES).read_text(encoding="utf-8"))
    drawn = draw(report, tmp_path)
    assert {file.stem for file in drawn} == set(PLOTS)
    page = (ROOT / "docs/reference/benchmark-plots.md").read_text(encoding="utf-8")
    for file in drawn:
        assert f"_static/benchmarks/{file.name}" in page
        assert (ROOT / FOLDER / file.name).is_file()
        assert file.stat().st_size < 100_000
    assert said(report) == (ROOT / FOLDER / "machine.md").read_text(encoding="utf-8")


def test_drawn_twice_it_is_the_same(tmp_path: Path) -> None:
    report = json.loads((ROOT / FIGURES).read_text(encoding="utf-8"))
    once, again = draw(report, tmp_path / "once"), draw(report, tmp_path / "again")
    assert [file.read_bytes() for file in once] == [file.read_bytes() for file in again]


def test_proportional_is_one() -> None:
    cost = {
        f"n{count}_{figure}": 5 + 2 * count
        for count in (1, 100, 1_000)
        for figure in ("cpu_s", "mb")
    }
    assert linearity(cost) == {"cpu_s_of_one_more": 1, "mb_of_one_more": 1}
    assert linearity({**cost, "n1000_mb": 5 + 4 * 1_000})["mb_of_one_more"] > 2
