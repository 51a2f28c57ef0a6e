"""The options of an upload: the form fields beside its file."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from common.problem import FieldError
from services.data_service.domain.csv_files.dates import DATE_ORDERS
from services.data_service.domain.csv_files.kinds import DATE_FORMS, FILE_KINDS, FX_RATES, NUMBER_FORMS
from services.data_service.domain.csv_files.numbers import DECIMALS
from services.data_service.domain.csv_files.plan import ImportOptions, MappedColumn
from services.data_service.domain.csv_files.presets import PRESETS, presets_of
from services.data_service.errors import ImportOptionsInvalid
from services.data_service.sources.text_encoding import known_encoding

# Well above the longest run of days without rates, such as bank holidays around the new year.
MOST_FILL_DAYS: Final = 31
# The OpenAPI schemas of the form fields.
OPTION_SCHEMAS: Final[dict[str, Any]] = {
    "preset": {
        "type": "string",
        "enum": list(PRESETS),
        "description": "the program that wrote the file; detected from the header if omitted",
    },
    "mapping": {"type": "string", "description": 'JSON: {"our_column": "header in the file"}; see docs/files.md'},
    "encoding": {
        "type": "string",
        "description": "text encoding, such as windows-1251; detected from the file if omitted",
    },
    "dates": {
        "type": "string",
        "enum": list(DATE_ORDERS),
        "description": "the order of day, month and year in dates; detected if omitted",
    },
    "decimal": {
        "type": "string",
        "enum": list(DECIMALS),
        "description": "the decimal separator of numbers; detected if omitted",
    },
    "fill_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": MOST_FILL_DAYS,
        "description": "fx-rates only: carry a rate forward to at most this many following days without one; default 0",
    },
}


def read_options(kind: str, fields: Mapping[str, str]) -> ImportOptions:
    """Parse and validate the form fields of an upload.

    Raises:
        ImportOptionsInvalid: names each invalid field and its allowed values.
    """
    faults: list[FieldError] = []
    given = {name: text.strip() for name, text in fields.items() if text.strip()}
    if kind not in FILE_KINDS:
        faults = [FieldError(name, f"{kind} files take no options") for name in given]
        return _raise_faults(ImportOptions(), faults)
    for name in given.keys() - OPTION_SCHEMAS.keys():
        faults.append(FieldError(name[:60], f"is none of {', '.join(OPTION_SCHEMAS)}"))
    presets = [preset.name for preset in presets_of(kind)]
    _check_choice(faults, "preset", given.get("preset", ""), presets)
    _check_choice(faults, "dates", given.get("dates", ""), DATE_ORDERS)
    _check_choice(faults, "decimal", given.get("decimal", ""), DECIMALS)
    encoding = known_encoding(given["encoding"]) if "encoding" in given else ""
    if encoding is None:
        faults.append(FieldError("encoding", f"is not a text encoding known here: {given['encoding'][:40]!r}"))
    options = ImportOptions(
        preset=given.get("preset", ""),
        encoding=encoding or "",
        dates=given.get("dates", ""),
        decimal=given.get("decimal", ""),
        mapping=_read_mapping(kind, given.get("mapping", ""), faults),
        fill_days=_read_fill_days(kind, given.get("fill_days", "0"), faults),
    )
    return _raise_faults(options, faults)


def _raise_faults(options: ImportOptions, faults: list[FieldError]) -> ImportOptions:
    if faults:
        detail = "; ".join(f"{fault.field} {fault.message}" for fault in faults)
        raise ImportOptionsInvalid(detail, errors=faults)
    return options


def _check_choice(faults: list[FieldError], field: str, value: str, choices: list[str] | tuple[str, ...]) -> None:
    if value and value not in choices:
        faults.append(FieldError(field, f"{value[:40]!r} is none of {', '.join(choices)}"))


def _read_fill_days(kind: str, text: str, faults: list[FieldError]) -> int:
    if kind != FX_RATES and text != "0":
        faults.append(FieldError("fill_days", f"is for {FX_RATES}"))
    elif not (text.isascii() and text.isdigit()) or len(text) > len("31") or int(text) > MOST_FILL_DAYS:
        faults.append(FieldError("fill_days", f"is no whole number from 0 to {MOST_FILL_DAYS}: {text[:40]!r}"))
    else:
        return int(text)
    return 0


def _read_mapping(kind: str, text: str, faults: list[FieldError]) -> dict[str, MappedColumn]:
    """Parse `{"our_column": "header in the file"}`; an object (see MappedColumn) may stand in place of the header."""
    if not text:
        return {}
    try:
        mapping = msgspec.json.decode(text, type=dict[str, str | MappedColumn])
    except msgspec.DecodeError as error:
        faults.append(FieldError("mapping", f"is not a JSON object of our columns and the file's headers: {error}"))
        return {}
    forms = {column.name: column.form for column in FILE_KINDS[kind].columns}
    columns: dict[str, MappedColumn] = {}
    for name, given in mapping.items():
        field = f"mapping.{name[:60]}"
        mapped = MappedColumn(column=given) if isinstance(given, str) else given
        columns[name] = mapped
        if name not in forms:
            faults.append(FieldError(field, f"is no column of {kind}; its columns are {', '.join(forms)}"))
        elif bool(mapped.column.strip()) == bool(mapped.value.strip()):
            faults.append(FieldError(field, "names a header of the file, or a value for every row"))
        elif mapped.dates and forms[name] not in DATE_FORMS:
            faults.append(FieldError(f"{field}.dates", "is for columns of dates"))
        elif mapped.decimal and forms[name] not in NUMBER_FORMS:
            faults.append(FieldError(f"{field}.decimal", "is for columns of numbers"))
        _check_choice(faults, f"{field}.dates", mapped.dates, DATE_ORDERS)
        _check_choice(faults, f"{field}.decimal", mapped.decimal, DECIMALS)
    return columns
