"""Which database the Hub's service is told to use."""

from __future__ import annotations

import pytest

from jupyter_tandem.hosts.hub_options import parse

ENVIRONMENT = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}


@pytest.mark.spec("HUB-32")
@pytest.mark.parametrize(
    "told", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"]
)
def test_postgresql_is_reached_by_one_driver_however_it_is_written(told: str) -> None:
    url = parse(["--database-url", f"{told}://tandem:s%40cret@db.example.org/tandem"], ENVIRONMENT)
    assert url.database_url == "postgresql+psycopg://tandem:s%40cret@db.example.org/tandem"


@pytest.mark.spec("HUB-32")
@pytest.mark.parametrize("told", ["sqlite:////secret/tandem.sqlite3", "secret"])
def test_another_database_is_refused_without_telling_what_was_said(
    told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--database-url", told], ENVIRONMENT)
    said = capsys.readouterr().err
    assert "postgresql://user@host/database" in said
    assert "secret" not in said


@pytest.mark.spec("HUB-32")
def test_without_a_database_everything_is_in_files() -> None:
    assert parse([], ENVIRONMENT).database_url == ""
