"""The route `/api/analytics/reports`: the list of reports, and each report as a file."""

from collections.abc import Iterator
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from common.http.context import Context
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.marketing_query import PlatformsQuery
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.domain.report_kinds import REPORTS, ReportFormat, ReportKind
from services.analytics_service.domain.write_report import write_report
from services.analytics_service.errors import ReportInvalid
from services.analytics_service.store.report_rows import report_rows

router = APIRouter(prefix="/api/analytics", tags=["reports"])
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA_TYPES: dict[ReportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": _XLSX,
    "parquet": "application/vnd.apache.parquet",
}
_CHUNK_BYTES = 64 * 1024


@router.get(
    "/reports",
    summary="Reports",
    response_model=None,
    responses={
        200: {"content": {"application/json": {}, "text/csv": {}, _XLSX: {}, "application/vnd.apache.parquet": {}}}
    },
)
async def reports(
    request: Request,
    query: PlatformsQuery,
    context: Context,
    page: Page,
    kind: ReportKind | None = None,
    file_format: Annotated[ReportFormat | None, Query(alias="format")] = None,
) -> Response:
    """List the reports; with `format`, return the report of that `kind` as a file.

    Rows are ordered by day, platform and campaign. Money has two decimals, rounded per row. Rows of leads without a
    campaign have an empty `campaign_ref` and no name. All formats hold the same rows; in a CSV, a text that a
    spreadsheet would run as a formula is prefixed with an apostrophe. A sheet has at most 200,000 rows.
    """
    days = await query.days()
    if file_format is None:
        found = [report for report in _report_list() if kind in (None, report["kind"])]
        return etagged(request, page_answer(found[page.offset :][: page.limit], len(found), page))
    if kind is None:
        raise ReportInvalid.of("kind", f"kind must be one of {', '.join(REPORTS)}")
    columns = REPORTS[kind].columns
    async with context.db.of(query.caller, readonly=True) as connection:
        chunks = report_rows(connection, query.caller.tenant_id, days, query.platforms, columns)
        file = await write_report(file_format, columns, chunks)
        quality = await quality_header(connection, query.caller.tenant_id, days)
    name = f"{kind}-{days.start}-{days.end}.{file_format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Data-Quality": quality,
    }
    return StreamingResponse(_file_chunks(file), media_type=_MEDIA_TYPES[file_format], headers=headers)


def _report_list() -> list[dict[str, Any]]:
    return [
        {"kind": kind, "title": report.title, "columns": report.columns, "formats": list(_MEDIA_TYPES)}
        for kind, report in REPORTS.items()
    ]


def _file_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
