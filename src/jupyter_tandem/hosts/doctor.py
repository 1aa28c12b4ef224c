"""``jupyter tandem doctor``: is every journal whole, and if not, what is to be done."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from jupyter_tandem.adapters.sharing.inspection import problems as sharing_problems
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.adapters.store.sqlite.finding import Report
from jupyter_tandem.adapters.store.sqlite.inspection import inspect

_SOUND = 0
_PROBLEMS = 1


def run(argv: Sequence[str]) -> int:
    """Inspect journals, print what was found, change nothing.

    Args:
        argv: The arguments after ``doctor``.

    Returns:
        The exit status: 0 when everything is whole, 1 when something is wrong.
    """
    arguments = _parser().parse_args(argv)
    directories = arguments.directory or _directories(Path(jupyter_data_dir()) / "tandem")
    reports = [_inspected(directory) for directory in directories]
    if arguments.json:
        print(json.dumps([_as_json(report) for report in reports], indent=2, ensure_ascii=False))
    elif not reports:
        print("There is no journal yet: no document was ever opened with Tandem here.")
    else:
        print("\n\n".join(_as_text(report) for report in reports))
    return _PROBLEMS if any(report.findings for report in reports) else _SOUND


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter tandem doctor",
        description="Verify Tandem's journals and say what is wrong with them. Changes nothing; "
        "a server may be running.",
    )
    parser.add_argument(
        "directory",
        nargs="*",
        type=Path,
        help="directory of a journal; without one, all below the Jupyter data directory",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _directories(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob(f"*/{FILE_NAME}"))


def _inspected(directory: Path) -> Report:
    report = inspect(directory)
    for code, problem, advice in sharing_problems(directory):
        report.add(code, problem, advice)
    return report


def _as_json(report: Report) -> dict[str, Any]:
    return {
        **asdict(report),
        "directory": str(report.directory),
        "sound": not report.findings,
    }


def _as_text(report: Report) -> str:
    lines = [
        str(report.directory),
        f"  {report.documents} documents, {report.entries} entries, {report.size / 1e6:.1f} MB",
        f"  {_holder(report)}",
    ]
    for finding in report.findings:
        lines += [f"  Problem: {finding.problem}", f"    What to do: {finding.advice}"]
    if not report.findings:
        lines.append("  Nothing is wrong with it.")
    return "\n".join(lines)


def _holder(report: Report) -> str:
    holder = report.holder
    if holder is None:
        return "No server holds it."
    where = f" at {holder.url}" if holder.url else ""
    state = "is running" if report.holder_lives else "does not run on this machine"
    return (
        f"Held by the server {holder.server} (process {holder.pid} on {holder.host}{where}), "
        f"which {state}."
    )
