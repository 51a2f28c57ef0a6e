"""An order → its purchase event, or none.

A purchase is an order that was paid for: `processing`, `completed`, and `refunded`, since refunds are not subtracted
from purchases (definitions.md). `on-hold` awaits a payment that a person must confirm, so it is none yet, as are
`pending`, `failed`, `cancelled`, drafts, and what lies in the trash or is deleted
(https://woocommerce.com/document/managing-orders/order-statuses/). A status of a plugin's own is judged by whether the
order has a date of payment.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common.db.jsonb import to_jsonb
from services.data_service.domain.events.event_id import id_of_text
from services.data_service.domain.events.event_time import microseconds_of
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.files.rejection import Rejected
from services.data_service.store.events.epoch_time import from_microseconds, to_microseconds
from services.data_service.store.events.staged_event import PURCHASE, StagedEvent
from services.data_service.store.shop.shop_purchases import OrderPlace

_PAID: Final = frozenset({"processing", "completed", "refunded"})
_UNPAID: Final = frozenset(
    {"pending", "on-hold", "cancelled", "failed", "trash", "deleted", "checkout-draft", "auto-draft", "draft", "new"}
)
_SKEW: Final = timedelta(days=1)
# Sorts before any hit's id, which is a hash.
_FIRST: Final = "00000000"
_NONE: Final[dict[str, Any]] = {}


def is_paid(status: str, paid_at: datetime | None) -> bool:
    """Whether an order counts as a purchase."""
    return status in _PAID or (status not in _UNPAID and paid_at is not None)


def event_time_of(made: datetime) -> int | None:
    """An order's time of creation in µs; None if outside the range of events: before 2000, or far in the future."""
    try:
        return microseconds_of(to_microseconds(made))
    except Rejected:
        return None


def purchase_of(order: OrderPlace, rule: LocationRule) -> StagedEvent | None:
    """The order's row of data.purchase.

    If the shop's tag reported the same transaction, the row gets the tag's device, and its user if the site named one,
    so that the device's earlier events belong to the person. The row's id includes the owner: a purchase that changes
    its owner becomes another row, so a concurrent count never sees one row with two owners.

    Of a transaction's rows the earliest counts, with its money and person. The Data API gives purchases by the minute,
    and a shop's clock may be fast; so if the tag's purchase is less than a day earlier, this row gets the same time and
    a smaller id.
    """
    at = order.created_at
    if order.tag_ts is not None and at - _SKEW < order.tag_ts < at:
        at = order.tag_ts
    event_us = event_time_of(at)
    if event_us is None or not is_paid(order.status, order.paid_at):
        return None
    device, user = order.tag_device or "", order.tag_user or order.user_id or ""
    params = _params_of(order.meta)
    identity = id_of_text(f"shop order\x1f{order.source_id}\x1f{order.order_id}\x1f{device}\x1f{user}")
    extra = {
        **({"params": params} if params else {}),
        **(order.tag_extra or {}),
        "order": {"source_id": order.source_id, "order_id": order.order_id, "number": order.number},
    }
    return StagedEvent(
        kind=str(PURCHASE),
        event_us=str(event_us),
        event_id=_FIRST + identity[len(_FIRST) :],
        user_pseudo_id=device,
        user_id=user,
        session_id="",
        location_id=_location_of(order, params, rule),
        page_location="",
        page_title="",
        subject=order.transaction_id,
        value=str(order.total),
        currency=order.currency or "",
        items=order.items if order.items != "[]" else "",
        extra=to_jsonb(extra),
    )


def digest_of(event: StagedEvent) -> bytes:
    """A digest that shows whether the stored row is up to date."""
    return hashlib.sha256("\x1f".join(event).encode()).digest()


def key_of(event: StagedEvent) -> tuple[datetime, UUID]:
    """The row's key in data.purchase."""
    return from_microseconds(int(event.event_us)), UUID(event.event_id)


def _location_of(order: OrderPlace, params: dict[str, Any], rule: LocationRule) -> str:
    """The tag's location, or else by the tenant's rule, which may name a field of the order."""
    if order.has_tag:
        return order.tag_location or ""
    try:
        return rule.resolve(params, _NONE, _NONE)
    except Rejected:
        return ""


def _params_of(meta: list[dict[str, Any]]) -> dict[str, Any]:
    """The order's custom fields, as plugins add them: scalar values only, without WordPress's hidden ones."""
    return {
        str(entry["key"]): entry["value"]
        for entry in meta
        if entry.get("key") and not str(entry["key"]).startswith("_") and isinstance(entry.get("value"), str | int)
    }
