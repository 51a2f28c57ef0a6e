"""`/health/live` and `/health/ready` of the whole system."""

import asyncio
from time import monotonic
from typing import Any

import httpx

from common.settings import SERVICES_WITH_DATABASE, Settings

_ASK_SECONDS = 3
# Open to everyone, so however often it is asked the services are asked once in this time.
_KEEP_SECONDS = 0.5


class Readiness:
    """May the system be sent requests: is every service ready?"""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._urls = {service: settings.url_of(service) for service in SERVICES_WITH_DATABASE}
        self._http = http
        self._verdicts: dict[str, str] = {}
        self._good_until = 0.0
        self._asking = asyncio.Lock()

    async def verdict(self) -> dict[str, Any]:
        """`{status, services: {name: healthy | unhealthy}}`."""
        async with self._asking:
            if monotonic() > self._good_until:
                verdicts = await asyncio.gather(*map(self._of, self._urls.values()))
                self._verdicts = dict(zip(self._urls, verdicts, strict=True))
                self._good_until = monotonic() + _KEEP_SECONDS
            ready = all(verdict == "healthy" for verdict in self._verdicts.values())
            return {"status": "healthy" if ready else "unhealthy", "services": self._verdicts}

    async def _of(self, url: str) -> str:
        try:
            answer = await self._http.get(url + "/health/ready", timeout=_ASK_SECONDS)
        except httpx.HTTPError:
            return "unhealthy"
        return "healthy" if answer.is_success else "unhealthy"
