"""Preview an import by running it in a transaction that is rolled back."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from common.auth.principal import Principal
from common.db import Connection
from common.http.context import ServiceContext
from services.data_service.domain.csv_files.kinds import FILE_KINDS
from services.data_service.domain.csv_files.plan import UNTIL, FilePlan
from services.data_service.domain.csv_files.rejects_file import OWN_COLUMNS, is_rejects_file
from services.data_service.domain.files.read_chunk import ReadChunk, ReadOrder
from services.data_service.domain.files.reader_process import chunks_of
from services.data_service.domain.files.stored_rows import stored_rows
from services.data_service.domain.files.take_chunk import Counts, add_counts, take_chunk
from services.data_service.errors import PreviewInterrupted
from services.data_service.store.events.months import KnownMonths, MonthNotMade
from services.data_service.store.events.record_events import LocationRuleChanged
from services.data_service.store.files.rejected_line import RejectedLine
from services.data_service.store.files.undone import undone

SHOWN_ROWS: Final = 10
SHOWN_REJECTS: Final = 20
# A preview is bounded because it holds a place, a transaction and the rows that it touches.
PREVIEW_SECONDS: Final = 20
# The part of that time in which it may keep the tenant's other writers of ads waiting. Days of ads are written only
# after the whole file has been read.
AD_TURN_SECONDS: Final = 5
# No job has this id; rows that refer to it are rolled back as well.
_NO_JOB: Final = UUID(int=0)
_SEPARATOR_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


async def preview_file(
    service: ServiceContext, caller: Principal, order: ReadOrder, plan: FilePlan | None
) -> dict[str, Any]:
    """Return the body of the preview's answer.

    After PREVIEW_SECONDS it covers only what was read by then, and its `problem` says so. `plan` is made from the
    beginning of a CSV, and is used until the whole file has been scanned.

    Raises:
        PreviewInterrupted: others hold the rows, or the tenant's location rule changes meanwhile.
    """
    preview = Preview(order.kind, plan)
    months: KnownMonths = service.extras["months"]
    limit = asyncio.timeout(PREVIEW_SECONDS)
    try:
        async with limit, chunks_of(order) as chunks, undone(service.db, caller) as connection:
            async for chunk in chunks:
                if chunk.ads:
                    turn_ends = asyncio.get_running_loop().time() + AD_TURN_SECONDS
                    limit.reschedule(min(limit.when() or 0, turn_ends))
                if chunk.events:
                    # Rows of a month without a partition of its own would lock the one that creating it needs.
                    with suppress(MonthNotMade):
                        await months.ensure(service.db, chunk.events.months, tries=1)
                await preview.see(connection, caller.tenant_id, chunk, order.location_source)
    except LocationRuleChanged as changed:
        raise PreviewInterrupted from changed
    except TimeoutError:
        if not limit.expired():
            raise
        preview.problem = (
            f"the file takes longer to read than the {PREVIEW_SECONDS} seconds of a preview (for days of ads"
            f" {AD_TURN_SECONDS} seconds): this is what was seen by then; its import reads it to its end"
        )
    return preview.answer()


@dataclass
class Preview:
    """The result of a preview so far."""

    kind: str
    plan: FilePlan | None = None
    counts: Counts = field(default_factory=dict[str, int])
    rejects: list[RejectedLine] = field(default_factory=list[RejectedLine])
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    problem: str = ""

    async def see(self, connection: Connection, tenant_id: UUID, chunk: ReadChunk, rule: str | None) -> None:
        """Add a chunk, within a transaction that the caller rolls back."""
        self.plan = chunk.plan or self.plan
        self.problem = chunk.problem
        taken = await take_chunk(connection, tenant_id, _NO_JOB, self.kind, chunk, rule)
        self.counts = add_counts(self.counts, taken.counts)
        self.rejects += taken.rejects[: SHOWN_REJECTS - len(self.rejects)]
        self.rows += stored_rows(self.kind, chunk, taken, SHOWN_ROWS - len(self.rows))

    def answer(self) -> dict[str, Any]:
        """Return the answer's body."""
        counts = self.counts
        told = ("changed", "duplicates", "superseded", "replaced", "too_old", "filled", "rejected", "totals")
        return {
            "kind": self.kind,
            **_plan_shown(self.kind, self.plan),
            "counts": counts,
            "new": sum(count for name, count in counts.items() if name not in told),
            "changed": counts.get("changed", 0),
            "unchanged": counts.get("duplicates", 0),
            "rejected": counts.get("rejected", 0),
            "totals": counts.get("totals", 0),
            "rejects": [{"line": one.line, "reason": one.reason, "original": one.original} for one in self.rejects],
            "rows": self.rows,
            "problem": self.problem or None,
        }


def _plan_shown(kind: str, plan: FilePlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    others = enumerate(plan.header) if FILE_KINDS[kind].keeps_others else ()
    places = {column.place for column in plan.columns}
    if is_rejects_file(plan.header):
        places |= set(range(len(OWN_COLUMNS)))
    return {
        "encoding": plan.encoding,
        "separator": _SEPARATOR_NAMES[plan.separator],
        "preset": plan.preset,
        "header_line": plan.header_line,
        "time_zone": plan.zone,
        "columns": [
            {
                "name": column.name,
                "header": column.header or None,
                "value": column.value or None,
                "dates": column.dates or None,
                "decimal": column.decimal or None,
            }
            for column in plan.columns
            if column.name != UNTIL
        ],
        "attributes": [name for place, name in others if name and place not in places],
    }
