"""Detect a CSV's header: its line, its separator, the export (preset) it belongs to, and the places of our columns."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from services.data_service.domain.csv_files.dates import readings
from services.data_service.domain.csv_files.header_currency import currency_of_rows, with_currency
from services.data_service.domain.csv_files.header_names import HeaderNames
from services.data_service.domain.csv_files.kinds import (
    DATE_FORMS,
    FILE_KINDS,
    FX_RATES,
    NUMBER_FORMS,
    Column,
    FileKind,
)
from services.data_service.domain.csv_files.plan import UNTIL, ColumnPlan, ImportOptions
from services.data_service.domain.csv_files.presets import ECB, GENERIC, Preset, currency_in, folded, presets_of
from services.data_service.domain.csv_files.rate_row import with_base
from services.data_service.domain.csv_files.wide_rates import is_the_banks, wide_columns
from services.data_service.domain.files.rejection import Rejected

SEPARATORS: Final = (",", ";", "\t", "|")
MAX_COLUMNS: Final = 2_000
_PREAMBLE_RECORDS: Final = 30
_DAY: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")


class Header(NamedTuple):
    """A file's header: the line it begins on, its trimmed cells (`names`), and where our `columns` are."""

    line: int
    separator: str
    preset: Preset
    names: list[str]
    columns: list[ColumnPlan]


class _Record(NamedTuple):
    """A record that may be the header, as split by one separator."""

    line: int
    separator: str
    names: list[str]


class _Candidate(NamedTuple):
    header: Header
    missing: list[str]
    matched: int


def find_header(head: str, kind_name: str, options: ImportOptions, currency: str) -> Header:
    """Find the header in the beginning of a file; a few lines of preamble may precede it.

    Every separator, preset and early record is tried, and the best match wins. `currency` is the tenant's.

    Raises:
        Rejected: a required column is missing, one of our columns occurs twice, there are too many columns, or a
            header names a currency that its rows cannot be stored in.
    """
    best: _Candidate | None = None
    most_columns = 0
    for separator in SEPARATORS:
        before: list[str] = []
        for line, fields in islice(_records(head, separator), _PREAMBLE_RECORDS):
            most_columns = max(most_columns, len(fields))
            if len(fields) > MAX_COLUMNS:
                continue
            names = [field.strip() for field in fields]
            record = _Record(line, separator, names)
            for candidate in _candidates(kind_name, options, currency, record, before):
                best = candidate if best is None or _rank(candidate) > _rank(best) else best
            before += fields
    if best is None or (best.missing and most_columns > MAX_COLUMNS):
        reason = f"the file is empty: the column {FILE_KINDS[kind_name].required[0]} is missing"
        if most_columns > MAX_COLUMNS:
            reason = f"the header has {most_columns:,} columns; at most {MAX_COLUMNS:,} are taken"
        raise Rejected(reason)
    _check_columns(kind_name, best, options, currency)
    columns = with_currency(best.header.columns, FILE_KINDS[kind_name], currency)
    return best.header._replace(columns=with_base(columns, currency) if kind_name == FX_RATES else columns)


def _candidates(
    kind_name: str, options: ImportOptions, currency: str, record: _Record, before: Sequence[str]
) -> Iterator[_Candidate]:
    """Match a record, as a header, with each preset that the options allow."""
    places = HeaderNames(record.names)
    for preset in presets_of(kind_name):
        if options.preset in ("", preset.name):
            kind = FILE_KINDS[kind_name]
            if preset.name == ECB:
                columns, missing, matched = _match_wide(options, currency, record.names)
            else:
                columns, missing, matched = _match(kind, preset, options, currency, record.names, places, before)
            yield _Candidate(Header(record.line, record.separator, preset, record.names, columns), missing, matched)


def _records(head: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield records with the line each begins on; lines that are not valid CSV with this separator are skipped."""
    lines = head.split("\n")
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    while True:
        first = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
        if any(field.strip() for field in fields):
            yield first, fields


def _rank(candidate: _Candidate) -> tuple[bool, int, int]:
    return (not candidate.missing, candidate.matched, len(candidate.header.names))


def _match(
    kind: FileKind,
    preset: Preset,
    options: ImportOptions,
    currency: str,
    names: list[str],
    places: HeaderNames,
    before: Sequence[str],
) -> tuple[list[ColumnPlan], list[str], int]:
    """Return our columns in this header, the missing ones (by the names users know), and how many are in the header."""
    currency_columns = (
        _column(column, preset, options, "", names, places) for column in kind.columns if column.form == "currency"
    )
    rows_in = currency_of_rows(next(currency_columns, None), currency)
    found = [_column(column, preset, options, rows_in, names, places) for column in kind.columns]
    columns = [column for column in found if column is not None]
    matched = sum(column.place >= 0 for column in columns)
    columns += _indirect_columns(preset, {column.name: column for column in columns}, places, before, options.dates)
    known = {column.name for column in columns}
    missing: list[str] = []
    for name in (column.name for column in kind.columns if column.name not in known):
        if name in options.mapping:
            missing.append(f"{options.mapping[name].column!r} (mapped to {name})")
        elif name in kind.required:
            usual_name = preset.headers[name][0] if name in preset.headers else name
            missing.append(name if usual_name == name else f"{usual_name!r} ({name})")
    if not options.preset and preset.marks and not any(mark in places for mark in preset.marks):
        # Without one of its marks the export may be any platform's, and the platform must not be guessed.
        missing = missing or ["platform"]
    return columns, missing, matched


def _match_wide(options: ImportOptions, currency: str, names: list[str]) -> tuple[list[ColumnPlan], list[str], int]:
    """Like `_match`, for exchange rates with one column per currency."""
    columns = wide_columns(names, currency, options.dates)
    if columns and (options.preset or (is_the_banks(columns) and not options.mapping)):
        return columns, [], len(columns)
    return [], ["Date, or one for each currency and for the company's," if options.preset else "rate"], 0


def _column(
    column: Column, preset: Preset, options: ImportOptions, rows_in: str, names: list[str], places: HeaderNames
) -> ColumnPlan | None:
    """Find one of our columns; `rows_in` is the currency of all rows, '' if each row has its own."""
    name = column.name
    mapped = options.mapping.get(name)
    if mapped is not None and mapped.value:
        return ColumnPlan(name, -1, value=mapped.value, dates=mapped.dates, decimal=mapped.decimal)
    headers = (mapped.column,) if mapped is not None else preset.headers.get(name, (name,))
    for header in headers:
        place = places.place_of(header, rows_in, is_mapped=mapped is not None)
        if place is not None:
            dates = (mapped.dates if mapped else "") or (options.dates if column.form in DATE_FORMS else "")
            decimal = (mapped.decimal if mapped else "") or (options.decimal if column.form in NUMBER_FORMS else "")
            return ColumnPlan(name, place, names[place], dates=dates, decimal=decimal)
    if mapped is None and name in preset.values:
        return ColumnPlan(name, -1, value=preset.values[name])
    return None


def _indirect_columns(
    preset: Preset, known: dict[str, ColumnPlan], places: HeaderNames, before: Sequence[str], chosen_order: str
) -> list[ColumnPlan]:
    """Return columns that an export gives indirectly: a report's only day, a name as the id, a period's end."""
    added: list[ColumnPlan] = []
    if preset.name != GENERIC and "campaign_id" not in known and "campaign_name" in known:
        added.append(msgspec.structs.replace(known["campaign_name"], name="campaign_id"))
    if preset.day_of_period and "date" not in known and (day := _only_day(before, chosen_order or preset.dates)):
        added.append(ColumnPlan("date", -1, value=day))
    for begins, ends in preset.periods:
        place = places.place_of(ends, "", is_mapped=False)
        if "date" in known and folded(known["date"].header) == folded(begins) and place is not None:
            added.append(msgspec.structs.replace(known["date"], name=UNTIL, place=place, header=ends))
    return added


def _only_day(before: Sequence[str], order: str) -> str:
    """Return the day of a one-day report from the period above its header; '' if there is none, or it is longer."""
    for cell in before:
        written = [readings(text, year=0) for text in _DAY.findall(cell)]  # their years have four digits
        found = [days.get("ymd") or days.get(order) for days in written]
        if len(found) == len(("from", "to")) and found[0] is not None and found[0] == found[1]:
            return found[0].isoformat()
    return ""


def _check_columns(kind_name: str, best: _Candidate, options: ImportOptions, currency: str) -> None:
    names = best.header.names
    if best.missing:
        reason = f"the column {best.missing[0]} is missing; the header is: {', '.join(names)[:300]}"
        if len(best.missing) > 1:
            reason += f"; missing too: {', '.join(best.missing[1:])}"
        if best.missing[0] in FILE_KINDS[kind_name].required:
            reason += f'. If it has another name there, say so with mapping={{"{best.missing[0]}": "that name"}}'
        if best.header.preset.day_of_period and "(date)" in best.missing[0]:
            reason += "; without it a report of one day is taken, whose day stands above the header"
        raise Rejected(reason)
    places = HeaderNames(names)
    own = next((column for column in best.header.columns if column.name == "currency"), None)
    rows_in = currency_of_rows(own, currency)
    for column in best.header.columns:
        mapped = options.mapping.get(column.name)
        if column.place < 0:
            continue
        if places.is_twice(column.place) and (mapped is not None or best.header.preset.name == GENERIC):
            reason = f"the column {column.header} is there twice"
            raise Rejected(reason, column.name)
        if rivals := places.rivals(column.place, mapped.column if mapped else "", rows_in):
            for_rows = f', "currency": {{"value": "{currency_in(column.header)}"}}' if own is not None else ""
            reason = (
                f"the columns {' and '.join(map(repr, rivals))} differ by their currency: say by mapping which is"
                f' meant, such as {{"{column.name}": "{column.header}"{for_rows}}}'
            )
            raise Rejected(reason, column.name)
