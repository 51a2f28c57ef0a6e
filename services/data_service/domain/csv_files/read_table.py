"""A CSV as chunks of rows, read by its plan."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from services.data_service.domain.csv_files.ad_days import AdDays, TooManyCampaignDays
from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE, FILE_KINDS
from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.csv_files.table_records import TableRecord, table_records
from services.data_service.domain.read_chunk import ReadChunk, shown
from services.data_service.domain.rejection import Rejected
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.store.contact_row import ContactRow
from services.data_service.store.rejected_line import RejectedLine
from services.data_service.store.staged_rows import staged_rows

CHUNK_RECORDS: Final = 5_000
_CONTACTS: Final = ("users", "locations")
_to_json = msgspec.json.Encoder().encode
_BytesDone = Callable[[], int]


def table_chunks(
    kind: str, plan: FilePlan, blocks: Iterable[bytes], *, skip: int, bytes_done: _BytesDone
) -> Iterator[ReadChunk]:
    """The chunks after the first `skip` of what `lines_done` counts; always ends with one that `is_last`.

    Raises:
        Rejected: the plan does not hold.
    """
    read = _summed_chunks if kind == CAMPAIGN_PERFORMANCE else _row_chunks
    return read(kind, plan, blocks, skip, bytes_done)


class _Pending:
    """Records of which no chunk has been made yet."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._taken: list[TableRecord] = []
        self._rejects: list[RejectedLine] = []
        self._totals = 0

    @property
    def is_full(self) -> bool:
        return len(self._taken) + len(self._rejects) + self._totals >= CHUNK_RECORDS

    def add(self, record: TableRecord) -> None:
        if record.reason:
            self._rejects.append(RejectedLine(record.line, record.reason, [shown(field) for field in record.fields]))
        elif record.row is None:
            self._totals += 1
        else:
            self._taken.append(record)

    def take(self, line: int, bytes_done: int) -> ReadChunk:
        """A chunk of what is pending, which then is no longer."""
        chunk = ReadChunk(line, bytes_done, rejects=self._rejects, totals=self._totals)
        rows = [record.row for record in self._taken if record.row is not None]
        self._taken, self._rejects, self._totals = [], [], 0
        if not rows:
            return chunk
        if self._kind in _CONTACTS:
            contacts = [ContactRow(row.values[0], [v or None for v in row.values[1:]], row.attributes) for row in rows]
            return msgspec.structs.replace(chunk, contacts=contacts)
        kind = FILE_KINDS[self._kind]
        values = [[*row.values, _to_json(row.attributes).decode()] for row in rows]
        staged = staged_rows(kind.table, kind.staged_columns, values)
        return msgspec.structs.replace(chunk, rows=staged, repeated=len(rows) - staged.count)


def _row_chunks(
    kind: str, plan: FilePlan, blocks: Iterable[bytes], skip: int, bytes_done: _BytesDone
) -> Iterator[ReadChunk]:
    pending, line, problem = _Pending(kind), skip, ""
    try:
        for record in table_records(kind, plan, blocks, after=skip):
            line = record.line
            pending.add(record)
            if pending.is_full:
                yield pending.take(line, bytes_done())
    except BrokenFile as broken:
        problem = f"{broken}; the lines before that were read"
    yield msgspec.structs.replace(pending.take(line, bytes_done()), is_last=True, problem=problem)


def _summed_chunks(
    kind: str, plan: FilePlan, blocks: Iterable[bytes], skip: int, bytes_done: _BytesDone
) -> Iterator[ReadChunk]:
    """Rejects as they come, then the sums: a day is whole only when the whole file has been read.

    `lines_done` goes on with the sums after the last line, so that a reading that is taken up again knows its place.
    """
    pending, sums, line, problem = _Pending(kind), AdDays(), 0, ""
    try:
        for record in table_records(kind, plan, blocks):
            line = record.line
            judged = _added(sums, record)
            if line > skip and judged is not None:
                pending.add(judged)
                if pending.is_full:
                    yield pending.take(line, bytes_done())
    except BrokenFile as broken:
        problem = f"{broken}; nothing was taken, since its other lines may belong to the same days"
    except TooManyCampaignDays as too_many:
        problem = str(too_many)
    if line > skip:
        yield pending.take(line, bytes_done())
    rows = [] if problem else sums.rows()
    for start in range(max(0, skip - line), len(rows), CHUNK_RECORDS):
        part = rows[start : start + CHUNK_RECORDS]
        yield ReadChunk(line + start + len(part), bytes_done(), ads=part)
    yield ReadChunk(line + len(rows), bytes_done(), is_last=True, problem=problem)


def _added(sums: AdDays, record: TableRecord) -> TableRecord | None:
    """None where the record went into a sum, else the record as it is to be told of."""
    if record.row is None:
        return record
    try:
        sums.add(record.line, record.row, record.fields)
    except Rejected as rejected:
        return record._replace(row=None, reason=rejected.reason)
    return None
