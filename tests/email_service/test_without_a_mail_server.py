"""Where no mail server is configured, reports become files."""

from email import message_from_bytes, policy

import httpx
import pytest
from fastapi import FastAPI

from common.http.app import create_app
from common.settings import Settings
from common.testing.people import Person
from services.email_service import SPEC
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def app(settings: Settings) -> FastAPI:
    return create_app(SPEC, settings.model_copy(update={"default_smtp_server": ""}))


async def test_reports_are_written_as_files_and_that_is_said(reports: Reports, settings: Settings, shop: Shop) -> None:
    job = await reports.send()

    [file] = (settings.home / "outbox-mail" / str(shop.tenant_id)).glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    [entry] = await reports.history()
    assert job["counts"] == {"without_mail_server": 1, "written": 1}
    assert file.name.startswith("2024-04-29_D07_")
    assert message["Subject"] == "2 to call · Omaha · Mon, Apr 29"
    assert entry["status"] == "written"
    assert entry["detail"].endswith(f"written to outbox-mail/{shop.tenant_id}/{file.name}")


async def test_a_try_says_where_mail_goes_instead_without_the_servers_own_paths(
    email: httpx.AsyncClient, admin: Person, settings: Settings, shop: Shop
) -> None:
    answer = await email.post("/analytics/email/config/test", headers=admin.headers)

    assert answer.status_code == 409
    assert f"outbox-mail/{shop.tenant_id}" in answer.json()["detail"]
    assert str(settings.home) not in answer.text
