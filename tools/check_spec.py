"""Hold the numbered rules of docs/spec against the tests that prove them.

    python -m tools.check_spec [--list]

A rule is a bullet `- **ROOM-7** ...` in docs/spec. A Python test carries it as
`@pytest.mark.spec("ROOM-7")`, a TypeScript test as `[ROOM-7]` in its title. It is an error when a
rule has no test, when a test names a rule that does not exist, and when an id is given twice.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE_ID = r"[A-Z][A-Z0-9]*(?:-[A-Z][A-Z0-9]*)*-[0-9]+"
RULE = re.compile(rf"^\s*[-*] \*\*({RULE_ID})\*\*")
LOOKS_LIKE_RULE = re.compile(r"^\s*[-*] \*\*([A-Z]+-[^*]*)\*\*")
TITLE = re.compile(r"""(?:\b(?:it|test|describe)\b[^'"`\n]*|^\s*)['"`](.*)""")
TITLE_ID = re.compile(rf"\[({RULE_ID}(?:, ?{RULE_ID})*)\]")

# Contract suites are shipped, so that other people's adapters can prove the same rules.
PYTHON_TESTS = ("tests", "src/jupyter_tandem/testing")
TYPESCRIPT_TESTS = ("ui", "ui-tests")


@dataclass
class Findings:
    """Where each rule stands and where it is proved, plus what is wrong with either."""

    rules: dict[str, str] = field(default_factory=dict)
    proofs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)

    def all_problems(self) -> list[str]:
        """Return every problem, the ones found by comparing both sides last."""
        unproved = sorted(set(self.rules) - set(self.proofs))
        unknown = sorted(set(self.proofs) - set(self.rules))
        none = [] if self.rules else ["docs/spec has no rule at all"]
        return [
            *self.problems,
            *none,
            *(f"{self.rules[rule]}: {rule} has no test" for rule in unproved),
            *(f"{self.proofs[rule][0]}: {rule} is no rule of docs/spec" for rule in unknown),
        ]


def examine(root: Path = ROOT) -> Findings:
    """Read the rules and the tests below root."""
    findings = Findings()
    for path in sorted((root / "docs/spec").rglob("*.md")):
        read_rules(path, path.relative_to(root).as_posix(), findings)
    for path in python_tests(root):
        read_python(path, path.relative_to(root).as_posix(), findings)
    for path in typescript_tests(root):
        read_typescript(path, path.relative_to(root).as_posix(), findings)
    return findings


def python_tests(root: Path) -> Iterator[Path]:
    for folder in PYTHON_TESTS:
        yield from sorted((root / folder).rglob("*.py"))


def typescript_tests(root: Path) -> Iterator[Path]:
    for folder in TYPESCRIPT_TESTS:
        for path in sorted((root / folder).rglob("*.test.ts*")):
            if not {"node_modules", "lib"}.intersection(path.relative_to(root).parts):
                yield path


def read_rules(path: Path, name: str, findings: Findings) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{name}:{number}"
        if match := RULE.match(line):
            rule = match.group(1)
            if rule in findings.rules:
                findings.problems.append(f"{where}: {rule} stands at {findings.rules[rule]} too")
            findings.rules.setdefault(rule, where)
        elif match := LOOKS_LIKE_RULE.match(line):
            findings.problems.append(f"{where}: {match.group(1)!r} is not an id like ROOM-7")


def read_python(path: Path, name: str, findings: Findings) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), name)):
        if not (isinstance(node, ast.Call) and is_spec_marker(node.func)):
            continue
        where = f"{name}:{node.lineno}"
        if not node.args or node.keywords:
            findings.problems.append(f"{where}: a spec marker names its rules, and nothing else")
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                findings.proofs[argument.value].append(where)
            else:
                findings.problems.append(f"{where}: write the rule's id out, so that it is found")


def is_spec_marker(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "spec"
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    )


def read_typescript(path: Path, name: str, findings: Findings) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        title = TITLE.search(line)
        for ids in TITLE_ID.findall(title.group(1) if title else ""):
            for rule in re.split(", ?", ids):
                findings.proofs[rule].append(f"{name}:{number}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print each rule with its tests")
    options = parser.parse_args(arguments)
    findings = examine()
    if options.list:
        for rule, where in sorted(findings.rules.items()):
            print(f"{rule}  {where}  {', '.join(findings.proofs.get(rule, ['no test']))}")
    problems = findings.all_problems()
    for problem in problems:
        print(problem, file=sys.stderr)
    proved = len(set(findings.rules) & set(findings.proofs))
    print(f"spec: {proved} of {len(findings.rules)} rules have a test; {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
