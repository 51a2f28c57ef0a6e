"""What tests of the roads share: tenants, events that say which road brought them, and what is stored of them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from common.db import Connection, Database
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.events.record_events import Recorded, record_events
from services.data_service.store.events.restated_events import restate_events
from services.data_service.store.events.staged_batch import StagedBatch, batch_of
from services.data_service.store.events.staged_event import EVENT_TABLES, KIND_OF_NAME, StagedEvent
from services.data_service.store.events.tenant_day import tenant_day

EXPORT, DATA_API, HITS, POSTED, ORDERS = 1, 2, 3, 4, 5
NAMES = {EXPORT: "export", DATA_API: "api", HITS: "hits", POSTED: "posted", ORDERS: "orders"}
CHICAGO = ZoneInfo("America/Chicago")
DAY = date(2024, 4, 29)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Hit(NamedTuple):
    """A row as a road brings it: `number` tells it from the road's others at that time, `kind` is its table."""

    at: datetime
    number: int = 0
    kind: str = "page_view"
    user: str = ""

    def staged(self, road: int) -> StagedEvent:
        """As it is staged; no two roads tell of the same hit under one id."""
        said = f"{NAMES[road]} {self.number} {self.at.isoformat()} {self.kind}"
        subject = "T1" if self.kind == "purchase" else "term" if "search" in self.kind else ""
        kind = KIND_OF_NAME.get(self.kind, EVENT_TABLES.index("other_event"))
        return StagedEvent(
            kind=str(kind),
            event_us=str((self.at - _EPOCH) // timedelta(microseconds=1)),
            event_id=hashlib.sha256(said.encode()).hexdigest()[:32],
            user_pseudo_id=f"{NAMES[road]} device {self.number}",
            user_id=self.user,
            session_id="1",
            location_id="",
            page_location="",
            page_title="",
            subject=subject or (self.kind if kind == EVENT_TABLES.index("other_event") else ""),
            value="10" if self.kind == "purchase" else "",
            currency="",
            items="",
            extra='{"ga4_property": "1"}' if road == DATA_API else "",
        )


def at(day: date = DAY, hour: int = 12, minute: int = 0, zone: ZoneInfo = CHICAGO) -> datetime:
    """A time of a tenant's day, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def batch(road: int, hits: Iterable[Hit]) -> StagedBatch:
    """The hits as a road's batch."""
    return batch_of([hit.staged(road) for hit in hits])


@dataclass
class Roads:
    """The data service's way to the database, and an eye past the policies."""

    db: Database
    admin: Connection
    database: MigratedDatabase
    months: KnownMonths

    async def tenant(self, zone: str = "America/Chicago") -> UUID:
        """A new tenant."""
        return await add_tenant(self.database.superuser_dsn, time_zone=zone)

    async def bring(self, tenant_id: UUID, road: int, *hits: Hit) -> Recorded:
        """A road's batch, committed."""
        made = await self.prepared(road, *hits)
        async with self.db.tenant(tenant_id) as connection:
            return await record_events(connection, tenant_id, made, resolved_by=None, road=road)

    async def reread(self, tenant_id: UUID, day: date, *hits: Hit) -> Recorded:
        """All that the Data API tells of a day of Chicago's, committed."""
        made = await self.prepared(DATA_API, *hits) if hits else None
        async with self.db.tenant(tenant_id) as connection:
            return await restate(connection, tenant_id, day, made)

    async def prepared(self, road: int, *hits: Hit) -> StagedBatch:
        """A road's batch, with the partitions that it needs."""
        made = batch(road, hits)
        await self.months.ensure(self.db, made.months)
        return made

    async def stored(self, tenant_id: UUID) -> set[tuple[int, str, datetime]]:
        """Road, device and time of every row."""
        return {(row["road"], row["user_pseudo_id"], row["event_ts"]) for row in await self.rows(tenant_id)}

    async def roads(self, tenant_id: UUID) -> dict[int, int]:
        """How many rows each road has."""
        counted: dict[int, int] = {}
        for row in await self.rows(tenant_id):
            counted[row["road"]] = counted.get(row["road"], 0) + 1
        return counted

    async def rows(self, tenant_id: UUID) -> list[Any]:
        """Every row of the seven tables: event_id, event_ts, road, batch_id, user_pseudo_id."""
        found: list[Any] = []
        for table in EVENT_TABLES:
            found += await self.admin.fetch(
                f"select event_id, event_ts, road, batch_id, user_pseudo_id from data.{table}"
                " where tenant_id = $1 order by event_ts, event_id",
                tenant_id,
            )
        return found

    async def told(self, tenant_id: UUID) -> list[BatchRecorded]:
        """The batches told of since the last look, oldest first."""
        rows = await self.admin.fetch(
            "with taken as (delete from data.outbox where tenant_id = $1 returning occurred_at, payload)"
            " select payload from taken order by occurred_at",
            tenant_id,
        )
        return [msgspec.json.decode(row["payload"], type=BatchRecorded) for row in rows]

    async def owners(self, tenant_id: UUID) -> list[tuple[date, int]]:
        """Which road has which day."""
        rows = await self.admin.fetch(
            "select day, road from data.road_day where tenant_id = $1 order by starts_at", tenant_id
        )
        return [(row["day"], row["road"]) for row in rows]


async def restate(connection: Connection, tenant_id: UUID, day: date, made: StagedBatch | None) -> Recorded:
    """Make a batch all that the Data API tells of a day."""
    span = tenant_day(day, CHICAGO)
    return await restate_events(
        connection, tenant_id, "1", (span.starts_at, span.ends_at), made, resolved_by=None, job_id=uuid4()
    )


async def connected(database: MigratedDatabase) -> Roads:
    """Both connections, open."""
    db = await Database.connect(database.settings.dsn("data"), name="roads", max_size=12)
    return Roads(db, await asyncpg.connect(database.superuser_dsn), database, KnownMonths())
