"""Records of a CSV file with a header, each with the line it begins on."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from services.data_service.sources.lines import LongLine

MAX_RECORD_BYTES: Final = 64 << 10
MAX_RECORD_LINES: Final = 100
_QUOTED: Final = re.compile(r'[^"]*(?:""[^"]*)*')


class Record(NamedTuple):
    """One record: `fields` as they stand, and what is wrong with it, '' where it could be read."""

    line: int
    fields: list[str]
    problem: str


def csv_records(lines: Iterable[tuple[int, bytes]], separator: str = ",") -> Iterator[Record]:
    """Split lines into records; a quoted value may span lines. Blank lines are passed over.

    A quote opens a value only where the value begins; elsewhere it is a sign like any other. Where one is not closed,
    the line that opens it is a record that could not be read, and the lines behind it are records of their own.
    """
    todo = _Lines(lines)
    for number, raw in todo:
        text, problem = _decoded(raw)
        if problem:
            yield Record(number, [text.replace("\0", "\ufffd")], problem)
        elif '"' not in text:
            # Most lines: a reader of their own would take longer than all the rest.
            if text.strip():
                yield Record(number, text.split(separator), "")
        else:
            fields, problem = _split(text, separator)
            if problem and _is_left_open(text, separator):
                yield _over_lines(number, text, separator, todo)
            else:
                yield Record(number, fields, problem)


class _Lines:
    """Numbered lines, of which some may be given back to come once more."""

    def __init__(self, lines: Iterable[tuple[int, bytes]]) -> None:
        self._lines = iter(lines)
        self._returned: deque[tuple[int, bytes]] = deque()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        return self

    def __next__(self) -> tuple[int, bytes]:
        return self._returned.popleft() if self._returned else next(self._lines)

    @property
    def next_was_seen(self) -> bool:
        """Whether the next line comes for the second time."""
        return bool(self._returned)

    def give_back(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Let the last lines come once more, in their order."""
        self._returned.extend(lines)


def _over_lines(first: int, text: str, separator: str, todo: _Lines) -> Record:
    """The record whose first line leaves a quote open: with the lines that close it, or that line alone.

    Lines that closed no quote before are not tried again: no line is read more than twice.
    """
    parts, size = [text], len(text)
    taken: list[tuple[int, bytes]] = []
    for number, raw in islice(todo, 0 if todo.next_was_seen else MAX_RECORD_LINES - 1):
        taken.append((number, raw))
        line, problem = _decoded(raw)
        parts.append(line)
        size += len(line) + 1
        is_open = None if problem or size > MAX_RECORD_BYTES else _is_left_open(line, separator, is_open=True)
        if is_open is False:
            fields, problem = _split("\n".join(parts), separator)
            if not problem:
                return Record(first, fields, "")
        if not is_open:
            break
    todo.give_back(taken)
    return Record(first, [text], "a quote is opened and not closed")


def _is_left_open(line: str, separator: str, *, is_open: bool = False) -> bool | None:
    """Whether a line ends within quotes; None where a value goes on behind its closing quote.

    `is_open`: it begins within quotes.
    """
    at = 0
    while True:
        if is_open:
            at = _end_of_quoted(line, at)
            if at == len(line):
                return True
            at += 1
            if at == len(line):
                return False
            if line[at] != separator:
                return None
            at, is_open = at + 1, False
        if line.startswith('"', at):
            at, is_open = at + 1, True
        else:
            at = line.find(separator, at) + 1
            if not at:
                return False


def _end_of_quoted(line: str, start: int) -> int:
    """Where the closing quote of a quoted value stands, else the line's end. Two quotes are one sign of the value."""
    found = _QUOTED.match(line, start)
    return found.end() if found else start


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


def _split(text: str, separator: str) -> tuple[list[str], str]:
    """A record's fields, and why they could not be told apart."""
    try:
        (fields,) = csv.reader((text,), delimiter=separator, strict=True)
    except (csv.Error, ValueError) as error:
        return [text], f"not valid CSV: {error}"
    return fields, ""
