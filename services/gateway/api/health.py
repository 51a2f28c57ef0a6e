"""The readiness of the whole system, for `/health/ready`."""

import asyncio
from time import monotonic
from typing import Any

import httpx

from common.settings import SERVICES_WITH_DATABASE, Settings

_TIMEOUT_SECONDS = 3
# The call needs no token, so its answer is cached: however often it is made, the services are asked once in this time.
_CACHE_SECONDS = 0.5


class Readiness:
    """Asks every service whether it is ready for requests."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._urls = {service: settings.url_of(service) for service in SERVICES_WITH_DATABASE}
        self._http = http
        self._verdicts: dict[str, str] = {}
        self._valid_until = 0.0
        self._asking = asyncio.Lock()

    async def verdict(self) -> dict[str, Any]:
        """Return `{status, services: {name: healthy | unhealthy}}`; `status` is healthy if every service is."""
        async with self._asking:
            if monotonic() > self._valid_until:
                verdicts = await asyncio.gather(*map(self._check, self._urls.values()))
                self._verdicts = dict(zip(self._urls, verdicts, strict=True))
                self._valid_until = monotonic() + _CACHE_SECONDS
            is_ready = all(verdict == "healthy" for verdict in self._verdicts.values())
            return {"status": "healthy" if is_ready else "unhealthy", "services": self._verdicts}

    async def _check(self, url: str) -> str:
        try:
            answer = await self._http.get(url + "/health/ready", timeout=_TIMEOUT_SECONDS)
        except httpx.HTTPError:
            return "unhealthy"
        return "healthy" if answer.is_success else "unhealthy"
