"""`X-Data-Quality`: what an answer of fixed shape says of its figures beside them."""

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

# Nothing of single visits leaves younger than this (auth's settings say 90).
_NEVER_GONE: Final = timedelta(days=85)


async def quality_header(connection: Connection, tenant_id: UUID, days: DateRange, days_before: int = 0) -> str:
    """Its value, of the rows that the same transaction answers from; `days_before`: it looks so far back, too."""
    note = quality_note(await get_data_quality(connection, tenant_id, days), days, days_before)
    return _ascii(note)


async def dropped_header(connection: Connection, tenant_id: UUID, since: date) -> str:
    """For lists of single visits: what of their time has left, and nothing where nothing has."""
    if since > now().date() - _NEVER_GONE:
        return ""
    note = dropped_note(await get_kept_from(connection, tenant_id), since)
    return _ascii({"dropped_before": note}) if note["events"] else ""


def _ascii(note: object) -> str:
    return bytes(JsonAnswer(note).body).decode("ascii")
