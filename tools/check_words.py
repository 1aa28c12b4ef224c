"""Keep out of the repository what belongs to one machine, and what was meant to be done later.

    python -m tools.check_words

Refused: paths of somebody's home, temporary folder or checkout; the hosts of package registries
(whoever installs has their own); a lock file that names a host; marks for work not done.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.sources import ROOT, checked_files

# Put together from parts, or this file would be the first to be refused.
REGISTRIES = ("registry.npm" + "js.org", "registry.yarn" + "pkg.com", "files.python" + "hosted.org")
LATER = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
BINARY = {".gif", ".ico", ".jpg", ".png", ".webp", ".woff2", ".zip"}
# The names of two people that documentation may invent a home for.
EXAMPLE_HOMES = "jovyan|ada|alice|bob|you"


def patterns(root: Path) -> dict[str, re.Pattern[str]]:
    """Return, by the reason for refusing it, what no committed line may contain."""
    homes = rf"(?<![\w.])/(?:home|Users)/(?!(?:{EXAMPLE_HOMES})\b)\w+/|(?<![\w./])/roo[t]/"
    here = "|".join(re.escape(f"{path}/") for path in machine_paths(root))
    return {
        "a path of one machine": re.compile(rf"{homes}|(?<![\w.*/)\]}}-])(?:{here})"),
        "the host of a registry": re.compile("|".join(map(re.escape, REGISTRIES))),
        "a lock file's host": re.compile(r'"resolved": "https?://'),
        "work left for later": re.compile(rf"\b(?:{'|'.join(LATER)})\b"),
    }


def machine_paths(root: Path) -> list[Path]:
    """Return where this checkout, its neighbours and this interpreter live."""
    places = [root, root.parent, Path(sys.prefix).resolve()]
    return [place for place in places if len(place.parts) > 1]


def is_temporary(name: Path, line: str) -> bool:
    """Say whether a line outside the tests names a file in the temporary folder."""
    return name.parts[0] != "tests" and re.search(r"(?<![\w.])/tm[p]/\w", line) is not None


def examine(root: Path, names: list[Path]) -> list[str]:
    """Return one line for each thing that is refused, among names relative to root."""
    refused: list[str] = []
    forbidden = patterns(root)
    for name in names:
        if name.suffix in BINARY:
            continue
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            reasons = [reason for reason, pattern in forbidden.items() if pattern.search(line)]
            if is_temporary(name, line):
                reasons.append("a path of one machine")
            refused += [f"{name}:{number}: {reason}: {line.strip()[:80]}" for reason in reasons]
    return refused


def main() -> int:
    names = checked_files()
    refused = examine(ROOT, names)
    for line in refused:
        print(line, file=sys.stderr)
    print(f"words: {len(names)} files, {len(refused)} lines refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
