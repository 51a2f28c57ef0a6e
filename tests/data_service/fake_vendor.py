"""A vendor for the tests of what all kinds share: each day has one campaign with as many clicks as the day's number."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel

from services.data_service.domain.backfill.backfill_plan import BackfillPlan, Lost, QuotaNeed
from services.data_service.domain.syncs.source_kinds import SourceKind
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess, SyncRun
from tests.data_service.harness import Company, Data

ONE_DAY = timedelta(days=1)


class Nothing(BaseModel):
    """No settings."""


@dataclass
class FakeVendor:
    """`asked` are the ranges that syncs came for; `answers` what is raised instead of a day, one after the other.

    `plans` is what is raised instead of a plan.
    """

    asked: list[tuple[date, date]] = field(default_factory=list[tuple[date, date]])
    data_types: list[frozenset[str] | None] = field(default_factory=list[frozenset[str] | None])
    answers: dict[date, list[Exception]] = field(default_factory=dict[date, list[Exception]])
    keeps_from: date = date(2000, 1, 1)
    days_per_piece: int = 2
    quota: QuotaNeed | None = None
    plans: list[Exception] = field(default_factory=list[Exception])
    at_work: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None
    phase: Callable[[str], None] = field(default=lambda _: None)

    def kind(self, name: str) -> SourceKind:
        """The vendor under the name of a kind."""
        return SourceKind(
            name=name,
            config=Nothing,
            secrets=Nothing,
            account="account",
            check=self.find_nothing,
            sync=self.sync,
            plan=self.plan,
        )

    async def find_nothing(self, access: SourceAccess) -> list[Finding]:
        del access
        return []

    async def plan(self, access: SourceAccess, first: date, last: date) -> BackfillPlan:
        del access
        if self.plans:
            raise self.plans.pop(0)
        days = (last - first).days + 1
        gone = (Lost("the vendor keeps no older days", first, self.keeps_from - ONE_DAY),)
        return BackfillPlan(
            requests=days,
            seconds=days * 0.5,
            days_per_piece=self.days_per_piece,
            quota=self.quota,
            lost=gone if first < self.keeps_from else (),
        )

    async def sync(self, run: SyncRun) -> None:
        if run.days is None:
            return
        first, day = run.days
        self.asked.append(run.days)
        self.data_types.append(run.data_types)
        self.at_work.set()
        if self.hold is not None:
            await self.hold.wait()
        while day >= first:
            if waiting := self.answers.get(day):
                raise waiting.pop(0)
            self.phase("before a page")
            await self._page(run, day)
            self.phase("after a page")
            day -= ONE_DAY

    async def _page(self, run: SyncRun, day: date) -> None:
        async with run.transaction() as connection:
            is_new = await connection.fetchval(
                "insert into data.ad_performance"
                " (tenant_id, platform, account_id, campaign_id, day, campaign_name, clicks, source_id)"
                " values ($1, 'fake', '1', '1', $2, 'the only one', $3, $4) on conflict do nothing returning true",
                *(run.tenant_id, day, day.day, run.source.source_id),
            )
            run.job.count({"ad_performance" if is_new else "unchanged": 1})
            await run.job.progress(1, 1, connection)


async def connect(data: Data, company: Company, kind: str = "woocommerce", status: str = "active") -> UUID:
    """A source of the company, without secrets."""
    source_id = uuid4()
    await data.admin.execute(
        "insert into data.source (tenant_id, source_id, kind, name, status) values ($1, $2, $3, 'a source', $4)",
        *(company.tenant_id, source_id, kind, status),
    )
    return source_id


async def days_stored(data: Data, company: Company) -> list[date]:
    """The days that are in, oldest first; each once, since a day is a key."""
    rows = await data.admin.fetch(
        "select day, clicks from data.ad_performance where tenant_id = $1 order by day", company.tenant_id
    )
    assert all(row["clicks"] == row["day"].day for row in rows)
    return [row["day"] for row in rows]


def days_from(first: date, last: date) -> list[date]:
    """Every day, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def order(source_id: UUID | None, first: date, last: date, **more: Any) -> dict[str, Any]:
    """The body that asks for these days."""
    source = {} if source_id is None else {"source_id": str(source_id)}
    return {**source, "start_date": str(first), "end_date": str(last), **more}
