"""Draw what ``make bench`` measured.

    python -m benchmarks.plots [FIGURES.json] [--out docs/_static/benchmarks]

The figures are kept beside the drawings, so the same drawings come out of them again. They are SVG with transparent ground
and middle tones: readable on light and dark pages.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

FOLDER: Final = Path("docs/_static/benchmarks")
FIGURES: Final = FOLDER / "figures.json"

_INK: Final = "#7d8590"
_OURS, _FLOOR, _OTHER = "#2f81f7", "#d29922", "#3fa34d"
_STYLE: Final = {
    "axes.edgecolor": _INK,
    "axes.grid": True,
    "axes.grid.which": "major",
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _INK,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "grid.alpha": 0.3,
    "grid.color": _INK,
    "legend.frameon": False,
    "legend.labelcolor": _INK,
    "axes.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "tandem",
    "xtick.color": _INK,
    "xtick.minor.size": 0,
    "ytick.color": _INK,
    "ytick.minor.size": 0,
}

Figures = dict[str, dict[str, float]]


def fanout(figures: Figures) -> Figure:
    """CPU per delivery and latency against the number of readers."""
    cells = figures["fanout"]
    drawn, (cost, late) = plt.subplots(1, 2, figsize=(8, 3.2))
    for rate, line in ((20, "--"), (200, "-")):
        readers = sorted(
            int(key.split("x")[0]) for key in cells if key.endswith(f"x{rate}_cpu_s_per_10k")
        )
        for name, infix, color in (("Tandem", "", _OURS), ("floor", "floor_", _FLOOR)):

            def at(figure: str, rate: int = rate, infix: str = infix) -> list[float]:
                return [cells[f"{count}x{rate}_{infix}{figure}"] for count in readers]  # noqa: B023

            style = {"color": color, "linestyle": line, "marker": "o", "markersize": 3}
            cost.plot(
                readers,
                [100 * seconds for seconds in at("cpu_s_per_10k")],
                label=f"{name}, {rate}/s",
                **style,
            )
            late.plot(readers, at("p99_ms"), label=f"{name}, {rate}/s", **style)
    _label(cost, "CPU of the server per delivery, µs", "readers", log=True)
    _label(late, "99 of 100 edits arrive within, ms", "readers", log=True)
    cost.legend(fontsize="small")
    return drawn


def ceiling(figures: Figures) -> Figure:
    """Edits a second that arrive within 100 ms."""
    found = figures["ceiling"]
    counts = sorted(int(key.split("_")[1]) for key in found if not key.endswith("floor"))
    drawn, axes = plt.subplots(figsize=(5, 3))
    places = range(len(counts))
    axes.bar(
        [place - 0.2 for place in places],
        [found[f"rooms_{count}"] for count in counts],
        0.38,
        color=_OURS,
        label="Tandem",
    )
    axes.bar(
        [place + 0.2 for place in places],
        [found[f"rooms_{count}_floor"] for count in counts],
        0.38,
        color=_FLOOR,
        label="floor (copies each frame)",
    )
    axes.set_xticks(list(places), [str(count) for count in counts])
    # Room for the legend above the bars.
    axes.set_ylim(top=1.3 * max(found.values()))
    _label(axes, "edits a second, 99 of 100 within 100 ms", "rooms of 1 writer and 9 readers")
    axes.legend(fontsize="small")
    return drawn


def opening(figures: Figures) -> Figure:
    """Seconds and memory by the size of a notebook."""
    found = figures["opening"]
    sizes = sorted({int(key.split("_")[0][2:]) for key in found})
    drawn, (seconds, memory) = plt.subplots(1, 2, figsize=(8, 3.2))
    cases = (
        ("first", "first time, from the file", _OURS),
        ("journal", "from the journal", _OTHER),
        ("crowd", "twenty at once, last one served", _FLOOR),
    )
    for case, name, color in cases:
        style = {"color": color, "marker": "o", "markersize": 3, "label": name}
        seconds.plot(sizes, [found[f"mb{size}_{case}_s"] for size in sizes], **style)
        above = [
            found[f"mb{size}_{case}_peak_mb"] - found[f"mb{size}_{case}_before_mb"]
            for size in sizes
        ]
        memory.plot(sizes, [max(more, 0.1) for more in above], **style)
    _label(seconds, "seconds to the whole content", "megabytes of the notebook", log=True)
    _label(memory, "peak memory above rest, MB", "megabytes of the notebook", log=True)
    seconds.legend(fontsize="small")
    return drawn


def growth(figures: Figures) -> Figure:
    """CPU and memory against the number of rooms and of connections, with what is proportional."""
    drawn, grid = plt.subplots(2, 2, figsize=(8, 5.4))
    for row, (case, name) in zip(
        grid, (("rooms", "rooms"), ("connections", "connections to one room")), strict=True
    ):
        found = figures[case]
        counts = sorted(int(key[1:].split("_")[0]) for key in found if key.endswith("cpu_s"))
        for axes, figure, title in zip(
            row, ("cpu_s", "mb"), ("CPU, s", "memory above rest, MB"), strict=True
        ):
            shown = [count for count in counts if found[f"n{count}_{figure}"] > 0]
            each = found[f"n{counts[-1]}_{figure}"] / counts[-1]
            axes.plot(
                counts,
                [each * count for count in counts],
                color=_INK,
                linestyle=":",
                label="proportional",
            )
            axes.plot(
                shown,
                [found[f"n{count}_{figure}"] for count in shown],
                color=_OURS,
                marker="o",
                markersize=3,
                label="measured",
            )
            _label(axes, title, name, log=True)
    grid[0][0].legend(fontsize="small")
    return drawn


def journal(figures: Figures) -> Figure:
    """Bytes on disk per typed character."""
    found = figures["disk"]
    bars = {
        "one row each\n(until schema 2)": 50.8,
        "at rest": found["at_rest_bytes_per_edit"],
        "compacted": found["compacted_bytes_per_edit"],
    }
    drawn, axes = plt.subplots(figsize=(5, 2.6))
    axes.barh(list(bars), list(bars.values()), color=[_INK, _OURS, _OTHER])
    axes.invert_yaxis()
    axes.set_title("bytes in the journal per typed character")
    return drawn


PLOTS: Final[dict[str, tuple[Callable[[Figures], Figure], tuple[str, ...]]]] = {
    "fanout": (fanout, ("fanout",)),
    "ceiling": (ceiling, ("ceiling",)),
    "opening": (opening, ("opening",)),
    "growth": (growth, ("rooms", "connections")),
    "journal": (journal, ("disk",)),
}
"""By name: what draws it, and the cases it needs."""


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Draw everything there are figures for; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with mpl.rc_context(_STYLE):
        for name, (plot, needed) in PLOTS.items():
            if all(case in report["figures"] for case in needed):
                drawn = plot(report["figures"])
                file = folder / f"{name}.svg"
                drawn.savefig(file, metadata={"Date": None, "Creator": None})
                plt.close(drawn)
                files.append(file)
    return files


def said(report: dict[str, Any]) -> str:
    """On what it was measured, as a sentence for the page."""
    machine = report["machine"]
    versions = ", ".join(
        f"{name} {machine[name]}"
        for name in ("jupyter_server", "tornado", "pycrdt", "picows", "uvloop")
        if name in machine
    )
    return (
        f"Measured on {machine['date']} at commit `{machine['commit']}` on {machine['cores']} cores "
        f"({machine['system']}), Python {machine['python']}, {versions}; load before it {machine['load_before']}.\n"
    )


def _label(axes: Axes, title: str, below: str, *, log: bool = False) -> None:
    axes.set_title(title)
    axes.set_xlabel(below)
    if log:
        axes.set_xscale("log")
        axes.set_yscale("log", nonpositive="mask")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(NullFormatter())


def main() -> int:
    """Draw, and keep the figures that were drawn."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plots", description=__doc__)
    parser.add_argument("figures", type=Path, nargs="?", default=FIGURES)
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    report = json.loads(given.figures.read_text(encoding="utf-8"))
    for file in draw(report, given.out):
        print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
    kept = given.out / FIGURES.name
    if given.figures.resolve() != kept.resolve():
        shutil.copyfile(given.figures, kept)
    (given.out / "machine.md").write_text(said(report), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
