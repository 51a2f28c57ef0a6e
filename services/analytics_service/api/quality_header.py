"""`X-Data-Quality`: what an answer of fixed shape says of its figures beside them."""

from uuid import UUID

from common.db import Connection
from common.http.json import JsonAnswer
from services.analytics_service.domain.quality_notes import quality_note
from services.analytics_service.store.data_quality import get_data_quality
from services.analytics_service.store.day_range import DateRange


async def quality_header(connection: Connection, tenant_id: UUID, days: DateRange) -> str:
    """Its value, of the rows that the same transaction answers from."""
    note = quality_note(await get_data_quality(connection, tenant_id, days), days)
    return bytes(JsonAnswer(note).body).decode("ascii")
