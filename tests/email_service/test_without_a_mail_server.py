"""Where no mail server is configured, reports become files."""

from collections.abc import AsyncIterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from common.db import Connection, Database
from common.http.app import create_app
from common.mail.folder import MailFolder
from common.settings import Settings
from common.testing.people import Person
from services.email_service import SPEC
from services.email_service.domain.message_name import message_name
from services.email_service.domain.settle_leftovers import CUT_OFF, settle_leftovers
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
_DAY = date(2024, 4, 29)


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


class WatchedFolder(MailFolder):
    """Notes how many connections are in use while it is asked; the first question is not answered."""

    def __init__(self, home: Path, owner: UUID, database: Database) -> None:
        super().__init__(home, owner)
        self.in_use: list[int] = []
        self._pool = database.pool

    def holds(self, name: str) -> bool:
        """Whether the message is there."""
        self.in_use.append(self._pool.get_size() - self._pool.get_idle_size())
        if len(self.in_use) == 1:
            message = "the disk is away"
            raise OSError(message)
        return super().holds(name)


@pytest_asyncio.fixture(loop_scope="module")
async def own(settings: Settings) -> AsyncIterator[Database]:
    """A pool that nobody else uses."""
    database = await Database.connect(settings.dsn("email"), name="email-tests", max_size=1)
    yield database
    await database.close()


async def open_one(connection: Connection, tenant_id: UUID, job_id: UUID, branch: str, route: str, status: str) -> UUID:
    delivery_id = uuid4()
    await connection.execute(
        "insert into email.delivery (tenant_id, delivery_id, job_id, report_date, branch_code, branch_name,"
        " sales_rep_name, sales_rep_email, is_forced, route, status, as_of)"
        " values ($1, $2, $3, $4, $5, $5, 'Kim', 'kim@x.example', false, $6, $7, now())",
        *(tenant_id, delivery_id, job_id, _DAY, branch, route, status),
    )
    return delivery_id


async def standing(database: Database, tenant_id: UUID) -> dict[str, tuple[str, str | None]]:
    async with database.tenant(tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            "select branch_code, status, detail from email.delivery where tenant_id = $1", tenant_id
        )
    return {row["branch_code"]: (row["status"], row["detail"]) for row in rows}


async def test_no_transaction_is_open_while_the_disk_is_asked_and_a_run_cut_off_there_changed_nothing(
    own: Database, settings: Settings
) -> None:
    tenant_id, job_id = uuid4(), uuid4()
    async with own.tenant(tenant_id) as connection:
        written = await open_one(connection, tenant_id, job_id, "written", "file", "sending")
        for branch, route, status in (
            ("unwritten", "file", "sending"),
            ("mailed", "smtp", "sending"),
            ("deferred", "none", "deferred"),
        ):
            await open_one(connection, tenant_id, job_id, branch, route, status)
    folder = WatchedFolder(settings.home, tenant_id, own)
    file = folder.place(message_name(_DAY, "written", written))
    file.parent.mkdir(parents=True)
    file.touch()
    before = await standing(own, tenant_id)

    with pytest.raises(OSError, match="away"):
        await settle_leftovers(own, tenant_id, job_id, folder)
    assert await standing(own, tenant_id) == before
    await settle_leftovers(own, tenant_id, job_id, folder)

    assert folder.in_use == [0, 0, 0]
    assert await standing(own, tenant_id) == {
        "written": ("written", f"written to outbox-mail/{tenant_id}/{file.name}"),
        "mailed": ("unknown", CUT_OFF),
    }
