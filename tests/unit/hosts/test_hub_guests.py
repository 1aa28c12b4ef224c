"""What the service is told about people without an account, and what it needs for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from jupyter_tandem.hosts.hub_options import parse
from jupyter_tandem.hub import GUESTS, configure
from jupyter_tandem.types import Role

ENVIRONMENT = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}

WITHOUT_LAB = (
    "import sys; sys.modules['jupyterlab'] = None; "
    "from jupyter_tandem.hosts.hub import run; sys.exit(run(sys.argv[1:]))"
)


@pytest.mark.spec("HUBGUEST-2")
def test_nobody_comes_in_unless_the_administrator_says_so() -> None:
    assert parse([], ENVIRONMENT).guests is None
    c = Config()
    configure(c)
    (service,) = c.JupyterHub.services
    assert "--guests" not in service["command"]
    roles = [parse(["--guests", word], ENVIRONMENT).guests for word in GUESTS]
    assert roles == [None, Role.VIEWER, Role.COMMENTER, Role.SUGGESTER, Role.EDITOR]


@pytest.mark.spec("HUBGUEST-2")
def test_one_word_of_the_configuration_lets_them_look_on() -> None:
    c = Config()
    configure(c, guests="view")
    (service,) = c.JupyterHub.services
    assert service["command"][-2:] == ["--guests", "view"]


@pytest.mark.spec("HUBGUEST-2")
@pytest.mark.parametrize("word", ["manage", "viewer", "", "View"])
def test_there_are_no_other_words(word: str) -> None:
    with pytest.raises(ValueError, match="none, view, comment, suggest, edit"):
        configure(Config(), guests=word)
    with pytest.raises(SystemExit):
        parse(["--guests", word], ENVIRONMENT)


@pytest.mark.spec("HUBGUEST-2")
def test_a_service_that_the_hub_does_not_start_is_told_where_it_is_started() -> None:
    with pytest.raises(ValueError, match="--guests"):
        configure(Config(), managed=False, api_token="0" * 32, guests="view")


@pytest.mark.spec("HUBGUEST-5")
def test_proxies_on_this_computer_are_believed_and_others_when_they_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "127.0.0.1" in parse([], ENVIRONMENT).proxies
    assert "10.1.2.3" not in parse([], ENVIRONMENT).proxies
    named = parse(["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1"], ENVIRONMENT)
    assert "10.1.2.3" in named.proxies
    with pytest.raises(SystemExit):
        parse(["--trusted-proxy", "proxy.example.org"], ENVIRONMENT)
    assert "not an address or a network" in capsys.readouterr().err


@pytest.mark.spec("HUBGUEST-9")
def test_without_jupyterlab_beside_it_the_service_says_what_to_install(tmp_path: Path) -> None:
    store = tmp_path / "store"
    options = ["--port", "0", "--store-dir", str(store), "--guests", "view"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LAB, *options],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'jupyter-tandem[hub-guests]'" in done.stderr
    assert not store.exists(), "nothing was opened"
