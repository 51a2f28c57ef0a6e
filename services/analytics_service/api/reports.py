"""`/api/analytics/reports`: which reports there are, and each as a file."""

from collections.abc import Iterator
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from common.http.context import Context
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asking
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.domain.report_kinds import REPORTS, ReportFormat, ReportKind
from services.analytics_service.domain.write_report import write_report
from services.analytics_service.errors import ReportInvalid
from services.analytics_service.store.report_rows import report_rows

router = APIRouter(prefix="/api/analytics", tags=["reports"])
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA: dict[ReportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": _SHEET,
    "parquet": "application/vnd.apache.parquet",
}
_CHUNK = 64 * 1024


@router.get(
    "/reports",
    summary="Reports",
    response_model=None,
    responses={
        200: {"content": {"application/json": {}, "text/csv": {}, _SHEET: {}, "application/vnd.apache.parquet": {}}}
    },
)
async def reports(
    request: Request,
    asked: Asking,
    context: Context,
    page: Page,
    kind: ReportKind | None = None,
    file_format: Annotated[ReportFormat | None, Query(alias="format")] = None,
) -> Response:
    """Without `format` which reports there are; with it the one of that `kind`, as a file.

    Rows are in order of day, platform and campaign; money has two decimals, each row rounded by itself. What belongs to
    no campaign has an empty `campaign_ref` and no name. All formats say the same, but that in a CSV what a spreadsheet
    would run as a formula has an apostrophe before it. A sheet has at most 200,000 rows.
    """
    days = await asked.days()
    if file_format is None:
        found = [one for one in _listed() if kind in (None, one["kind"])]
        return etagged(request, page_answer(found[page.offset :][: page.limit], len(found), page))
    if kind is None:
        raise ReportInvalid.of("kind", f"say which: {', '.join(REPORTS)}")
    columns = REPORTS[kind].columns
    async with context.db.of(asked.caller, readonly=True) as connection:
        pieces = report_rows(connection, asked.caller.tenant_id, days, asked.platforms, columns)
        file = await write_report(file_format, columns, pieces)
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    name = f"{kind}-{days.start}-{days.end}.{file_format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Data-Quality": quality,
    }
    return StreamingResponse(_read(file), media_type=_MEDIA[file_format], headers=headers)


def _listed() -> list[dict[str, Any]]:
    return [
        {"kind": kind, "title": report.title, "columns": report.columns, "formats": list(_MEDIA)}
        for kind, report in REPORTS.items()
    ]


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece
