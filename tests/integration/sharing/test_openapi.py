"""The API does what its description says, also for requests nobody thought of."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from jupyter_tandem.adapters.server.sharing import table
from jupyter_tandem.adapters.server.sharing.share_routes import DESCRIPTION
from tests.integration.server.host import ANA, serving
from tests.integration.sharing.owner import Owner

EXAMPLES = 25
"""Requests made up per operation and phase; more on request."""


def test_every_route_is_described() -> None:
    described = json.loads(DESCRIPTION.read_text())["paths"]
    routes = {
        pattern.replace("([^/]+)", "{id}").removeprefix(table.API): handler
        for pattern, handler, _ in table.api_routes(None)  # type: ignore[arg-type]
    }
    assert set(routes) == set(described)
    for path, handler in routes.items():
        methods = {method.lower() for method in handler.actions}  # type: ignore[attr-defined]
        assert methods == set(described[path]) - {"parameters"}, path


@pytest.mark.slow
@pytest.mark.spec("SHARE-22")
async def test_the_server_keeps_to_the_description(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        server.write_notebook("n.ipynb", "x = 1")
        ana = Owner(server)
        await ana.link("n.ipynb")
        await ana.share("n.ipynb", "bo", "editor")
        run = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                *("-m", "schemathesis.cli", "run", str(DESCRIPTION)),
                *("--url", f"{server.url}/tandem/api"),
                *("--header", f"Authorization: token {ANA}"),
                *("--phases", "examples,coverage,fuzzing"),
                *("--checks", "not_a_server_error,status_code_conformance"),
                *("--checks", "content_type_conformance,response_schema_conformance"),
                *("--max-examples", str(EXAMPLES)),
                *("--seed", "7", "--generation-database", "none", "--no-color"),
                *("--report-dir", str(tmp_path / "report")),
            ),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        told, _ = await run.communicate()
        assert run.returncode == 0, told.decode()[-6_000:]
        assert (await ana.call("GET", "audit/verification")).body["whole"] is True
        assert not [line for line in server.log if "Traceback" in line]
