"""`/openapi.json` and `/docs` of the whole system."""

import asyncio
from time import monotonic
from typing import Any

import httpx
import msgspec
from loguru import logger

from common.settings import SERVICES_WITH_DATABASE, Settings
from services.gateway.domain.openapi_merge import merged

_KEEP_SECONDS = 60
# A service that was down while the document was made is asked again soon.
_KEEP_INCOMPLETE_SECONDS = 2
_ASK_SECONDS = 5


class Documents:
    """The merged document, kept for a minute."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._urls = {service: settings.url_of(service) for service in SERVICES_WITH_DATABASE}
        self._http = http
        self._document = b""
        self._good_until = 0.0
        self._making = asyncio.Lock()

    async def openapi(self) -> bytes:
        """The document of every service that answers, as JSON."""
        async with self._making:
            if monotonic() > self._good_until:
                found = dict(zip(self._urls, await asyncio.gather(*map(self._of, self._urls.values())), strict=True))
                documents = {service: document for service, document in found.items() if document}
                self._document = msgspec.json.encode(merged(documents))
                complete = len(documents) == len(self._urls)
                self._good_until = monotonic() + (_KEEP_SECONDS if complete else _KEEP_INCOMPLETE_SECONDS)
            return self._document

    async def _of(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(url + "/openapi.json", timeout=_ASK_SECONDS)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            logger.warning("{}/openapi.json is missing from the merged document: {}", url, type(error).__name__)
            return {}
