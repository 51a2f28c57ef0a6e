"""Find what stands out in a tenant's series: read them by the hour and by the day, judge them, and describe it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from common.db import Connection
from services.insights_service.domain.anomalies.heard_again import late_sources_ended
from services.insights_service.domain.anomalies.judged_series import LATE_RULE, METRICS, Read, Special, rule_of
from services.insights_service.domain.anomalies.ratio_metrics import RATIO_METRICS
from services.insights_service.domain.anomalies.readers import readers_of
from services.insights_service.domain.anomalies.remembered import Remembered
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between, midnight
from services.insights_service.domain.detection.step_to_judge import FEWEST_AN_HOUR
from services.insights_service.domain.look import Look
from services.insights_service.domain.reasons.find_reasons import find_reasons
from services.insights_service.domain.reasons.found_reasons import Reasons
from services.insights_service.domain.words.country_language import language_of
from services.insights_service.domain.words.ended import anomaly_ended
from services.insights_service.domain.zones import zone_of
from services.insights_service.start import remembered_of
from services.insights_service.store.alert_settings import get_alert_settings
from services.insights_service.store.candidates import (
    get_declared_days,
    get_past_findings,
    keep_candidates,
)
from services.insights_service.store.feedback import list_rules, own_voices
from services.insights_service.store.finding import Findings, Found
from services.insights_service.store.series import (
    MOST_SERIES,
    Coverage,
    get_daily_series,
    get_hourly_series,
    get_part_hours,
)

if TYPE_CHECKING:
    from services.insights_service.domain.anomalies.judge import Judged

_RULES: Final = [*(rule_of(metric) for metric in (*METRICS, *RATIO_METRICS)), LATE_RULE]
# Hours need enough weeks for a weekly profile, and days a year.
_HOURLY_DAYS: Final = 70
_DAILY_DAYS: Final = 400
# Enough of the hours that nobody keeps, three weeks for a season and the one that is judged; and of how many.
_PARTS_DAYS: Final = 28
_MOST_PARTS: Final = 30


async def find_in_series(look: Look) -> Findings:
    """Return the anomalies, level shifts and late sources of a tenant."""
    service, tenant_id, coverage, late = look.service, look.tenant_id, await look.coverage(), await look.late()
    if coverage.told_until is None:
        # Nothing was ever counted.
        return Findings([], [], "")
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        read = await _read(connection, tenant_id, coverage, min(coverage.told_until, look.moment))
    if read is None:
        return Findings([], [], "")
    # Judging takes about a second of computation, so it runs in a thread.
    judged = await asyncio.to_thread(_judged, read, look.moment, remembered_of(service))
    reasons = await find_reasons(service, tenant_id, judged)
    found = await asyncio.to_thread(_told, judged, reasons)
    async with service.db.tenant(tenant_id) as connection:
        await keep_candidates(connection, tenant_id, judged.candidates)
    look.found_late(judged.late_now)
    language, zone = language_of(coverage.country, coverage.language), coverage.time_zone
    ended_as = {cause: anomaly_ended(language, zone, over) for cause, over in judged.over.items()}
    ended_as |= late_sources_ended(late, read, language)
    return Findings(found, _RULES, anomaly_ended(language, zone), ended_as)


async def _read(connection: Connection, tenant_id: UUID, coverage: Coverage, told: datetime) -> Read | None:
    """Read all that is judged; None if no day is over yet."""
    zone, until = zone_of(coverage.time_zone), told.astimezone(UTC)
    today = until.astimezone(zone).date()
    first_hour = _later(today - timedelta(_HOURLY_DAYS), coverage.hours_from)
    first_day = _later(today - timedelta(_DAILY_DAYS), coverage.days_from)
    hours, days = hours_between(first_hour, until, zone), days_between(first_day, today, zone)
    if not len(days):
        return None
    begin = midnight(first_hour, zone)
    hourly = await get_hourly_series(connection, tenant_id, begin, hours.begin(len(hours)))
    parts_from = max(first_hour, today - timedelta(_PARTS_DAYS))
    most = min(MOST_SERIES - sum(not one.is_part for one in hourly), _MOST_PARTS)
    hourly += await get_part_hours(connection, tenant_id, begin, parts_from, today, FEWEST_AN_HOUR, most)
    daily = await get_daily_series(connection, tenant_id, first_day, today)
    declared = await get_declared_days(connection, tenant_id, first_day)
    said = {one["rule"]: (int(one["useful"]), int(one["noise"])) for one in await list_rules(connection, tenant_id)}
    settings, past = await get_alert_settings(connection, tenant_id), await get_past_findings(connection, tenant_id)
    own = await own_voices(connection, tenant_id, [one.account_id for one in settings.recipients])
    return Read(
        coverage,
        (hours, days),
        (hourly, daily),
        [Special(_days_of(one.first_day, one.last_day, today), one.channel, one.location_id) for one in declared],
        past,
        readers_of(settings, past, said, own),
    )


def _later(one: date, other: date | None) -> date:
    return one if other is None else max(one, other)


def _days_of(first: date, last: date, today: date) -> list[date]:
    since = max(first, today - timedelta(_DAILY_DAYS))
    return [since + timedelta(step) for step in range((min(last, today) - since).days + 1)]


def _judged(read: Read, moment: datetime, remembered: Remembered) -> Judged:
    # Importing scipy takes half a second and 35 MB, so it happens in this thread, when something is first judged.
    from services.insights_service.domain.anomalies.judge import judge  # noqa: PLC0415

    return judge(read, moment, remembered)


def _told(judged: Judged, reasons: Reasons) -> list[Found]:
    from services.insights_service.domain.anomalies.judge import tell  # noqa: PLC0415

    return tell(judged, reasons)
