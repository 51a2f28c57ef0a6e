"""Generation of a tenant's insights: the finders run one after another, and each stores its findings or fails alone."""

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
from services.insights_service.store.alert_settings import delete_former_recipients, get_alert_settings
from services.insights_service.store.campaign_days import CampaignDays, get_campaign_days
from services.insights_service.store.candidates import SERIES
from services.insights_service.store.finding import Findings, Unseen
from services.insights_service.store.found import (
    end_others,
    forget_unshown,
    keep_found,
    keep_shown_to,
    lock_tenant,
    take_unannounced,
)
from services.insights_service.store.looks import done_by, keep_look
from services.insights_service.store.tenants import get_tenant

GENERATE_INSIGHTS_KIND: Final = "insights.generate"

# Takes the number of finders done, the counts of the last one, and the transaction that stores its findings.
Progress = Callable[[int, dict[str, int], Connection], Awaitable[None]]


class Finder(NamedTuple):
    """A finder: its name, which people read in a job's note, and its function."""

    name: str
    find: Callable[[Look], Awaitable[Findings]]


async def find_budget_advice(look: Look) -> Findings:
    """Find the recommendations on which campaigns should spend more and which less.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not return its advice.
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
    """Read the days of the advised campaigns, from the first to the last day that any of the advice covers."""
    if not advice:
        return {}
    campaigns = [(campaign.platform, campaign.campaign_ref) for campaign in advice]
    first, last = min(campaign.first_day for campaign in advice), max(campaign.last_day for campaign in advice)
    return await get_campaign_days(connection, tenant_id, campaigns, first, last)


# The series come first: they find the late sources, which advice and goals take into account.
FINDERS: Final = (
    Finder(SERIES, find_in_series),
    Finder("budget advice", find_budget_advice),
    Finder("goals", find_goals),
)


async def generate(
    service: ServiceContext, tenant_id: UUID, progress: Progress, job_id: UUID | None = None
) -> dict[str, Exception]:
    """Run each finder that is not done yet for the job (all of them without a job), then reword what is shown.

    Running again after a crash gives the same result and announces nothing twice.

    Returns:
        The errors by the name of the finder that failed, or by "finder: thing" if it could not look at one thing.

    Raises:
        JobCancelled, JobHandedBack: raised by `progress`.
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
            # Without the database the other finders would fail too.
            if is_outage(error):
                raise
            failed[finder.name] = error
        else:
            failed |= {f"{finder.name}: {thing.name}": thing.error for thing in unseen}
            if not unseen:
                done.add(finder.name)
    for name, error in failed.items():
        is_known = isinstance(error, AnalyticsAway | AnalyticsRefused)
        logger.opt(exception=None if is_known else error).warning("{}: {}", name, error)
    await reword_insights(service, tenant_id)
    return failed


async def _find(look: Look, job_id: UUID | None, finder: Finder, done: int, progress: Progress) -> Sequence[Unseen]:
    """Run a finder and store its findings. Return what it could not look at, for which it has to run again."""
    findings = await finder.find(look)
    is_done = not findings.unseen
    async with look.service.db.tenant(look.tenant_id) as connection:
        counts = await _store(connection, look.service.name, look.tenant_id, findings)
        if is_done:
            await keep_look(connection, look.tenant_id, finder.name, job_id, had_any=bool(findings.rules))
        # A finder that runs again finds the same again, which must not be counted twice.
        await progress(done + is_done, counts if is_done else {**counts, "found": 0}, connection)
    look.service.wake_relay()
    return findings.unseen


async def _store(connection: Connection, service: str, tenant_id: UUID, findings: Findings) -> dict[str, int]:
    """Store findings, end the insights that were not found again, and announce what is newly shown."""
    await lock_tenant(connection, tenant_id)
    await delete_former_recipients(connection, tenant_id)
    new, changed = await keep_found(connection, tenant_id, findings.found)
    await keep_shown_to(connection, tenant_id, findings.found)
    ended = await end_others(connection, tenant_id, findings)
    unannounced = await take_unannounced(connection, tenant_id)
    for insight in unannounced:
        await publish(connection, service, InsightFound(**insight), tenant_id)
    await forget_unshown(connection, tenant_id)
    return {"found": len(findings.found), "new": new, "changed": changed, "ended": ended, "told": len(unannounced)}
