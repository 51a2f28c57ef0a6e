"""Records of a CSV file with a header, each with the line it begins on."""

import csv
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from services.data_service.sources.lines import LongLine

MAX_RECORD_BYTES: Final = 64 << 10
MAX_RECORD_LINES: Final = 100


class Record(NamedTuple):
    """One record: `fields` as they stand, and what is wrong with it, '' where it could be read."""

    line: int
    fields: list[str]
    problem: str


def csv_records(lines: Iterable[tuple[int, bytes]], separator: str = ",") -> Iterator[Record]:
    """Split lines into records; a quoted value may span lines. Blank lines are passed over."""
    first, text = 0, ""
    for number, raw in lines:
        first = first or number
        line, problem = _decoded(raw)
        if problem:
            yield Record(first, [(text + line).replace("\0", "\ufffd")], problem)
            first, text = 0, ""
            continue
        text = text + line if text else line
        if text.count('"') % 2:
            if len(text) > MAX_RECORD_BYTES or number - first >= MAX_RECORD_LINES:
                yield Record(first, [text], "a quote is opened and not closed")
                first, text = 0, ""
            else:
                text += "\n"
            continue
        if text.strip():
            yield _read(first, text, separator)
        first, text = 0, ""
    if text:
        yield Record(first, [text], "a quote is opened and not closed")


def unwrapped(fields: list[str], width: int, separator: str) -> list[str]:
    """A record that some program has quoted as a whole, as it was before; any other as it is."""
    if len(fields) != 1 or width == 1:
        return fields
    try:
        (inner,) = csv.reader((fields[0],), delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return fields
    return inner if len(inner) == width else fields


def _decoded(raw: bytes) -> tuple[str, str]:
    """A line as text, and what is wrong with it."""
    if isinstance(raw, LongLine) or len(raw) > MAX_RECORD_BYTES:
        return raw.decode(errors="replace"), f"the line is longer than {MAX_RECORD_BYTES >> 10} kB"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw.decode(errors="replace"), "the line is not UTF-8 text"
    return text, "the line contains a NUL byte" if "\0" in text else ""


def _read(line: int, text: str, separator: str) -> Record:
    if '"' not in text:
        # Most lines: a reader of their own would take longer than all the rest.
        return Record(line, text.split(separator), "")
    try:
        (fields,) = csv.reader((text,), delimiter=separator, strict=True)
    except (csv.Error, ValueError) as error:
        return Record(line, [text], f"not valid CSV: {error}")
    return Record(line, fields, "")
