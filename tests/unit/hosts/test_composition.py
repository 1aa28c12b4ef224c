"""Where journals lie."""

from __future__ import annotations

from pathlib import Path

from jupyter_tandem.hosts.composition import store_dir


def test_every_root_has_a_folder_of_its_own_that_a_person_can_recognise(tmp_path: Path) -> None:
    names = {store_dir(tmp_path, root).name for root in ("/srv/a/work", "/srv/b/work", "/srv")}
    assert len(names) == 3
    assert sorted(name.rsplit("-", 1)[0] for name in names) == ["srv", "work", "work"]


def test_a_root_is_the_same_by_any_of_its_names(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    assert store_dir(tmp_path, str(real)) == store_dir(tmp_path, str(tmp_path / "link"))
    assert store_dir(tmp_path, f"{real}/") == store_dir(tmp_path, str(real))


def test_strange_names_make_plain_folders(tmp_path: Path) -> None:
    for root in ("/", "/Ünï çøde", "/" + "x" * 300, "/..", "/a b/c:d"):
        name = store_dir(tmp_path, root).name
        assert name.replace("-", "").isalnum()
        assert name.isascii()
        assert len(name) < 64
