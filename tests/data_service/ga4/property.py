"""A property at the stand-in, the source that reads it, and its syncs."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from common.clock import now
from common.db.jsonb import to_jsonb
from common.jobs import JobContext
from services.data_service.domain.ga4.check import check
from services.data_service.domain.ga4.sync import sync
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess, SyncRun, TenantPlace
from services.data_service.store.syncs.sources import get_source, remove_source
from tests.data_service.harness import Company, Data
from tests.standins.ga4.held import HeldProperty
from tests.standins.ga4.server import Ga4Standin

ZONE = ZoneInfo("America/Chicago")
DIMENSIONS = {
    "user_pseudo_id": "customUser:client_id",
    "user_id": "customUser:crm_id",
    "ga_session_id": "customEvent:ga_session_id",
    "branch": "customEvent:branch",
}
FIRST = date(2024, 4, 1)
# The day that it is in the tests, which may run over a midnight: syncs of them begin at its noon.
TODAY = now().astimezone(ZONE).date()


@dataclass
class Property:
    """One property, one company, one source; `held` is what Google has."""

    data: Data
    google: Ga4Standin
    held: HeldProperty
    company: Company
    source_id: UUID

    @classmethod
    async def connect(
        cls,
        data: Data,
        google: Ga4Standin,
        custom_dimensions: dict[str, str] | None = None,
        company: Company | None = None,
    ) -> Self:
        """A new property with a company that reads it, a new one too; its branches come by the param `branch`."""
        custom = DIMENSIONS if custom_dimensions is None else custom_dimensions
        held = HeldProperty(str(uuid4().int % 10**9), custom_dimensions=frozenset(custom.values()))
        google.properties[held.property_id] = held
        company = company or await data.company("event_param:branch")
        property_ = cls(data, google, held, company, uuid4())
        await property_.connect_source(custom)
        return property_

    async def connect_source(self, custom_dimensions: dict[str, str] | None = None) -> None:
        """Have a new source read the property."""
        self.source_id = uuid4()
        custom = DIMENSIONS if custom_dimensions is None else custom_dimensions
        await self.data.admin.execute(
            "insert into data.source (tenant_id, source_id, kind, name, config) values ($1, $2, 'ga4', 'Shop', $3)",
            *(self.company.tenant_id, self.source_id),
            to_jsonb({"property_id": self.held.property_id, "custom_dimensions": custom}),
        )

    async def remove_source(self) -> None:
        """Remove the source."""
        async with self.data.context.db.tenant(self.company.tenant_id) as connection:
            await remove_source(connection, self.company.tenant_id, self.source_id)

    def happens(self, day: date, at: str, name: str, *, visitor: str = "d1", **more: Any) -> None:
        """Something that a visitor (a device of customer `u-…`, session 100) did at Omaha, by the property's clock."""
        local = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=ZONE)
        dimensions = {
            "customUser:client_id": visitor,
            "customUser:crm_id": f"u-{visitor}",
            "customEvent:ga_session_id": "100",
            "customEvent:branch": "Omaha",
            **more.pop("dimensions", {}),
        }
        self.held.add_event(local, name, dimensions, **more)

    async def run(self, **wanted: Any) -> JobContext:
        """A sync of what is wanted (`days`, `reads_window`, `data_types`), by a new job or by `job` once more."""
        job = wanted.pop("job", None) or await self.new_job()
        access = await self.access()
        wanted.setdefault("began_at", at_noon(TODAY))
        await sync(SyncRun(**vars(access), job=job, **wanted))
        return job

    async def test(self) -> list[Finding]:
        """What the source's test says."""
        return await check(await self.access())

    async def new_job(self) -> JobContext:
        """A job at work that nobody runs but the test."""
        job_id = uuid4()
        await self.data.admin.execute(
            "insert into data.job (tenant_id, job_id, kind, status, awaiting)"
            " values ($1, $2, 'sync.ga4', 'running', true)",
            *(self.company.tenant_id, job_id),
        )
        return JobContext(self.data.context, self.company.tenant_id, job_id, "sync.ga4", {}, 1)

    async def access(self) -> SourceAccess:
        """The source, open."""
        async with self.data.context.db.tenant(self.company.tenant_id) as connection:
            source = await get_source(connection, self.company.tenant_id, self.source_id)
        assert source is not None
        place = TenantPlace(ZONE, "USD", "US")
        return SourceAccess(self.data.context, self.company.tenant_id, source, place, {"credentials": "{}"})

    async def set_config(self, **config: Any) -> None:
        """Set the source up otherwise."""
        await self.data.admin.execute(
            "update data.source set config = config || $2 where source_id = $1", self.source_id, to_jsonb(config)
        )

    async def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the company; $1 stands for it."""
        return [tuple(row) for row in await self.data.admin.fetch(statement, self.company.tenant_id)]

    async def days_stored(self) -> list[date]:
        """The days of which a page view is stored, each as often as it is."""
        rows = await self.fetch("select event_ts from data.page_view where tenant_id = $1 order by event_ts")
        return [ts.astimezone(ZONE).date() for (ts,) in rows]

    async def an_hour_passes(self) -> None:
        """The ledger's hours end, and Google's tokens of the hour are whole again."""
        await self.data.admin.execute(
            "update data.quota_window set began_at = began_at - interval '1 hour'"
            " where tenant_id = $1 and span <> 'day'",
            self.company.tenant_id,
        )
        self.held.quota = replace(self.held.quota, hour=40_000, project_hour=14_000)

    async def a_day_passes(self) -> None:
        """The ledger's hours and days end, and all of Google's tokens are whole again."""
        await self.data.admin.execute(
            "update data.quota_window set began_at = began_at - interval '1 day' where tenant_id = $1",
            self.company.tenant_id,
        )
        self.held.quota = replace(self.held.quota, day=200_000, hour=40_000, project_hour=14_000)


def days(count: int) -> tuple[date, date]:
    """So many days from the first."""
    return FIRST, FIRST + timedelta(days=count - 1)


def at_noon(day: date) -> datetime:
    """Noon of the property's day, as an instant."""
    return datetime.combine(day, datetime.min.time().replace(hour=12), ZONE).astimezone(UTC)
