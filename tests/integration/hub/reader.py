"""Somebody who reads the service's pages, with a browser's cookies but without its window."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import requests

from tests.integration.hub.real_hub import RealHub


class Reader:
    """A session that logs in as a person does: by being sent to the Hub's own page."""

    def __init__(self, hub: RealHub) -> None:
        self.hub = hub
        self.session = requests.Session()

    async def log_in(self, name: str, page: str = "") -> requests.Response:
        """Ask for a page, fill in the Hub's form and come back."""
        form = await self.get(page)
        assert "/hub/login" in form.url, form.url
        token = re.search(r'name="_xsrf" value="([^"]*)"', form.text)
        assert token is not None, form.text
        data = {"username": name, "password": "secret", "_xsrf": token[1]}
        return await self._ask("POST", form.url, data=data)

    async def get(self, page: str, **how: Any) -> requests.Response:
        """Ask for a page of the service."""
        return await self._ask("GET", f"{self.hub.url}/services/tandem/{page}", **how)

    async def post(self, page: str, **data: str) -> requests.Response:
        """Send a form to the service, with nothing but what is given."""
        url = f"{self.hub.url}/services/tandem/{page}"
        return await self._ask("POST", url, data=data, allow_redirects=False)

    async def tell(self, page: str, xsrf: str, **body: object) -> requests.Response:
        """Send JSON, as a page's script does."""
        url = f"{self.hub.url}/services/tandem/{page}"
        headers = {"X-Xsrftoken": xsrf, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
        return await self._ask("POST", url, json=body, headers=headers)

    async def _ask(self, method: str, url: str, **how: Any) -> requests.Response:
        return await asyncio.to_thread(self.session.request, method, url, timeout=60, **how)


def xsrf_of(page: requests.Response) -> str:
    """What a page's forms send along."""
    found = re.search(r'name="_xsrf" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]
