"""The header `X-Data-Quality`, which describes how reliable an answer's figures are, as JSON."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.clock import now
from common.db import Connection
from common.http.json import JsonAnswer
from services.analytics_service.domain.quality_notes import dropped_note, quality_note
from services.analytics_service.store.data_quality import get_data_quality
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.retention import get_kept_from

# The auth service's settings keep events for at least 90 days, so younger ones are never dropped.
_ALWAYS_KEPT: Final = timedelta(days=85)


async def quality_header(connection: Connection, tenant_id: UUID, days: DateRange, days_before: int = 0) -> str:
    """Return the header's value for the range `days`.

    Call it in the transaction that reads the answer, so that both see the same rows. `days_before` is how many days
    before the range the answer also reads, for example for a comparison.
    """
    note = quality_note(await get_data_quality(connection, tenant_id, days), days, days_before)
    return _ascii_json(note)


async def dropped_header(connection: Connection, tenant_id: UUID, since: date) -> str:
    """Return the header's value for a list of visits from `since` on: "" unless some of its events were dropped."""
    if since > now().date() - _ALWAYS_KEPT:
        return ""
    note = dropped_note(await get_kept_from(connection, tenant_id), since)
    return _ascii_json({"dropped_before": note}) if note["events"] else ""


def _ascii_json(note: object) -> str:
    return bytes(JsonAnswer(note).body).decode("ascii")
