from pathlib import Path
from textwrap import dedent

import pytest

from tools.check_spec import Findings, examine


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("docs/spec", "tests/unit", "ui/packages/sync/tests"):
        (tmp_path / folder).mkdir(parents=True)
    write(tmp_path, "docs/spec/room.md", "- **ROOM-1** A room greets.\n- **ROOM-2** It closes.\n")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(dedent(text), encoding="utf-8")


def prove(root: Path, *rules: str) -> None:
    ids = ", ".join(f'"{rule}"' for rule in rules)
    write(
        root,
        "tests/unit/test_room.py",
        f"import pytest\n\n@pytest.mark.spec({ids})\ndef test_it(): ...\n",
    )


def test_every_rule_with_a_test_is_fine(checkout: Path) -> None:
    prove(checkout, "ROOM-1", "ROOM-2")
    assert examine(checkout).all_problems() == []


def test_a_rule_without_a_test_is_named_with_its_line(checkout: Path) -> None:
    prove(checkout, "ROOM-1")
    assert examine(checkout).all_problems() == ["docs/spec/room.md:2: ROOM-2 has no test"]


def test_a_test_of_an_unknown_rule_is_named_with_its_line(checkout: Path) -> None:
    prove(checkout, "ROOM-1", "ROOM-2", "ROOM-3")
    assert examine(checkout).all_problems() == [
        "tests/unit/test_room.py:3: ROOM-3 is no rule of docs/spec"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "pytestmark = pytest.mark.spec('ROOM-1', 'ROOM-2')",
        "CASES = [pytest.param(1, marks=pytest.mark.spec('ROOM-1', 'ROOM-2'))]",
        "@pytest.mark.spec('ROOM-1')\n@pytest.mark.spec('ROOM-2')\nclass TestRoom: ...",
    ],
)
def test_markers_count_wherever_pytest_allows_them(checkout: Path, source: str) -> None:
    write(checkout, "tests/unit/test_room.py", f"import pytest\n\n{source}\n")
    assert examine(checkout).all_problems() == []


@pytest.mark.parametrize(
    "title",
    [
        "it('[ROOM-1, ROOM-2] greets and closes', () => {});",
        'it.each([1])("greets and closes [ROOM-1] [ROOM-2]", () => {});',
        "describe('[ROOM-1]', () => {});\nit(\n  '[ROOM-2] closes',\n  () => {}\n);",
    ],
)
def test_titles_of_typescript_tests_carry_rules(checkout: Path, title: str) -> None:
    write(checkout, "ui/packages/sync/tests/room.test.ts", title)
    assert examine(checkout).all_problems() == []


def test_a_comment_in_typescript_proves_nothing(checkout: Path) -> None:
    write(checkout, "ui/packages/sync/tests/room.test.ts", "// see [ROOM-1] and [ROOM-2]\n")
    assert len(examine(checkout).all_problems()) == 2


def test_one_id_for_two_rules_is_refused(checkout: Path) -> None:
    write(checkout, "docs/spec/more.md", "- **ROOM-1** Something else.\n")
    prove(checkout, "ROOM-1", "ROOM-2")
    assert examine(checkout).all_problems() == [
        "docs/spec/room.md:1: ROOM-1 stands at docs/spec/more.md:1 too"
    ]


def test_an_id_out_of_shape_is_not_passed_over(checkout: Path) -> None:
    write(checkout, "docs/spec/more.md", "- **ROOM-3a** Half a rule.\n")
    prove(checkout, "ROOM-1", "ROOM-2")
    assert examine(checkout).all_problems() == [
        "docs/spec/more.md:1: 'ROOM-3a' is not an id like ROOM-7"
    ]


def test_an_id_that_is_computed_cannot_be_found_and_is_refused(checkout: Path) -> None:
    write(
        checkout,
        "tests/unit/test_room.py",
        "import pytest\nRULE = 'ROOM-1'\n@pytest.mark.spec(RULE, 'ROOM-2')\ndef test_it(): ...\n",
    )
    problems = examine(checkout).all_problems()
    assert "tests/unit/test_room.py:3: write the rule's id out, so that it is found" in problems


def test_a_specification_without_rules_is_a_fault() -> None:
    assert Findings().all_problems() == ["docs/spec has no rule at all"]
