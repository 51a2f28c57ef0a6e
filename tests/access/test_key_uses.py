import asyncio
from uuid import uuid4

import pytest

from tests.access.running import System

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="module")]

CALLS = {"data": "/data/availability", "email": "/analytics/email/history", "analytics": "/analytics/locations"}


async def test_uses_in_every_service_add_up_and_the_gateways_question_is_none(system: System):
    body = {"name": "till", "scopes": ["data:read", "email:send", "analytics:read"]}
    keys = f"{system.urls['gateway']}/auth/api-keys"
    key = (await system.client.post(keys, json=body, headers=system.token())).raise_for_status().json()
    machine = {"X-API-Key": key["key"]}
    calls = [f"{system.urls['gateway']}{path}" for path in CALLS.values()] * 4
    calls += [f"{system.urls[service]}{path}" for service, path in CALLS.items()] * 2
    answers = await asyncio.gather(*(system.client.get(url, headers=machine) for url in calls))
    assert {answer.status_code for answer in answers} == {200}
    # Judged twice where it carries an Idempotency-Key, and refused for want of a scope: one use all the same.
    once = {**machine, "Idempotency-Key": uuid4().hex}
    assert (await system.client.post(f"{system.urls['data']}/data/events", json={}, headers=once)).status_code == 403
    refused = await system.client.get(calls[0], headers={**machine, "Authorization": "Bearer x"})
    assert refused.status_code == 401
    async with asyncio.timeout(30):
        while (uses := await counted(system, key["id"])) < len(calls) + 1:
            await asyncio.sleep(0.1)
    assert uses == len(calls) + 1


async def counted(system: System, key_id: str) -> int:
    answer = await system.client.get(f"{system.urls['auth']}/auth/api-keys", headers=system.token())
    return {row["id"]: int(row["uses"]) for row in answer.json()["data"]}[key_id]
