"""Settings, and the page that lists them."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets import TraitError

from jupyter_tandem.hosts.settings import TandemSettings, described

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


@pytest.mark.parametrize(("name", "default", "text"), described(), ids=lambda v: str(v)[:20])
def test_the_reference_page_says_what_the_code_says(name: str, default: str, text: str) -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"`{name}`" in page
    assert text in page
    assert f"`{name}` (default `{default}`)" in page


def test_settings_reach_the_engine() -> None:
    settings = TandemSettings(
        save_quiet_s=2.5,
        save_latest_s=7.0,
        room_idle_s=1.5,
        most_rooms=3,
        frame_bytes=4096,
        document_bytes=8192,
        awareness_bytes=512,
        history_entries=5,
        history_bytes=6,
    )
    assert (settings.save().quiet_s, settings.save().latest_s) == (2.5, 7.0)
    rooms = settings.rooms()
    assert (rooms.idle_s, rooms.rooms) == (1.5, 3)
    assert (rooms.history_entries, rooms.history_bytes) == (5, 6)
    limits = rooms.limits
    assert (limits.frame_bytes, limits.document_bytes, limits.awareness_bytes) == (4096, 8192, 512)


@pytest.mark.parametrize("name", ["save_quiet_s", "most_rooms", "frame_bytes", "access_check_s"])
def test_what_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(TraitError):
        TandemSettings(**{name: -1})
