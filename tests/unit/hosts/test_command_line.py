"""The command ``jupyter tandem``."""

from __future__ import annotations

import importlib

import pytest

from jupyter_tandem import __version__
from jupyter_tandem.hosts.command_line import SUBCOMMANDS, main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    told = capsys.readouterr().out
    for name, command in SUBCOMMANDS.items():
        assert name in told
        assert command.help in told


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    told = capsys.readouterr()
    assert "'frobnicate'" in told.err
    assert "demo" in told.err
    assert not told.out


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_every_command_can_be_run_and_says_what_it_takes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(importlib.import_module(SUBCOMMANDS[name].module).run)
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert "usage" in capsys.readouterr().out
