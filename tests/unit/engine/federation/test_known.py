"""HUB-8, HUB-11, HUB-22: what a server knows of the documents of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.errors import AccessDenied, InvalidInput, NotFound
from jupyter_tandem.ports.federation import FOLDER, Offered, Remembered
from jupyter_tandem.types import (
    ROLE_ACTIONS,
    Action,
    Address,
    DocumentKind,
    FileId,
    Rights,
    Role,
)

NOTEBOOK = DocumentKind("json", "notebook")


class Memory:
    """A store that remembers in a list."""

    def __init__(self) -> None:
        self.documents: Sequence[Remembered] = []

    def load(self) -> Sequence[Remembered]:
        return self.documents

    def save(self, documents: Sequence[Remembered]) -> None:
        self.documents = list(documents)


def offered(document: str, name: str = "n.ipynb", role: Role = Role.EDITOR) -> Offered:
    return Offered(document, "alice", name, NOTEBOOK, ROLE_ACTIONS[role])


@pytest.mark.spec("HUB-8")
def test_everything_is_remembered_with_what_waits() -> None:
    memory = Memory()
    known = KnownDocuments(memory)
    known.take([offered("1"), offered("2")])
    known.waits("2", True)
    again = KnownDocuments(memory)
    assert [(k.path, k.waiting) for k in again.all()] == [
        ("alice/n.ipynb", False),
        ("alice/n (2).ipynb", True),
    ]
    again.take([offered("2"), offered("3")])
    assert [k.waiting for k in again.all()] == [True, False]


@pytest.mark.spec("HUB-11")
def test_what_is_not_offered_any_more_is_told_and_not_found() -> None:
    known = KnownDocuments(Memory())
    known.take([offered("1"), offered("2", "b.ipynb")])
    gone = known.take([offered("2", "b.ipynb")])
    assert [k.offered.id for k in gone] == ["1"]
    with pytest.raises(NotFound):
        known.at("alice/n.ipynb")
    known.drop("2")
    assert known.all() == []
    with pytest.raises(NotFound):
        known.folder("alice")
    assert known.folder("") == []


@pytest.mark.spec("HUB-11")
def test_another_role_is_news_once() -> None:
    known = KnownDocuments(Memory())
    known.take([offered("1")])
    assert known.changed("1", ROLE_ACTIONS[Role.VIEWER])
    assert not known.changed("1", ROLE_ACTIONS[Role.VIEWER])
    assert not known.changed("nothing", ROLE_ACTIONS[Role.VIEWER])
    assert Action.WRITE not in known.all()[0].actions


@pytest.mark.spec("HUB-22")
def test_who_may_write_runs_code_and_who_may_look_does_not() -> None:
    known = KnownDocuments(Memory())
    known.take([offered("1"), offered("2", "b.ipynb", Role.VIEWER)])
    assert [Action.RUN in one.actions for one in known.all()] == [True, False]


@pytest.mark.spec("HUBRUN-1", "HUBRUN-4")
@pytest.mark.parametrize(
    ("role", "may_run", "far"),
    [
        (Role.EDITOR, False, False),
        (Role.EDITOR, True, True),
        (Role.VIEWER, False, True),
        (Role.VIEWER, True, True),
    ],
)
def test_where_cells_are_run_follows_from_what_is_shared(
    role: Role, may_run: bool, far: bool
) -> None:
    known = KnownDocuments(Memory())
    one = offered("1", role=role)
    known.take([replace(one, actions=Rights.of(role, may_run=may_run).actions)])
    (found,) = known.all()
    assert known.runs_at_owners(found.address) is far
    assert (Action.RUN in found.actions) is (may_run or role is Role.EDITOR)


@pytest.mark.spec("HUB-2")
def test_a_document_is_found_by_its_address_and_kind_alone() -> None:
    known = KnownDocuments(Memory())
    known.take([offered("1")])
    assert known.of_address(Address(NOTEBOOK, FileId("hub:1"))).offered.id == "1"
    for address in (
        Address(DocumentKind("text", "file"), FileId("hub:1")),
        Address(NOTEBOOK, FileId("hub:2")),
    ):
        with pytest.raises(NotFound):
            known.of_address(address)


@pytest.mark.spec("HUBDRV-1")
def test_own_names_are_kept_and_nobody_elses_business() -> None:
    memory = Memory()
    known = KnownDocuments(memory)
    moved: list[str] = []
    known.on_moved(lambda one: moved.append(one.path))
    work = replace(offered("f", "work"), kind=FOLDER)
    inside = replace(offered("3", "deep.ipynb"), within={"f": "sub/deep.ipynb"})
    everything = [offered("1"), offered("2"), work, inside]
    known.take(everything)
    known.move("alice/n.ipynb", "mine/first.ipynb")
    assert moved == ["mine/first.ipynb", "alice/n.ipynb"]
    known.move("alice/work", "course")
    assert [k.path for k in known.all()] == [
        "mine/first.ipynb",
        "alice/n.ipynb",
        "course",
        "course/sub/deep.ipynb",
    ]
    known.take([replace(offered("1"), name="renamed.ipynb"), *everything[1:]])
    assert known.at("mine/first.ipynb").offered.name == "renamed.ipynb"
    known.move("mine", "our")
    assert KnownDocuments(memory).at("our/first.ipynb").offered.id == "1"
    assert known.shown_path(known.at("our/first.ipynb").address) == "Shared:our/first.ipynb"


@pytest.mark.spec("HUBDRV-1")
@pytest.mark.parametrize(
    ("path", "to", "error"),
    [
        ("alice/n.ipynb", "alice/m.ipynb", InvalidInput),
        ("alice/n.ipynb", "alice", InvalidInput),
        ("alice/n.ipynb", "alice/work/n.ipynb", InvalidInput),
        ("alice/work", "alice/work/sub", InvalidInput),
        ("alice/n.ipynb", "../n.ipynb", InvalidInput),
        ("alice/n.ipynb", "", InvalidInput),
        ("alice/n.ipynb", "x" * 5000, InvalidInput),
        ("alice/work/deep.ipynb", "deep.ipynb", AccessDenied),
        ("alice/work/unknown", "deep.ipynb", AccessDenied),
        ("nothing", "something", NotFound),
    ],
)
def test_nothing_is_put_where_something_is_or_taken_out_of_anothers_folder(
    path: str, to: str, error: type[Exception]
) -> None:
    known = KnownDocuments(Memory())
    work = replace(offered("f", "work"), kind=FOLDER)
    inside = replace(offered("3", "deep.ipynb"), within={"f": "deep.ipynb"})
    known.take([offered("1"), offered("2", "m.ipynb"), work, inside])
    before = [k.path for k in known.all()]
    with pytest.raises(error):
        known.move(path, to)
    assert [k.path for k in known.all()] == before
