"""What tests of the data service share: tenants and their people, uploads, and somebody who answers for analytics."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec

from common.clock import now
from common.db import Connection
from common.events.bus import Bus
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.events.contracts.data_channels_changed import ChannelsChanged
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.events.contracts.data_rates_changed import RatesChanged
from common.events.contracts.data_users_changed import UsersChanged
from common.events.envelope import Contract, RawEvent, subject_of
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase
from common.testing.people import token_for
from common.testing.serve import client_of
from services.data_service.contents import SPEC

ContractT = TypeVar("ContractT", bound=Contract)
# The batches told of, each with its tenant.
Batches = asyncio.Queue[tuple[UUID, BatchRecorded]]


@dataclass
class Company:
    """A tenant and one member of it; `headers` sign that member in."""

    tenant_id: UUID
    headers: dict[str, str]


@dataclass
class Data:
    """The running data service: `api` calls it, `admin` sees past the policies, `batches` are those it told of."""

    api: httpx.AsyncClient
    admin: Connection
    context: ServiceContext
    batches: Batches = field(default_factory=Batches)

    async def company(self, location_source: str | None = None, role: str = "manager") -> Company:
        """A new tenant with one member."""
        config = msgspec.json.encode({"location_source": location_source}).decode()
        tenant_id: Any = await self.admin.fetchval(
            "insert into auth.tenant (name, time_zone, currency, google_analytics_config)"
            " values ('Somewhere Supply', 'America/Chicago', 'USD', $1) returning tenant_id",
            config,
        )
        return Company(tenant_id, await self.member(tenant_id, role))

    async def member(self, tenant_id: UUID, role: str) -> dict[str, str]:
        """The headers of a new member of a tenant."""
        email = f"{uuid4().hex}@example.com"
        account_id: Any = await self.admin.fetchval(
            "insert into auth.account (email) values ($1) returning account_id", email
        )
        await self.admin.execute(
            "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, $3, now())",
            *(tenant_id, account_id, role),
        )
        await self.admin.execute(
            "insert into auth.session (session_id, account_id, method, expires_at)"
            " values ($1, $1, 'tests', now() + interval '1 day')",
            account_id,
        )
        token = token_for(account_id, email)
        return {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(tenant_id)}

    async def upload(self, company: Company, kind: str, content: bytes, name: str = "file") -> dict[str, Any]:
        """Upload a file; gives the job."""
        answer = await self.api.post(
            f"/data/import/{kind}", files={"file": (name, content)}, headers=company.headers, timeout=120
        )
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def ended(self, company: Company, job: dict[str, Any], within: float = 90) -> dict[str, Any]:
        """The job once it has ended."""
        async with asyncio.timeout(within):
            while True:
                answer = await self.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)
                assert answer.status_code == 200, answer.text
                if answer.json()["status"] in ("completed", "failed", "cancelled"):
                    return answer.json()
                await asyncio.sleep(0.05)

    async def end_the_wait(self, job: dict[str, Any]) -> None:
        """Let the time for which a queued job waits be over."""
        await self.admin.execute(
            "update data.pgqueuer set execute_after = now()"
            " where id = (select queue_id from data.job where job_id = $1)",
            job["job_id"],
        )

    async def imported(self, company: Company, kind: str, content: bytes) -> dict[str, Any]:
        """Upload a file and wait for its job."""
        return await self.ended(company, await self.upload(company, kind, content))

    async def rows(self, tenant_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
        """Everything stored of a tenant's events, but for which batch brought it."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table in EVENT_TABLES:
            rows = await self.admin.fetch(
                f"select to_jsonb(e) - 'batch_id' - 'tenant_id' as row from data.{table} e"
                " where tenant_id = $1 order by event_ts, event_id",
                tenant_id,
            )
            found[table] = [tuple(row) for row in rows]
        return found

    async def told(self, company: Company) -> BatchRecorded:
        """The next batch of a company that is told of."""
        while True:
            tenant_id, batch = await self.batches.get()
            if tenant_id == company.tenant_id:
                return batch

    def told_so_far(self, company: Company) -> list[BatchRecorded]:
        """The batches of a company told of since the last look."""
        told = [self.batches.get_nowait() for _ in range(self.batches.qsize())]
        return [batch for tenant_id, batch in told if tenant_id == company.tenant_id]

    async def total(self, tenant_id: UUID) -> int:
        """How many events are stored of a tenant."""
        return sum(len(rows) for rows in (await self.rows(tenant_id)).values())


EVENT_TABLES = (
    *("page_view", "view_item", "add_to_cart", "purchase"),
    *("view_search_results", "no_search_results", "other_event"),
)


@asynccontextmanager
async def data_service(settings: Settings, database: MigratedDatabase) -> AsyncGenerator[Data]:
    """The service, running."""
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        with app_of(SPEC, settings) as app:
            async with client_of(app) as api:
                yield Data(api, admin, cast("ServiceContext", app.state.context))
    finally:
        await admin.close()


@asynccontextmanager
async def analytics_answers(settings: Settings, seen: Batches) -> AsyncGenerator[None]:
    """Answer each batch of events, users or marketing with the event that analytics sends once it is in the answers."""
    bus = await Bus.connect_when_ready(settings.nats_url, name="test-analytics")
    others = {kind.TYPE: kind for kind in (ChannelsChanged, MarketingRecorded, UsersChanged, RatesChanged)}

    async def answer(message: Any) -> None:
        event = msgspec.json.decode(message.data, type=RawEvent)
        if event.type == BatchRecorded.TYPE:
            batch = msgspec.json.decode(event.data, type=BatchRecorded)
            seen.put_nowait((event.tenant_id, batch))
        else:
            batch = msgspec.json.decode(event.data, type=others[event.type])
        assert batch.batch_id is not None
        reply = RawEvent(
            id=uuid4(),
            type=DayRefreshed.TYPE,
            tenant_id=event.tenant_id,
            occurred_at=now(),
            data=msgspec.Raw(msgspec.json.encode(DayRefreshed(batch_ids=[batch.batch_id], days=[]))),
        )
        await bus.publish(subject_of(reply.type, event.tenant_id), msgspec.json.encode(reply), str(reply.id))

    told = (BatchRecorded.TYPE, *others)
    subscriptions = [await bus.client.subscribe(f"evt.{kind}.*", cb=answer) for kind in told]
    try:
        yield
    finally:
        for subscription in subscriptions:
            await subscription.unsubscribe()
        await bus.close()


@asynccontextmanager
async def events_of(data: Data, company: Company, contract: type[ContractT]) -> AsyncGenerator[list[ContractT]]:
    """Every event of one type that is published of a company meanwhile."""
    seen: list[ContractT] = []

    async def keep(message: Any) -> None:
        event = msgspec.json.decode(message.data, type=RawEvent)
        seen.append(msgspec.json.decode(event.data, type=contract))

    subscription = await data.context.bus.client.subscribe(subject_of(contract.TYPE, company.tenant_id), cb=keep)
    try:
        yield seen
    finally:
        await subscription.unsubscribe()


async def publish(data: Data, tenant_id: UUID, contract: Contract) -> None:
    """Put an event of another service on the bus."""
    event = RawEvent(
        id=uuid4(),
        type=contract.TYPE,
        tenant_id=tenant_id,
        occurred_at=now(),
        data=msgspec.Raw(msgspec.json.encode(contract)),
    )
    await data.context.bus.publish(subject_of(event.type, tenant_id), msgspec.json.encode(event), str(event.id))
