"""Read a CSV by its plan, as chunks of rows."""

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
# Both the reader and the service hold a whole chunk in memory, so its size is bounded however long the records are.
CHUNK_BYTES: Final = 4 << 20
_CONTACTS: Final = ("users", "locations")
_to_json = msgspec.json.Encoder().encode
_BytesDone = Callable[[], int]


def table_chunks(
    kind: str, plan: FilePlan, blocks: Iterable[bytes], *, skip: int, bytes_done: _BytesDone
) -> Iterator[ReadChunk]:
    """Yield the file's chunks in order; the last one has `is_last`.

    Args:
        kind: a key of FILE_KINDS.
        plan: how the file is read.
        blocks: the file's bytes, decompressed.
        skip: the `lines_done` of the last chunk that was taken; reading resumes after it.
        bytes_done: how many bytes of the stored file have been read so far.

    Raises:
        Rejected: a value that the plan has for every row does not fit its column.
    """
    read = _summed_chunks if kind == CAMPAIGN_PERFORMANCE else _row_chunks
    return read(kind, plan, blocks, skip, bytes_done)


class _Pending:
    """The records that have been read since the last chunk."""

    def __init__(self, kind: str, plan: FilePlan, read: Meter) -> None:
        self._kind = kind
        self._fill_days = plan.fill_days
        self._read = read
        # Every row repeats the names of its additional columns, which may take more space than its cells.
        self._names = sum(map(len, plan.header))
        self._rows: list[Row] = []
        self._rejects: list[RejectedLine] = []
        self._totals = self._repeated = 0
        self._full_at = CHUNK_BYTES

    @property
    def is_full(self) -> bool:
        count = len(self._rows) + len(self._rejects) + self._totals + self._repeated
        return count >= CHUNK_RECORDS or self._read.done >= self._full_at

    def add(self, record: TableRecord) -> None:
        if record.reason:
            self._rejects.append(rejected_line(record.line, record.reason, record.fields))
        elif record.row is None:
            self._totals += 1
        elif self._kind == CAMPAIGN_PERFORMANCE:
            # Rows of ads that are not repetitions went into AdDays.
            self._repeated += 1
        else:
            self._rows += (record.row, *record.more)
            if record.row.attributes:
                self._full_at -= self._names

    def take(self, line: int, bytes_done: int) -> ReadChunk:
        """Return the pending records as a chunk, and start an empty one."""
        chunk = ReadChunk(line, bytes_done, rejects=self._rejects, totals=self._totals, repeated=self._repeated)
        rows = self._rows
        self._rows, self._rejects = [], []
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
    """Yield rejects while reading, and the sums at the end: a day is complete only once the whole file has been read.

    After the last line, `lines_done` goes on to count the sums, so that a resumed reading knows where it stopped.
    """
    read = Meter(blocks)
    pending, sums, line, problem = _Pending(kind, plan, read), AdDays(), 0, ""
    try:
        for record in table_records(kind, plan, read):
            line = record.line
            judged = _add_to_sums(sums, record)
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
    for batch in _bounded_batches(rows[done - line :]):
        done += len(batch)
        yield ReadChunk(done, bytes_done(), ads=batch)
    yield ReadChunk(line + len(rows), bytes_done(), is_last=True, problem=problem)


def _bounded_batches(rows: Sequence[AdRow]) -> Iterator[list[AdRow]]:
    """Split rows into chunks that are small enough to be held in memory."""
    batch: list[AdRow] = []
    batch_bytes = 0
    for row in rows:
        batch.append(row)
        batch_bytes += sum(len(name) + len(value) for name, value in row.extra.items())
        batch_bytes += sum(len(line.cells) for line in row.lines)
        if len(batch) >= CHUNK_RECORDS or batch_bytes >= CHUNK_BYTES:
            yield batch
            batch, batch_bytes = [], 0
    if batch:
        yield batch


def _add_to_sums(sums: AdDays, record: TableRecord) -> TableRecord | None:
    """Add a record to the sums.

    Returns None if it was summed, else the record to report: with a row it repeats an earlier one, with a reason it is
    rejected.
    """
    if record.row is not None:
        try:
            return None if sums.add(record.line, record.row, record.fields) else record
        except Rejected as rejected:
            record = record._replace(row=None, reason=rejected.reason, readable=record.row.values)
    if record.reason and not sums.refuse_day_of(record.line, record.readable) and OF_NO_DAY not in record.reason:
        return record._replace(reason=f"{record.reason}; {OF_NO_DAY}")
    return record
