"""Write the rejected lines of an import as a CSV that can be corrected and imported again."""

import csv
from collections.abc import AsyncGenerator
from io import StringIO
from typing import Final
from uuid import UUID

from common.http.context import ServiceContext
from common.spreadsheet_safe import safe_cell
from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE
from services.data_service.domain.csv_files.rejects_file import OWN_COLUMNS, is_rejects_file
from services.data_service.store.files.import_files import ImportFile, rejects_after

_AT_A_TIME: Final = 1_000
# Without a byte order mark, spreadsheets assume a legacy encoding.
_MARK: Final = "\ufeff"


async def rejects_csv(context: ServiceContext, tenant_id: UUID, file: ImportFile) -> AsyncGenerator[str]:
    """Yield `line`, `reason` and the original columns; a last line without a number counts the rejects not kept."""
    columns = file.columns or ["row"]
    # A rejects file that was imported again already has our own columns.
    own = len(OWN_COLUMNS) if is_rejects_file(columns) else 0
    yield _MARK + _csv_line([*OWN_COLUMNS, *columns[own:]])
    line = told = 0
    while True:
        async with context.db.tenant(tenant_id, readonly=True) as connection:
            rejects = await rejects_after(connection, tenant_id, file.job_id, line, _AT_A_TIME)
        if not rejects:
            break
        yield "".join(
            _csv_line([str(reject.line), reject.reason, *_without(own, reject.original)]) for reject in rejects
        )
        line = rejects[-1].line
        told += len(rejects)
    if (missing := file.counts.get("rejected", 0) - told) > 0:
        # For ads, the missing lines may belong to the same days as the kept ones, which must be imported whole.
        then = ": correct the whole file" if file.kind == CAMPAIGN_PERFORMANCE else ""
        yield _csv_line(["", f"{missing:,} more lines were rejected; they are not kept{then}"])


def _without(own: int, original: list[str]) -> list[str]:
    """Drop our own columns from a line, unless it could not be split into cells."""
    return original[own:] if len(original) > own else original


def _csv_line(cells: list[str]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()
