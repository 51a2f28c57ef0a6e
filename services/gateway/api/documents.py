"""The merged OpenAPI document of all services, for `/openapi.json`."""

import asyncio
from time import monotonic
from typing import Any

import httpx
import msgspec
from loguru import logger

from common.settings import SERVICES_WITH_DATABASE, Settings
from services.gateway.domain.openapi_merge import merged

_CACHE_SECONDS = 60
# If a service was down when the document was built, it is built again soon.
_CACHE_INCOMPLETE_SECONDS = 2
_TIMEOUT_SECONDS = 5


class Documents:
    """Builds the merged document and caches it for a minute."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._urls = {service: settings.url_of(service) for service in SERVICES_WITH_DATABASE}
        self._http = http
        self._document = b""
        self._valid_until = 0.0
        self._building = asyncio.Lock()

    async def openapi(self) -> bytes:
        """Return the merged document of all services that answer, as JSON."""
        async with self._building:
            if monotonic() > self._valid_until:
                found = dict(zip(self._urls, await asyncio.gather(*map(self._fetch, self._urls.values())), strict=True))
                documents = {service: document for service, document in found.items() if document}
                self._document = msgspec.json.encode(merged(documents))
                is_complete = len(documents) == len(self._urls)
                self._valid_until = monotonic() + (_CACHE_SECONDS if is_complete else _CACHE_INCOMPLETE_SECONDS)
            return self._document

    async def _fetch(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(url + "/openapi.json", timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            logger.warning("{}/openapi.json is missing from the merged document: {}", url, type(error).__name__)
            return {}
