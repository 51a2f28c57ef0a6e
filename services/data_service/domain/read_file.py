"""From a stored file to chunks of rows. Plain and blocking: it runs in a process of its own."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from common.files import FileStore
from services.data_service.domain.contact_rows import contact_row, header_of
from services.data_service.domain.export_row import event_of_line
from services.data_service.domain.location_rule import read_rule
from services.data_service.domain.read_chunk import ReadChunk, ReadOrder, shown
from services.data_service.domain.rejection import Rejected
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.csv_records import csv_records
from services.data_service.sources.gunzip import gunzip
from services.data_service.sources.lines import MAX_LINE_BYTES, LongLine, numbered_lines
from services.data_service.store.contact_row import ContactRow
from services.data_service.store.rejected_line import RejectedLine
from services.data_service.store.staged_batch import batch_of
from services.data_service.store.staged_event import StagedEvent

CHUNK_LINES: Final = 5_000
_CHUNK_BYTES: Final = 8 << 20


class _Meter:
    """Counts the stored file's bytes as they are read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.done = 0
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self.done += len(block)
            yield block


def read_file(order: ReadOrder) -> Iterator[ReadChunk]:
    """The chunks of a file, in order; always ends with one that `is_last`."""
    files = FileStore(order.place)
    if order.form == "parquet":
        # Only here: loading polars takes longer than reading a small text file.
        from services.data_service.sources.parquet_lines import parquet_lines, row_count  # noqa: PLC0415

        with files.on_disk(order.path) as path:
            rows, size = row_count(path) or 1, path.stat().st_size
            yield from _event_chunks(order, parquet_lines(path), lambda line: size * line // rows)
        return
    meter = _Meter(files.blocks(order.path))
    lines = numbered_lines(gunzip(meter) if order.is_gzip else meter)
    if order.kind == "ga4-export":
        yield from _event_chunks(order, lines, lambda _: meter.done)
    else:
        yield from _contact_chunks(order, lines, meter)


def _event_chunks(
    order: ReadOrder, lines: Iterator[tuple[int, bytes]], bytes_at: Callable[[int], int]
) -> Iterator[ReadChunk]:
    rule = read_rule(order.location_source)
    number, problem, is_last = order.skip_lines, "", False
    todo = (pair for pair in lines if pair[0] > order.skip_lines)
    while not is_last:
        events: list[StagedEvent] = []
        rejects: list[RejectedLine] = []
        held = seen = 0
        try:
            for number, line in islice(todo, CHUNK_LINES):
                seen += 1
                held += len(line)
                try:
                    if isinstance(line, LongLine):
                        raise _too_long()
                    if line and not line.isspace():
                        events.append(event_of_line(line, rule))
                except Rejected as rejected:
                    rejects.append(RejectedLine(number, rejected.reason, [shown(line.decode(errors="replace"))]))
                if held > _CHUNK_BYTES:
                    break
            is_last = not seen or (seen < CHUNK_LINES and held <= _CHUNK_BYTES)
        except BrokenFile as broken:
            problem, is_last = f"{broken}; {number} lines before that were read", True
        batch = batch_of(events) if events else None
        yield ReadChunk(number, bytes_at(number), events=batch, rejects=rejects, is_last=is_last, problem=problem)


def _contact_chunks(order: ReadOrder, lines: Iterator[tuple[int, bytes]], meter: _Meter) -> Iterator[ReadChunk]:
    records = csv_records(lines)
    header: list[str] | None = None
    contacts: list[ContactRow] = []
    rejects: list[RejectedLine] = []
    line, problem = 0, ""
    try:
        for line, fields, wrong in records:
            if header is None:
                header = header_of(fields, order.kind)
                continue
            if line <= order.skip_lines:
                continue
            try:
                if wrong:
                    raise Rejected(wrong)
                contacts.append(contact_row(header, fields, order.kind))
            except Rejected as rejected:
                rejects.append(RejectedLine(line, rejected.reason, [shown(field) for field in fields]))
            if len(contacts) + len(rejects) >= CHUNK_LINES:
                yield ReadChunk(line, meter.done, contacts=contacts, rejects=rejects)
                contacts, rejects = [], []
    except BrokenFile as broken:
        problem = f"{broken}; the lines before that were read"
    except Rejected as rejected:
        problem = rejected.reason
    if header is None and not problem:
        problem = "the file is empty: it has no header"
    yield ReadChunk(line, meter.done, contacts=contacts, rejects=rejects, is_last=True, problem=problem)


def _too_long() -> Rejected:
    return Rejected(f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
