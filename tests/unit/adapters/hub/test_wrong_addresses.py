"""HUB-31: what is set up wrong is told in a sentence, where it is read."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from jupyter_tandem.adapters.hub.api import HubApi
from jupyter_tandem.adapters.hub.service_client import ServiceClient
from jupyter_tandem.errors import HubUnreachable
from jupyter_tandem.hosts.federation import hub_place

pytestmark = pytest.mark.spec("HUB-31")


def nowhere() -> str:
    """An address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class _Refusing(RequestHandler):
    def get(self, status: str) -> None:
        self.set_status(int(status))
        self.finish("<html>Something else altogether</html>")


@pytest_asyncio.fixture
async def elsewhere() -> AsyncIterator[str]:
    """A web server that is something else."""
    server = HTTPServer(Application([(r"/(\d+)/.*", _Refusing)], log_function=lambda _: None))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server.stop()
    await server.close_all_connections()


async def test_a_server_says_which_address_does_not_answer() -> None:
    url = nowhere()
    client = ServiceClient(f"{url}/services/tandem/", "token", "", 1_000)
    with pytest.raises(HubUnreachable, match=f"{url}.*cannot be reached"):
        await client.connect()
    with pytest.raises(HubUnreachable, match="does not answer"):
        await client.offered()
    client.close()


@pytest.mark.parametrize("status", [200, 302, 403, 404, 502])
async def test_a_server_is_told_when_there_is_something_else(elsewhere: str, status: int) -> None:
    client = ServiceClient(f"{elsewhere}/{status}/", "token", "", 1_000)
    cause = "answers with 502" if status == 502 else "TANDEM_HUB_URL"
    with pytest.raises(HubUnreachable, match=cause) as log:
        await client.connect()
    assert elsewhere in str(log.value)
    sentence = "does not answer" if status == 502 else "not where this server looks for it"
    for asked in (client.offered(), client.ask("GET", "api/names")):
        with pytest.raises(HubUnreachable, match=sentence):
            await asked
    client.close()


@pytest.mark.parametrize("url", ["tandem:10105", "ftp://tandem/", "http://", "https:///services"])
async def test_an_address_that_is_none_is_told_in_the_log_and_to_whoever_shares(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = {"TANDEM_HUB_URL": url, "JUPYTERHUB_API_TOKEN": "t", "JUPYTERHUB_USER": "alice"}
    with caplog.at_level(logging.ERROR):
        place = hub_place(told)
    assert url in caplog.text
    assert "no address" in caplog.text
    # Sharing as on a server without a Hub would look like a success.
    assert place is not None
    client = ServiceClient(place.url, place.token, place.server, 1_000)
    for asked in (client.connect(), client.offered()):
        with pytest.raises(HubUnreachable):
            await asked
    client.close()


async def test_the_service_says_why_it_cannot_ask_the_hub(elsewhere: str) -> None:
    wanted = {
        nowhere(): "JUPYTERHUB_API_URL",
        f"{elsewhere}/403": "does not know this service's token",
        f"{elsewhere}/404": "is not the API of a Hub",
        f"{elsewhere}/502": "answers with 502",
    }
    for url, sentence in wanted.items():
        hub = HubApi(url, "token")
        trouble = await hub.trouble()
        assert sentence in trouble
        hub.close()
