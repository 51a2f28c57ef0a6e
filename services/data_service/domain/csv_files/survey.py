"""Scan a whole CSV to decide its encoding, date order and decimal separator before it is read."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from services.data_service.domain.csv_files.find_header import Header, find_header
from services.data_service.domain.csv_files.plan import FilePlan, ImportOptions
from services.data_service.domain.csv_files.rejects_file import is_rejects_file, original_cells
from services.data_service.domain.csv_files.settle_columns import Evidence, open_columns, settle_columns
from services.data_service.domain.csv_files.total_rows import TotalRows
from services.data_service.domain.files.rejection import Rejected
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.csv_records import csv_records, unwrapped
from services.data_service.sources.lines import numbered_lines
from services.data_service.sources.text_encoding import EncodingEvidence, as_utf8, in_its_order

HEADER_BYTES: Final = 256 << 10
Blocks = Callable[[], Iterator[bytes]]


class Surroundings(NamedTuple):
    """What reading a file depends on besides its content: the upload's options, the tenant's locale, and a year.

    `year` is the latest that two digits may mean.
    """

    options: ImportOptions
    country: str
    zone: str
    currency: str
    year: int


class Surveyed(NamedTuple):
    """The plan of a file, and the problem that prevents reading it ('' if there is none)."""

    plan: FilePlan
    problem: str


def plan_of_head(head: bytes, kind: str, around: Surroundings) -> FilePlan:
    """Make a plan from the beginning of a file, which is enough to validate its header.

    Raises:
        Rejected: see `find_header`.
    """
    encoding = in_its_order(around.options.encoding, head) or _encoding([head], around.country)
    text = b"".join(as_utf8([head], encoding)).decode(errors="replace").lstrip("\ufeff").replace("\0", "")
    if "\r" in text and "\n" not in text:
        reason = "its lines end as those of old Macs do (CR): save it as CSV with the usual ends of lines"
        raise Rejected(reason)
    header = find_header(text.replace("\r\n", "\n"), kind, around.options, around.currency)
    return _plan(header, encoding, around)


def survey(blocks: Blocks, kind: str, around: Surroundings) -> Surveyed:
    """Scan a file in two passes with bounded memory; `blocks` opens it anew for each pass.

    Raises:
        Rejected: see `find_header`.
    """
    encoding = around.options.encoding or _encoding(blocks(), around.country)
    with_encoding = around._replace(options=msgspec.structs.replace(around.options, encoding=encoding))
    plan = plan_of_head(_head(blocks()), kind, with_encoding)
    if not open_columns(kind, plan):
        return Surveyed(plan, "")
    return Surveyed(*settle_columns(plan, kind, _collect_evidence(blocks(), kind, plan)))


def _plan(header: Header, encoding: str, around: Surroundings) -> FilePlan:
    return FilePlan(
        encoding,
        header.separator,
        header.preset.name,
        header.line,
        header.names,
        header.columns,
        around.zone,
        around.year,
        around.currency,
        around.options.fill_days,
    )


def _encoding(blocks: Iterable[bytes], country: str) -> str:
    evidence = EncodingEvidence()
    for block in _until_broken(blocks):
        evidence.add(block)
    return evidence.verdict(country)


def _head(blocks: Iterable[bytes]) -> bytes:
    head = b""
    for block in _until_broken(blocks):
        head += block
        if len(head) >= HEADER_BYTES:
            break
    return head[:HEADER_BYTES]


def _until_broken(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks before a file breaks off; the import itself reports the break."""
    try:
        yield from blocks
    except BrokenFile:
        return


def _collect_evidence(blocks: Iterator[bytes], kind: str, plan: FilePlan) -> dict[str, Evidence]:
    """Collect the evidence of the cells in the undecided columns."""
    evidence = open_columns(kind, plan)
    totals = TotalRows(kind, plan)
    places = {column.name: column.place for column in plan.columns}
    cells = [(places[name], found) for name, found in evidence.items()]
    width, is_corrected = len(plan.header), is_rejects_file(plan.header)
    for record in csv_records(numbered_lines(as_utf8(_until_broken(blocks), plan.encoding)), plan.separator):
        fields = record.fields if len(record.fields) == width else unwrapped(record.fields, width, plan.separator)
        if is_corrected:
            fields = original_cells(fields)
        if record.line <= plan.header_line or record.problem or len(fields) < width or totals.holds(fields):
            continue
        for place, found in cells:
            found.add(fields[place])
    return evidence
