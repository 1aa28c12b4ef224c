"""``jupyter tandem``: the command, one subcommand a job."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

from jupyter_tandem import __version__


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One job of the command.

    Attributes:
        module: Where it lives; imported when it is asked for.
        help: What it does, in a line.
    """

    module: str
    help: str


SUBCOMMANDS: Final = {
    "audit": Subcommand("jupyter_tandem.hosts.audit", "Print the record of who did what."),
    "demo": Subcommand(
        "jupyter_tandem.hosts.demo", "Try it: JupyterLab with an example and a link for two people."
    ),
    "doctor": Subcommand(
        "jupyter_tandem.hosts.doctor", "Check the journals and say what is wrong with them."
    ),
    "hub": Subcommand("jupyter_tandem.hosts.hub", "Hold what the people of a JupyterHub share."),
    "hub-migrate": Subcommand(
        "jupyter_tandem.hosts.hub_migrate", "Copy what a Hub's service holds into PostgreSQL."
    ),
    "signal": Subcommand(
        "jupyter_tandem.hosts.signal", "Introduce peers of JupyterLite rooms to each other."
    ),
    "links": Subcommand("jupyter_tandem.hosts.links", "List the links there are."),
    "revoke": Subcommand("jupyter_tandem.hosts.revoke", "Take back a link or a share."),
    "share": Subcommand(
        "jupyter_tandem.hosts.share", "Share a file or folder by link, or with somebody by name."
    ),
    "who": Subcommand("jupyter_tandem.hosts.who", "List who has a file or folder."),
}


class _Runnable(Protocol):
    def run(self, argv: Sequence[str]) -> int: ...


def usage() -> str:
    """What can be asked for."""
    width = max(len(name) for name in SUBCOMMANDS)
    lines = [f"  {name:<{width}}  {command.help}" for name, command in SUBCOMMANDS.items()]
    return "\n".join(
        [
            "usage: jupyter tandem [--version] <command> [options]",
            "",
            "Several people and programs at work in one Jupyter document.",
            "",
            *lines,
            "",
            "`jupyter tandem <command> --help` says more.",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the subcommand in ``argv``.

    Returns:
        The exit status: 0, or 2 for an unknown command, or what the subcommand says.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    match arguments:
        case ["--version" | "-V", *_]:
            print(__version__)
            return 0
        case [] | ["--help" | "-h" | "help", *_]:
            print(usage())
            return 0
        case [name, *rest] if name in SUBCOMMANDS:
            module = cast("_Runnable", importlib.import_module(SUBCOMMANDS[name].module))
            return module.run(rest)
        case [name, *_]:
            print(f"jupyter tandem: there is no command {name!r}\n\n{usage()}", file=sys.stderr)
            return 2
        case _:
            return 2


if __name__ == "__main__":
    sys.exit(main())
