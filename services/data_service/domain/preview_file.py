"""What an import of a file would do, by doing it in a transaction that is undone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from common.db import Connection
from services.data_service.domain.csv_files.plan import UNTIL, FilePlan
from services.data_service.domain.read_chunk import ReadChunk
from services.data_service.domain.stored_rows import stored_rows
from services.data_service.domain.take_chunk import Counts, add_counts, take_chunk
from services.data_service.store.rejected_line import RejectedLine

SHOWN_ROWS: Final = 10
SHOWN_REJECTS: Final = 20
_SEPARATOR_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass
class Preview:
    """What has been seen of a file so far."""

    kind: str
    plan: FilePlan | None = None
    counts: Counts = field(default_factory=dict[str, int])
    rejects: list[RejectedLine] = field(default_factory=list[RejectedLine])
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    problem: str = ""

    async def see(
        self, connection: Connection, tenant_id: UUID, chunks: AsyncIterator[ReadChunk], rule: str | None
    ) -> None:
        """Take in all chunks, within a transaction that the caller undoes."""
        # No job has this id: what bears it is undone too.
        job_id = UUID(int=0)
        async for chunk in chunks:
            self.plan = chunk.plan or self.plan
            self.problem = chunk.problem
            taken = await take_chunk(connection, tenant_id, job_id, self.kind, chunk, rule)
            self.counts = add_counts(self.counts, taken.counts)
            self.rejects += taken.rejects[: SHOWN_REJECTS - len(self.rejects)]
            self.rows += stored_rows(self.kind, chunk, SHOWN_ROWS - len(self.rows))

    def answer(self) -> dict[str, Any]:
        """The answer's body."""
        counts = self.counts
        told = ("changed", "duplicates", "superseded", "replaced", "rejected", "totals")
        return {
            "kind": self.kind,
            **_plan_shown(self.plan),
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


def _plan_shown(plan: FilePlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    places = {column.place for column in plan.columns}
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
        "attributes": [name for place, name in enumerate(plan.header) if name and place not in places],
    }
