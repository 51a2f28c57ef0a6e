"""The email service on real Postgres, NATS and SMTP servers: running for all tests of a file, a new shop for each."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase, PostgresCluster
from common.testing.people import Person, add_person, settings_for_people
from common.testing.serve import client_of
from common.testing.smtp import ReceivedMail, SmtpSink
from services.email_service import SPEC
from tests.analytics_service.stored import reused_connections
from tests.email_service.shop import DAY, Shop, fill_omaha, open_shop


@asynccontextmanager
async def impatient_client_of(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a service whose jobs are tried again at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("common.jobs.worker._BACKOFF_SECONDS", (0.05,))
        patch.setattr("common.jobs.runner._LOOK_SECONDS", 0.1)
        async with client_of(app) as client:
            yield client


@pytest.fixture(scope="module")
def database(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MigratedDatabase]:
    """A database for the tests of one file."""
    with postgres.database(tmp_path_factory.mktemp("email") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def running_sink() -> Iterator[SmtpSink]:
    """The installation's own SMTP server."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def smtp_sink(running_sink: SmtpSink) -> SmtpSink:
    """The installation's own SMTP server, before any mail came."""
    running_sink.mails.clear()
    return running_sink


@pytest.fixture(scope="module")
def settings(database: MigratedDatabase, nats_url_of_file: str, running_sink: SmtpSink) -> Settings:
    mail: dict[str, Any] = {
        "default_smtp_server": running_sink.host,
        "default_smtp_port": running_sink.port,
        "default_use_tls": False,
        "base_url": "https://app.example",
    }
    return settings_for_people(database.settings).model_copy(update={**mail, "nats_url": nats_url_of_file})


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[FastAPI]:
    with app_of(SPEC, settings) as app:
        yield app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def email(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the email service, without a token."""
    async with impatient_client_of(app) as client:
        yield client


@pytest.fixture
def context(email: httpx.AsyncClient, app: FastAPI) -> ServiceContext:
    """The running service's own parts."""
    del email
    return cast("ServiceContext", app.state.context)


@pytest.fixture
def let_in(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], int]:
    """Have the operator allow tenants a port of this machine; the port."""

    def let_in_port(port: int) -> int:
        monkeypatch.setattr(settings, "allow_private_hosts", f"{settings.allow_private_hosts},127.0.0.1:{port}")
        return port

    return let_in_port


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refresher(database: MigratedDatabase) -> AsyncGenerator[None]:
    """The connections that refresh the shops of one file."""
    async with reused_connections(database):
        yield


@pytest_asyncio.fixture(loop_scope="module")
async def shop(database: MigratedDatabase, refresher: None) -> AsyncGenerator[Shop]:
    """A new tenant whose Omaha branch had a busy Monday."""
    del refresher
    async with open_shop(database) as opened:
        await fill_omaha(opened)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def admin(database: MigratedDatabase, shop: Shop) -> Person:
    return await add_person(database.superuser_dsn, shop.tenant_id, "admin")


class Reports:
    """Sends reports through the API and waits for the job."""

    def __init__(self, client: httpx.AsyncClient, admin: Person) -> None:
        self.client = client
        self.headers = admin.headers

    async def send(self, **body: Any) -> dict[str, Any]:
        """The ended job of a send."""
        return await self.ended(await self.start(**body))

    async def start(self, **body: Any) -> str:
        """The id of a job that sends."""
        body = {"report_date": str(DAY), **body}
        answer = await self.client.post("/analytics/email/send-reports", json=body, headers=self.headers)
        assert answer.status_code == 202, answer.text
        return answer.json()["job_id"]

    async def ended(self, job_id: str, within: float = 60) -> dict[str, Any]:
        """The job once it has ended."""
        async with asyncio.timeout(within):
            while True:
                answer = await self.client.get(f"/analytics/email/jobs/{job_id}", headers=self.headers)
                if answer.json()["status"] in ("completed", "failed", "cancelled"):
                    return answer.json()
                await asyncio.sleep(0.03)

    async def history(self, **query: Any) -> list[dict[str, Any]]:
        """Every single send, newest first."""
        answer = await self.client.get("/analytics/email/history", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@pytest.fixture
def reports(email: httpx.AsyncClient, admin: Person) -> Reports:
    return Reports(email, admin)


@pytest_asyncio.fixture(loop_scope="module")
async def mail(reports: Reports, smtp_sink: SmtpSink) -> ReceivedMail:
    """The report that Omaha's rep got."""
    await reports.send()
    [mail] = await smtp_sink.wait_for(1)
    return mail
