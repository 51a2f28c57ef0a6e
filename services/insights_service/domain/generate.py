"""Generating a tenant's insights: each finder looks and fails by itself, and what it found is kept before the next."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple
from uuid import UUID

from loguru import logger

from common.db import Connection
from common.db.outage import is_outage
from common.events import publish
from common.events.contracts.insights_insight_found import InsightFound
from common.http.context import ServiceContext
from common.jobs.kind import JobCancelled, JobHandedBack
from services.insights_service.domain.advise import advise
from services.insights_service.domain.anomalies.look_for_anomalies import find_in_series
from services.insights_service.domain.goals.look_at_goals import find_goals
from services.insights_service.domain.reword_insights import reword_insights
from services.insights_service.errors import AnalyticsAway, AnalyticsRefused
from services.insights_service.sources.analytics_api import budget_advice
from services.insights_service.store.alert_settings import drop_strangers, get_alert_settings
from services.insights_service.store.candidates import SERIES
from services.insights_service.store.finding import Findings
from services.insights_service.store.found import (
    end_others,
    forget_unshown,
    keep_found,
    keep_shown_to,
    lock_tenant,
    take_untold,
)
from services.insights_service.store.looks import done_by, keep_look
from services.insights_service.store.tenants import get_tenant

GENERATE_INSIGHTS_KIND: Final = "insights.generate"

# (how many finders are done, what came of the last one, the transaction that it is kept in)
Progress = Callable[[int, dict[str, int], Connection], Awaitable[None]]


class Finder(NamedTuple):
    """Something that looks: its name, as people read it, and how it does."""

    name: str
    find: Callable[[ServiceContext, UUID], Awaitable[Findings]]


async def find_budget_advice(service: ServiceContext, tenant_id: UUID) -> Findings:
    """Where to spend more and where less.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say.
    """
    advice = await budget_advice(service, tenant_id)
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, tenant_id)
        settings = await get_alert_settings(connection, tenant_id)
    return advise(advice, tenant, settings)


FINDERS: Final = (
    Finder("budget advice", find_budget_advice),
    Finder("goals", find_goals),
    Finder(SERIES, find_in_series),
)


async def generate(
    service: ServiceContext, tenant_id: UUID, progress: Progress, job_id: UUID | None = None
) -> dict[str, Exception]:
    """Have each finder look that has not done so for the job (where one is named) yet.

    Done again after a crash it comes out the same, and tells of nothing twice.

    Returns:
        Why those failed that did, by their names.

    Raises:
        JobCancelled, JobHandedBack: as `progress` does.
    """
    failed = dict[str, Exception]()
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        done = await done_by(connection, tenant_id, job_id) if job_id else set[str]()
    for finder in FINDERS:
        if finder.name in done:
            continue
        try:
            await _look(service, tenant_id, job_id, finder, len(done) + 1, progress)
        except (JobCancelled, JobHandedBack):
            raise
        except Exception as error:
            # (without the database nothing comes of the others either)
            if is_outage(error):
                raise
            is_known = isinstance(error, AnalyticsAway | AnalyticsRefused)
            logger.opt(exception=None if is_known else error).warning("{}: {}", finder.name, error)
            failed[finder.name] = error
        else:
            done.add(finder.name)
    await reword_insights(service, tenant_id)
    return failed


async def _look(
    service: ServiceContext, tenant_id: UUID, job_id: UUID | None, finder: Finder, number: int, progress: Progress
) -> None:
    findings = await finder.find(service, tenant_id)
    async with service.db.tenant(tenant_id) as connection:
        counts = await _keep(connection, service.name, tenant_id, findings)
        await keep_look(connection, tenant_id, finder.name, job_id, had_any=bool(findings.rules))
        await progress(number, counts, connection)
    service.wake_relay()


async def _keep(connection: Connection, service: str, tenant_id: UUID, findings: Findings) -> dict[str, int]:
    await lock_tenant(connection, tenant_id)
    await drop_strangers(connection, tenant_id)
    new, changed = await keep_found(connection, tenant_id, findings.found)
    await keep_shown_to(connection, tenant_id, findings.found)
    ended = await end_others(connection, tenant_id, findings)
    untold = await take_untold(connection, tenant_id)
    for told in untold:
        await publish(connection, service, InsightFound(**told), tenant_id)
    await forget_unshown(connection, tenant_id)
    return {"found": len(findings.found), "new": new, "changed": changed, "ended": ended, "told": len(untold)}
