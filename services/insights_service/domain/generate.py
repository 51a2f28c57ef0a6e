"""Generating a tenant's insights: each finder looks and fails by itself, and what it found is kept before the next."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from loguru import logger

from common.db import Connection
from common.db.outage import is_outage
from common.events import publish
from common.events.contracts.insights_insight_found import InsightFound
from common.http.context import ServiceContext
from common.jobs import JobCancelled, JobHandedBack
from services.insights_service.domain.advise import advise
from services.insights_service.domain.anomalies.look_for_anomalies import find_in_series
from services.insights_service.domain.ask_for_advice import ask_for_advice
from services.insights_service.domain.goals.look_at_goals import find_goals
from services.insights_service.domain.look import Look
from services.insights_service.domain.reword_insights import reword_insights
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.errors import AnalyticsAway, AnalyticsRefused
from services.insights_service.sources.analytics_api import BudgetAdvice
from services.insights_service.store.alert_settings import drop_strangers, get_alert_settings
from services.insights_service.store.campaign_days import CampaignDays, get_campaign_days
from services.insights_service.store.candidates import SERIES
from services.insights_service.store.finding import Findings, Unseen
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
    find: Callable[[Look], Awaitable[Findings]]


async def find_budget_advice(look: Look) -> Findings:
    """Where to spend more and where less.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say.
    """
    async with look.service.db.tenant(look.tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, look.tenant_id)
    told = ToldDays(await look.coverage(), await look.late(), tenant.today, look.moment)
    advice = await ask_for_advice(look.service, look.tenant_id, told.late_since("leads"))
    async with look.service.db.tenant(look.tenant_id, readonly=True) as connection:
        settings = await get_alert_settings(connection, look.tenant_id)
        days = await _days_of(connection, look.tenant_id, advice)
    return advise(advice, days, tenant, settings)


async def _days_of(connection: Connection, tenant_id: UUID, advice: Sequence[BudgetAdvice]) -> CampaignDays:
    """The days that advice rests on, of all of it."""
    if not advice:
        return {}
    campaigns = [(one.platform, one.campaign_ref) for one in advice]
    first, last = min(one.first_day for one in advice), max(one.last_day for one in advice)
    return await get_campaign_days(connection, tenant_id, campaigns, first, last)


# (advice and goals go by the sources that are late, which the series say)
FINDERS: Final = (
    Finder(SERIES, find_in_series),
    Finder("budget advice", find_budget_advice),
    Finder("goals", find_goals),
)


async def generate(
    service: ServiceContext, tenant_id: UUID, progress: Progress, job_id: UUID | None = None
) -> dict[str, Exception]:
    """Have each finder look that has not done so for the job (where one is named) yet.

    Done again after a crash it comes out the same, and tells of nothing twice.

    Returns:
        Why those failed that did, by their names, and what one of them could not look at, by its name and that.

    Raises:
        JobCancelled, JobHandedBack: as `progress` does.
    """
    failed = dict[str, Exception]()
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        done = await done_by(connection, tenant_id, job_id) if job_id else set[str]()
    look = Look(service, tenant_id)
    for finder in FINDERS:
        if finder.name in done:
            continue
        try:
            unseen = await _find(look, job_id, finder, len(done), progress)
        except (JobCancelled, JobHandedBack):
            raise
        except Exception as error:
            # (without the database nothing comes of the others either)
            if is_outage(error):
                raise
            failed[finder.name] = error
        else:
            failed |= {f"{finder.name}: {one.name}": one.error for one in unseen}
            if not unseen:
                done.add(finder.name)
    for name, error in failed.items():
        is_known = isinstance(error, AnalyticsAway | AnalyticsRefused)
        logger.opt(exception=None if is_known else error).warning("{}: {}", name, error)
    await reword_insights(service, tenant_id)
    return failed


async def _find(look: Look, job_id: UUID | None, finder: Finder, done: int, progress: Progress) -> Sequence[Unseen]:
    """Have it look, and keep what it found; what it could not look at, for which it has to look again."""
    findings = await finder.find(look)
    is_done = not findings.unseen
    async with look.service.db.tenant(look.tenant_id) as connection:
        counts = await _keep(connection, look.service.name, look.tenant_id, findings)
        if is_done:
            await keep_look(connection, look.tenant_id, finder.name, job_id, had_any=bool(findings.rules))
        # (what it looks at again it finds again)
        await progress(done + is_done, counts if is_done else {**counts, "found": 0}, connection)
    look.service.wake_relay()
    return findings.unseen


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
