"""Read a stored file as chunks of rows. The code blocks, since it runs in a separate process."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from common.files import FileStore
from services.data_service.domain.csv_files.kinds import FILE_KINDS
from services.data_service.domain.csv_files.read_table import table_chunks
from services.data_service.domain.csv_files.survey import Surroundings, survey
from services.data_service.domain.events.export_row import event_of_line
from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.files.read_chunk import ReadChunk, ReadOrder, rejected_line
from services.data_service.domain.files.rejection import Rejected
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.gunzip import gunzip
from services.data_service.sources.lines import MAX_LINE_BYTES, LongLine, numbered_lines
from services.data_service.sources.meter import Meter
from services.data_service.store.events.staged_batch import batch_of
from services.data_service.store.events.staged_event import StagedEvent
from services.data_service.store.files.rejected_line import RejectedLine

CHUNK_LINES: Final = 5_000
_CHUNK_BYTES: Final = 8 << 20


def read_file(order: ReadOrder) -> Iterator[ReadChunk]:
    """Yield the chunks of a file in order; the last one has `is_last`."""
    files = FileStore(order.place)
    if order.form == "parquet":
        # Imported only on demand, since loading polars takes longer than reading a small text file.
        from services.data_service.sources.parquet_lines import parquet_lines, row_count  # noqa: PLC0415

        with files.on_disk(order.path) as path:
            rows, size = row_count(path) or 1, path.stat().st_size
            yield from _event_chunks(order, parquet_lines(path), lambda line: size * line // rows)
        return
    if order.kind in FILE_KINDS:
        yield from _csv_chunks(order, files)
        return
    meter = Meter(files.blocks(order.path))
    lines = numbered_lines(gunzip(meter) if order.is_gzip else meter)
    yield from _event_chunks(order, lines, lambda _: meter.done)


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
                    rejects.append(rejected_line(number, rejected.reason, [line.decode(errors="replace")]))
                if held > _CHUNK_BYTES:
                    break
            is_last = not seen or (seen < CHUNK_LINES and held <= _CHUNK_BYTES)
        except BrokenFile as broken:
            problem, is_last = f"{broken}; {number} lines before that were read", True
        batch = batch_of(events) if events else None
        yield ReadChunk(number, bytes_at(number), events=batch, rejects=rejects, is_last=is_last, problem=problem)


def _csv_chunks(order: ReadOrder, files: FileStore) -> Iterator[ReadChunk]:
    """Yield the plan, unless the order has one, and then the rows."""

    def opened(blocks: Iterable[bytes]) -> Iterator[bytes]:
        return gunzip(blocks) if order.is_gzip else iter(blocks)

    plan = order.plan
    try:
        if plan is None:
            around = Surroundings(order.options, order.country, order.zone, order.currency, order.year)
            plan, problem = survey(lambda: opened(files.blocks(order.path)), order.kind, around)
            yield ReadChunk(order.skip_lines, 0, plan=plan, is_last=bool(problem), problem=problem)
            if problem:
                return
        meter = Meter(files.blocks(order.path))
        yield from table_chunks(order.kind, plan, opened(meter), skip=order.skip_lines, bytes_done=lambda: meter.done)
    except Rejected as rejected:
        yield ReadChunk(order.skip_lines, 0, is_last=True, problem=rejected.reason)


def _too_long() -> Rejected:
    return Rejected(f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
