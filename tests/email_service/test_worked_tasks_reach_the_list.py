"""From a button in a report's page to the task list of the analytics service, over the bus."""

import asyncio
from typing import Any

import httpx
import pytest

from common.http.app import create_app
from common.settings import Settings
from common.testing.people import Person
from common.testing.serve import client_of
from common.testing.smtp import ReceivedMail
from services.analytics_service import SPEC as ANALYTICS
from tests.email_service.links import action_path

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_list_in_the_api_shows_what_the_page_did(
    mail: ReceivedMail, email: httpx.AsyncClient, settings: Settings, admin: Person
) -> None:
    async with client_of(create_app(ANALYTICS, settings)) as analytics:
        answer = await email.post(action_path(mail, "Delta Electric 503", "Done"))
        query = {"start_date": "2024-04-16", "end_date": "2024-04-29", "status": "done"}
        assert answer.status_code == 200
        # (the page waits for the list for two seconds at most, which a busy machine may take longer than)
        async with asyncio.timeout(30):
            tasks: list[dict[str, Any]] = []
            while not tasks:
                listed = await analytics.get("/analytics/tasks/repeat-visits", params=query, headers=admin.headers)
                tasks = listed.json()["data"]

    [task] = tasks
    assert task["user"]["company"] == "Delta Electric 503"
    assert task["status"] == "done"
