"""What the Hub's service is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jupyter_tandem.hosts.hub_options import parse

ENVIRONMENT = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}
MANIFEST = Path(__file__).parents[3] / "examples" / "hub" / "kubernetes" / "service.yaml"


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


def test_the_example_for_kubernetes_is_understood() -> None:
    [deployment] = [
        each for each in yaml.safe_load_all(MANIFEST.read_text()) if each["kind"] == "Deployment"
    ]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    command, subcommand, *told = container["args"]
    assert (command, subcommand) == ("jupyter-tandem", "hub")
    options = parse(told, ENVIRONMENT)
    assert options.host == "0.0.0.0"
    [port] = container["ports"]
    assert port["containerPort"] == options.port
    # The Hub's proxy is another pod.
    assert "10.1.2.3" in options.proxies
    [mount] = container["volumeMounts"]
    assert options.store_dir.is_relative_to(mount["mountPath"])
