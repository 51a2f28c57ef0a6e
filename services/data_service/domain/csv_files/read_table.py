"""A CSV as chunks of rows, read by its plan."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from services.data_service.domain.csv_files.ad_days import AdDays, TooManyCampaignDays
from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE, FILE_KINDS
from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.csv_files.read_row import Row
from services.data_service.domain.csv_files.rejects_file import OF_NO_DAY
from services.data_service.domain.csv_files.table_records import TableRecord, table_records
from services.data_service.domain.files.read_chunk import ReadChunk, rejected_line
from services.data_service.domain.files.rejection import Rejected
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.meter import Meter
from services.data_service.store.ads.ad_row import AdRow
from services.data_service.store.events.staged_rows import staged_rows
from services.data_service.store.files.rejected_line import RejectedLine
from services.data_service.store.people.contact_row import ContactRow

CHUNK_RECORDS: Final = 5_000
# A chunk is held whole, by the reader and by the service: no more of the file, however long its records are.
CHUNK_BYTES: Final = 4 << 20
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

    def __init__(self, kind: str, plan: FilePlan, read: Meter) -> None:
        self._kind = kind
        self._fill_days = plan.fill_days
        self._read = read
        # Each row names its further columns anew, which may take more than its cells.
        self._names = sum(map(len, plan.header))
        self._taken: list[Row] = []
        self._rejects: list[RejectedLine] = []
        self._totals = self._repeated = 0
        self._full_at = CHUNK_BYTES

    @property
    def is_full(self) -> bool:
        count = len(self._taken) + len(self._rejects) + self._totals + self._repeated
        return count >= CHUNK_RECORDS or self._read.done >= self._full_at

    def add(self, record: TableRecord) -> None:
        if record.reason:
            self._rejects.append(rejected_line(record.line, record.reason, record.fields))
        elif record.row is None:
            self._totals += 1
        elif self._kind == CAMPAIGN_PERFORMANCE:
            # (the others are in their sums)
            self._repeated += 1
        else:
            self._taken += (record.row, *record.more)
            if record.row.attributes:
                self._full_at -= self._names

    def take(self, line: int, bytes_done: int) -> ReadChunk:
        """A chunk of what is pending, which then is no longer."""
        chunk = ReadChunk(line, bytes_done, rejects=self._rejects, totals=self._totals, repeated=self._repeated)
        rows = self._taken
        self._taken, self._rejects = [], []
        self._totals = self._repeated = 0
        self._full_at = self._read.done + CHUNK_BYTES
        if not rows:
            return chunk
        if self._kind in _CONTACTS:
            contacts = [ContactRow(row.values[0], [v or None for v in row.values[1:]], row.attributes) for row in rows]
            return msgspec.structs.replace(chunk, contacts=contacts)
        kind = FILE_KINDS[self._kind]
        values = [[*row.values, _to_json(row.attributes).decode()] if kind.keeps_others else row.values for row in rows]
        staged = staged_rows(kind.table, kind.staged_columns, values, kind.key)
        return msgspec.structs.replace(chunk, rows=staged, repeated=len(rows) - staged.count, fill_days=self._fill_days)


def _row_chunks(
    kind: str, plan: FilePlan, blocks: Iterable[bytes], skip: int, bytes_done: _BytesDone
) -> Iterator[ReadChunk]:
    read = Meter(blocks)
    pending, line, problem = _Pending(kind, plan, read), skip, ""
    try:
        for record in table_records(kind, plan, read, after=skip):
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
    read = Meter(blocks)
    pending, sums, line, problem = _Pending(kind, plan, read), AdDays(), 0, ""
    try:
        for record in table_records(kind, plan, read):
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
    done = max(line, skip)
    for part in _parts(rows[done - line :]):
        done += len(part)
        yield ReadChunk(done, bytes_done(), ads=part)
    yield ReadChunk(line + len(rows), bytes_done(), is_last=True, problem=problem)


def _parts(rows: Sequence[AdRow]) -> Iterator[list[AdRow]]:
    """Rows in pieces of which each may be held whole."""
    part: list[AdRow] = []
    held = 0
    for row in rows:
        part.append(row)
        held += sum(len(name) + len(value) for name, value in row.extra.items())
        held += sum(len(line.cells) for line in row.lines)
        if len(part) >= CHUNK_RECORDS or held >= CHUNK_BYTES:
            yield part
            part, held = [], 0
    if part:
        yield part


def _added(sums: AdDays, record: TableRecord) -> TableRecord | None:
    """None where the record went into a sum, else the record as it is to be told of: with a row, it is there twice."""
    if record.row is not None:
        try:
            return None if sums.add(record.line, record.row, record.fields) else record
        except Rejected as rejected:
            record = record._replace(row=None, reason=rejected.reason, readable=record.row.values)
    if record.reason and not sums.refuse_day_of(record.line, record.readable) and OF_NO_DAY not in record.reason:
        return record._replace(reason=f"{record.reason}; {OF_NO_DAY}")
    return record
