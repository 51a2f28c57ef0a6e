"""A website user as the API shows them."""

from collections.abc import Sequence
from typing import Any

from common.db.jsonb import number, raw_jsonb
from services.data_service.store.people.website_users import UserEventCount

_CONTACT = ("buying_company_name", "email", "cell_phone", "office_phone")
_LOCATION = ("location_id", "location_name", "city", "state")


def website_user(user_id: str, contact: dict[str, Any] | None, events: Sequence[UserEventCount]) -> dict[str, Any]:
    """Contact, home location and event summary; `contact` and `location` are None where unknown."""
    by_kind: dict[str, int] = {}
    for row in events:
        by_kind[row.event_table] = by_kind.get(row.event_table, 0) + row.event_count
    return {
        "user_id": user_id,
        "contact": None if contact is None else _contact(contact),
        "location": None if contact is None or contact["location_id"] is None else {k: contact[k] for k in _LOCATION},
        "events": {
            "total": sum(by_kind.values()),
            "by_kind": by_kind,
            "first_at": min((row.first_ts for row in events), default=None),
            "last_at": max((row.last_ts for row in events), default=None),
            "purchased": [
                {"currency": row.currency, "value": number(row.value)} for row in events if row.value is not None
            ],
        },
    }


def _contact(contact: dict[str, Any]) -> dict[str, Any]:
    shown = {name: contact[name] for name in _CONTACT}
    return {**shown, "attributes": raw_jsonb(contact["attributes"]), "updated_at": contact["updated_at"]}
