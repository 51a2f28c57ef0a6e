"""`GET /data/quality`: known limits of the data's quality."""

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
Flag = Annotated[
    str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="only days with this flag, such as `sampled`")
]


@router.get("/data/quality", summary="Get data quality", response_model=None, responses={200: {"model": QualityAnswer}})
async def get_quality(
    caller: Reader, context: Context, page: Page, days: Days, source_id: UUID | None = None, flag: Flag = None
) -> JsonAnswer:
    """List the days whose figures a vendor has flagged, by source and stream, newest first.

    By default the range is the last 30 days including today. The answer also has the share of flagged days, unknown
    fields that vendors send, imports that rejected lines, counts of Measurement Protocol hits, and the state of each
    source.
    """
    async with context.db.of(caller, readonly=True) as connection:
        asked = await days.of(connection, caller, with_today=True)
        wanted = FlagFilter(asked.first, asked.last, source_id, flag)
        return JsonAnswer(await data_quality(connection, caller.tenant_id, wanted, page))
