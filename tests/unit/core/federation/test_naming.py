"""HUB-2, HUB-13, HUB-15: how documents of the Hub are called in a server."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.federation.naming import (
    drive_path,
    hub_document,
    hub_file,
    hub_lineage,
    is_hub_file,
    next_copy,
    unique_names,
)
from jupyter_tandem.types import LineageId

ORIGIN = LineageId("abc-_1")


@pytest.mark.spec("HUB-2")
def test_ids_go_there_and_back() -> None:
    assert hub_document(hub_file("x_1")) == "x_1"
    assert is_hub_file(hub_file("x_1"))
    assert not is_hub_file("392efa32-cecc")


@pytest.mark.spec("HUB-13")
def test_every_copy_of_a_history_has_another_name() -> None:
    first = next_copy(LineageId(""), ORIGIN)
    second = next_copy(first, ORIGIN)
    assert first != second != ORIGIN
    assert hub_lineage(first) == hub_lineage(second) == hub_lineage(ORIGIN) == ORIGIN
    assert next_copy(second, LineageId("other")) == "other~1"


@pytest.mark.spec("HUB-15")
@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("Shared:alice/n.ipynb", "alice/n.ipynb"),
        ("/Shared:/alice/n.ipynb", "alice/n.ipynb"),
        ("Shared:", ""),
        ("n.ipynb", None),
        ("shared:alice/n.ipynb", None),
        ("work/Shared:x", None),
    ],
)
def test_paths_of_the_drive_are_told_apart(path: str, within: str | None) -> None:
    assert drive_path(path) == within


@pytest.mark.spec("HUB-15")
def test_names_that_are_alike_are_numbered_and_none_leaves_its_folder() -> None:
    paths = unique_names(
        [
            ("1", "alice", "n.ipynb"),
            ("2", "alice", "n.ipynb"),
            ("3", "bob", "n.ipynb"),
            ("4", "alice", "README"),
            ("5", "alice", "README"),
            ("6", "../evil", "../../x"),
            ("7", "alice", "n (2).ipynb"),
            ("8", "alice", ".."),
        ]
    )
    assert paths["1"] == "alice/n.ipynb"
    assert paths["2"] == "alice/n (2).ipynb"
    assert paths["3"] == "bob/n.ipynb"
    assert paths["5"] == "alice/README (2)"
    assert paths["7"] == "alice/n (2) (2).ipynb"
    assert len(set(paths.values())) == len(paths)
    assert all(path.count("/") == 1 and ".." not in path.split("/") for path in paths.values())
