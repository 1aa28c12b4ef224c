"""Hold files to their size and their name.

    python -m tools.check_sizes

A file has one reason to change. Above 400 lines it is listed for a second look, above 600 it is
refused; so is a name that says nothing about what is inside, and an `__init__.py` that does more
than re-export names.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tools.sources import ROOT, checked_files

LOOK_TWICE_LINES = 400
REFUSED_LINES = 600
CODE = {".css", ".js", ".mjs", ".mts", ".py", ".sh", ".ts", ".tsx"}
SAYS_NOTHING = {
    "common",
    "handler",
    "handlers",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}
# Jupyter looks for its two hooks in the package itself.
INIT_WITH_CODE = {Path("src/jupyter_tandem/__init__.py")}


def examine(root: Path, names: list[Path]) -> tuple[list[str], list[str]]:
    """Return what is refused and what deserves a second look, among names relative to root."""
    refused: list[str] = []
    listed: list[str] = []
    for name in names:
        if name.suffix not in CODE:
            continue
        if bad := SAYS_NOTHING.intersection(part.lower() for part in name.with_suffix("").parts):
            refused.append(f"{name}: {bad.pop()!r} does not say what is inside")
        text = (root / name).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > REFUSED_LINES:
            refused.append(f"{name}: {lines} lines; split it (at most {REFUSED_LINES})")
        elif lines > LOOK_TWICE_LINES:
            listed.append(f"{name}: {lines} lines; has it one reason to change?")
        if name.name == "__init__.py" and name not in INIT_WITH_CODE and does_more(text):
            refused.append(f"{name}: an __init__.py re-exports names and does nothing else")
    return refused, listed


def does_more(text: str) -> bool:
    """Say whether an __init__.py holds anything but a docstring, imports and `__all__`."""
    return not all(is_reexport(node) for node in ast.parse(text).body)


def is_reexport(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.startswith("__")
    )


def main() -> int:
    names = checked_files()
    refused, listed = examine(ROOT, names)
    for line in listed:
        print(f"look twice: {line}")
    for line in refused:
        print(line, file=sys.stderr)
    print(f"sizes: {len(names)} files, {len(listed)} to look at twice, {len(refused)} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
