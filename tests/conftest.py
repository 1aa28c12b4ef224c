"""Options of the whole suite: how much of what is random to run."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("tandem", deadline=None, print_blob=True)
settings.load_profile("tandem")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells make what they start in the background deaf to Ctrl-C, and servers that tests start would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tandem", "how much of what is random to run")
    group.addoption(
        "--sim-seeds",
        type=int,
        default=150,
        help="simulations with fresh seeds (about 10 a second)",
    )
    group.addoption(
        "--sim-start", type=int, default=None, help="first seed; without it, chance decides"
    )
    group.addoption(
        "--kill-loops", type=int, default=50, help="times the server is killed (about 1 a second)"
    )
    group.addoption(
        "--lite-rounds",
        type=int,
        default=20,
        help="times two people of JupyterLite open the same file at once (five files at a time)",
    )
    group.addoption(
        "--lite-sleep-s",
        type=float,
        default=60,
        help="seconds somebody's machine sleeps, while the other tests of JupyterLite go on",
    )
    group.addoption(
        "--fuzz-frames",
        type=int,
        default=4_000,
        help="mutated frames per fuzz test (some 5,000 a second)",
    )
