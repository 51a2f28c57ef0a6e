"""A tenant of a running stack, and what its people do over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx

_ENDED = ("completed", "failed", "cancelled")
_LOOK_SECONDS = 0.1
# What the gateway answers, or does not, while something behind it is being started again.
_AWAY = (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)


class Company:
    """A tenant; `api` calls the gateway as its owner. A call that meets an outage is made again, as clients do."""

    def __init__(self, tenant_id: UUID, owner_email: str, api: httpx.AsyncClient) -> None:
        self.tenant_id = tenant_id
        self.owner_email = owner_email
        self.api = api

    async def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """GET; the JSON object of the answer. Raises HTTPStatusError."""
        return await self._answer("GET", path, params=parameters)

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """POST under an idempotency key, so that one asked twice is done once. Raises HTTPStatusError."""
        return await self._answer("POST", path, json=body, headers={"Idempotency-Key": uuid4().hex})

    async def upload(self, kind: str, content: bytes) -> dict[str, Any]:
        """Upload a file once; the job. Raises HTTPError: also where it broke off and may have to be sent again."""
        answer = await self.api.post(f"/data/import/{kind}", files={"file": (kind, content)})
        return answer.raise_for_status().json()

    async def imported(self, kind: str, content: bytes) -> dict[str, Any]:
        """Upload a file and wait for its job to end."""
        return await self.ended_import(await self.upload(kind, content))

    async def ended_import(self, job: dict[str, Any], within: float = 240) -> dict[str, Any]:
        """An import's job once it has ended. Raises TimeoutError."""
        return await self._ended(f"/data/ingest/jobs/{job['job_id']}", within)

    async def ended_send(self, job: dict[str, Any], within: float = 240) -> dict[str, Any]:
        """A send's job once it has ended. Raises TimeoutError."""
        return await self._ended(f"/analytics/email/jobs/{job['job_id']}", within)

    async def tasks(self, kind: str, day: str, **filters: Any) -> list[dict[str, Any]]:
        """The first page of a day's task list."""
        found = await self.get(f"/analytics/tasks/{kind}", start_date=day, end_date=day, **filters)
        return list(found["data"])

    async def _ended(self, path: str, within: float) -> dict[str, Any]:
        job: dict[str, Any] = {}
        limit = asyncio.timeout(within)
        try:
            async with limit:
                while True:
                    job = await self.get(path)
                    if job["status"] in _ENDED:
                        return job
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"the job did not end within {within:g} s; it was last seen as {job}"
            raise TimeoutError(message) from None

    async def _answer(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        async with asyncio.timeout(120):
            while True:
                try:
                    answer = await self.api.request(method, path, **request)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code not in _AWAY:
                    return answer.raise_for_status().json()
                await asyncio.sleep(_LOOK_SECONDS)
