"""Rows of the users and locations files."""

from collections.abc import Sequence
from typing import Final

from services.data_service.domain.rejection import Rejected
from services.data_service.domain.values import MAX_ID_BYTES, bounded, id_of, text_of
from services.data_service.store.contact_row import ContactRow

USER_COLUMNS: Final = ("buying_company_name", "email", "cell_phone", "office_phone", "location_id")
LOCATION_COLUMNS: Final = ("location_name", "city", "state")
REQUIRED: Final = {"users": ("user_id",), "locations": ("location_id", "location_name")}
_MAX_TEXT_BYTES: Final = 1_000


def header_of(fields: Sequence[str], kind: str) -> list[str]:
    """The header's column names, trimmed.

    Raises:
        Rejected: a required column is missing, or one is there twice.
    """
    names = [field.strip() for field in fields]
    for required in REQUIRED[kind]:
        if required not in names:
            reason = f"the column {required} is missing; the header is: {', '.join(names)[:300]}"
            raise Rejected(reason, required)
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        reason = f"the column {repeated[0]} is there twice"
        raise Rejected(reason, repeated[0])
    return names


def contact_row(header: Sequence[str], fields: Sequence[str], kind: str) -> ContactRow:
    """One record of a `users` or `locations` file; absent values are None.

    Raises:
        Rejected: the record does not fit the header, or its id or name is missing or too long.
    """
    if len(fields) != len(header):
        reason = f"{len(fields)} columns where the header has {len(header)}"
        raise Rejected(reason)
    row = {
        name: bounded(text_of(field.strip(), name), name, _MAX_TEXT_BYTES)
        for name, field in zip(header, fields, strict=True)
    }
    for required in REQUIRED[kind]:
        if not row[required]:
            reason = f"{required} is missing"
            raise Rejected(reason, required)
    id_name, columns = ("user_id", USER_COLUMNS) if kind == "users" else ("location_id", LOCATION_COLUMNS)
    key = id_of(row.pop(id_name), id_name)
    if "location_id" in row:
        bounded(row["location_id"], "location_id", MAX_ID_BYTES)
    values = [row.pop(name, "") or None for name in columns]
    return ContactRow(key, values, {name: value for name, value in row.items() if name and value})
