"""What tests of sources share: a vendor of the tests' own in the place of Meta's, and sources of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.data_service.domain.syncs.plan_syncs import plan_syncs
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess, SyncRun
from tests.data_service.harness import Company, Data

META = {"config": {"account_id": "4242"}, "secrets": {"access_token": "EAAsecret"}}


@dataclass
class Vendor:
    """Answers each sync with the next of `answers` (an error is raised), then with nothing to complain about.

    `runs` are the syncs that began. While `is_open` is not set they wait, which `waiting` tells of.
    """

    answers: list[Exception | None] = field(default_factory=list[Exception | None])
    findings: list[Finding] = field(default_factory=lambda: [Finding(ok=True, text="All is well.")])
    runs: list[SyncRun] = field(default_factory=list[SyncRun])
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def sync(self, run: SyncRun) -> None:
        self.runs.append(run)
        self.waiting.set()
        await self.is_open.wait()
        async with run.transaction() as connection:
            await run.move(connection, "days", len(self.runs))
            run.job.count({"days": 1})
            await run.job.progress(1, 1, connection)
        if self.answers and (error := self.answers.pop(0)) is not None:
            raise error

    async def test(self, access: SourceAccess) -> list[Finding]:
        del access
        if self.answers and (error := self.answers.pop(0)) is not None:
            raise error
        return self.findings


@dataclass
class Connected:
    """A source of a company, whose vendor is the tests' own."""

    data: Data
    company: Company
    vendor: Vendor
    source: dict[str, Any]

    @property
    def url(self) -> str:
        """Where it is found."""
        return f"/data/sources/{self.source['id']}"

    async def state(self) -> dict[str, Any]:
        """The source as its owner sees it now."""
        answer = await self.data.api.get(self.url, headers=self.company.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def put(self, **changes: Any) -> dict[str, Any]:
        """Change it."""
        answer = await self.data.api.put(self.url, json=changes, headers=self.company.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def asked(self, **order: Any) -> dict[str, Any]:
        """Ask for a sync now; gives the job once it has ended."""
        answer = await self.data.api.post("/api/sync/meta-ads", json=order, headers=self.company.headers)
        assert answer.status_code == 202, answer.text
        return await self.data.ended(self.company, answer.json())

    async def fell_due(self) -> dict[str, Any]:
        """Let its time come, and the schedule look as often as need be; gives the job once it has ended."""
        before = await self.job_id()
        await self.make_due()
        async with asyncio.timeout(20):
            await plan_syncs(self.data.context.db)
            while (job_id := await self.job_id()) == before:
                await asyncio.sleep(0.02)
                await plan_syncs(self.data.context.db)
        return await self.data.ended(self.company, {"job_id": job_id})

    async def first_sync(self) -> dict[str, Any]:
        """The job that began when it was connected, once it has ended."""
        return await self.data.ended(self.company, {"job_id": await self.job_id()})

    async def make_due(self) -> None:
        """Let its time come."""
        await self.set("next_sync_at = now() - interval '1 second'")

    async def set(self, assignment: str) -> None:
        """Change its row past the policies."""
        await self.data.admin.execute(f"update data.source set {assignment} where source_id = $1", self.id)

    async def job_id(self) -> UUID | None:
        """Its last sync."""
        return await self.data.admin.fetchval("select sync_job_id from data.source where source_id = $1", self.id)

    @property
    def id(self) -> UUID:
        """Its id."""
        return UUID(self.source["id"])


async def connect(data: Data, vendor: Vendor, company: Company | None = None) -> Connected:
    """Connect a source of the tests' vendor to a (new) company."""
    company = company or await data.company(role="admin")
    body = {"kind": "meta_ads", "name": "Our ads", **META}
    answer = await data.api.post("/data/sources", json=body, headers=company.headers)
    assert answer.status_code == 201, answer.text
    return Connected(data, company, vendor, answer.json())
