"""`GET /data/quality`: what is known of how good the data are."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from common.http.context import Context
from common.http.json import JsonAnswer
from common.pagination import Page
from services.data_service.api.callers import Reader
from services.data_service.api.days import Days
from services.data_service.api.quality_shapes import QualityAnswer
from services.data_service.domain.data_quality import data_quality
from services.data_service.store.quality import FlagFilter

router = APIRouter(tags=["availability"])
Flag = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="such as `sampled`")]


@router.get(
    "/data/quality", summary="How good the data are", response_model=None, responses={200: {"model": QualityAnswer}}
)
async def get_quality(
    caller: Reader, context: Context, page: Page, days: Days, source_id: UUID | None = None, flag: Flag = None
) -> JsonAnswer:
    """What vendors say of their own numbers, by source, stream and day, newest first; 30 days with today unless told.

    Beside it: the share of flagged days, fields that nobody here knows, imports that left lines out, what became of
    Measurement Protocol hits, and how each source fares.
    """
    async with context.db.of(caller, readonly=True) as connection:
        asked = await days.of(connection, caller, with_today=True)
        wanted = FlagFilter(asked.first, asked.last, source_id, flag)
        return JsonAnswer(await data_quality(connection, caller.tenant_id, wanted, page))
