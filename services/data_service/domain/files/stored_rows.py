"""Show rows of a chunk as they are stored in their table."""

from decimal import Decimal
from itertools import islice
from typing import Any

import msgspec

from common.db.jsonb import number
from services.data_service.domain.csv_files.kinds import FILE_KINDS, NUMBER_FORMS
from services.data_service.domain.files.read_chunk import ReadChunk
from services.data_service.domain.files.take_chunk import Taken
from services.data_service.store.ads.ad_row import AdRow
from services.data_service.store.events.copy_text import rows_of_copy
from services.data_service.store.events.staged_event import EVENT_TABLES, StagedEvent

_NOT_STORED = ("lines",)


def stored_rows(kind: str, chunk: ReadChunk, taken: Taken, limit: int) -> list[dict[str, Any]]:
    """Return the first `limit` accepted rows of a chunk, by column; absent values are None."""
    if limit <= 0:
        return []
    if chunk.events:
        return [_event(StagedEvent(*values)) for values in rows_of_copy(chunk.events.copy, limit)]
    if chunk.rows:
        forms = {column.name: column.form for column in FILE_KINDS[kind].columns}
        return [
            {name: _value(forms.get(name, name), text) for name, text in zip(chunk.rows.columns, values, strict=True)}
            for values in rows_of_copy(chunk.rows.copy, limit)
        ]
    if chunk.contacts:
        names = FILE_KINDS[kind].staged_columns
        latest = {contact.key: contact for contact in chunk.contacts}
        return [
            dict(zip(names, [contact.key, *contact.values, contact.attributes], strict=True))
            for contact in islice(latest.values(), limit)
        ]
    refused = {reject.line for reject in taken.rejects}
    return [_ad(row) for row in islice((row for row in chunk.ads if row.lines[0].line not in refused), limit)]


def _value(form: str, text: str) -> Any:
    if not text:
        return None
    if form in NUMBER_FORMS:
        return number(Decimal(text))
    if form == "flag":
        return text == "true"
    return msgspec.Raw(text.encode()) if form == "attributes" else text


def _ad(row: AdRow) -> dict[str, Any]:
    shown = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in _NOT_STORED}
    shown |= {name: number(value) for name, value in shown.items() if isinstance(value, Decimal)}
    # As in store/ads/ad_performance.py, where a missing account is stored as '' and not as null.
    return shown | {"currency": row.currency or None, "extra": row.extra or None}


def _event(event: StagedEvent) -> dict[str, Any]:
    row: dict[str, Any] = {name: text or None for name, text in event._asdict().items() if name != "kind"}
    row["event_table"] = EVENT_TABLES[int(event.kind)]
    for name in ("items", "extra"):
        row[name] = msgspec.Raw(row[name].encode()) if row[name] else None
    row["value"] = number(Decimal(event.value)) if event.value else None
    return row
