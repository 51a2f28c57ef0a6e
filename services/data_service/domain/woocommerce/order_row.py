"""An order of the API → a row of data.shop_order and the customer's contact.

Fields: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties.
"""

import hashlib
import html
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.values import currency_of, id_of, text_of
from services.data_service.domain.woocommerce.known_fields import (
    ORDER_COLUMNS,
    ORDER_SECRETS,
    REFUNDS,
    objects_in,
    unknown_of,
    unknown_of_line,
)
from services.data_service.sources.woocommerce.walk import time_of
from services.data_service.store.shop.shop_orders import ShopOrder, ShopRefund
from services.data_service.store.shop.shop_people import ShopContact

_MOST: Final = Decimal(10) ** 15
_LONGEST_TEXT: Final = 250
_LONGEST_EMAIL: Final = 320
_OF_REFUNDED_LINE: Final = ("product_id", "variation_id", "sku", "name", "quantity", "total")


class ReadOrder(NamedTuple):
    """An order, its customer's contact (without the user's id), and the ids of its refunds."""

    order: ShopOrder
    email: str
    contact: ShopContact
    refund_ids: frozenset[str]


def order_of(record: dict[str, Any], config: WooCommerceConfig, digest: bytes | None = None) -> ReadOrder:
    """Read one order; `digest` is stored with it (domain/woocommerce/order_digest.py).

    Raises:
        Rejected: a required field is missing or cannot be read.
    """
    order_id = id_of(record.get("id"), "id")
    if not order_id:
        reason = "an order without an id"
        raise Rejected(reason, "id")
    number = id_of(record.get("number"), "number") or order_id
    customer_id = id_of(record.get("customer_id"), "customer_id")
    address = _object(record.get("billing"))
    email = email_of(address.get("email"))
    order = ShopOrder(
        order_id=order_id,
        number=number,
        transaction_id=(config.transaction_prefix or "") + (number if config.transaction_id == "number" else order_id),
        status=text_of(record.get("status"), "status") or "pending",
        currency=currency_of(record.get("currency")) or None,
        total=money_of(record.get("total"), "total"),
        total_tax=money_of(record.get("total_tax"), "total_tax"),
        shipping_total=money_of(record.get("shipping_total"), "shipping_total"),
        discount_total=money_of(record.get("discount_total"), "discount_total"),
        customer_id=customer_id if customer_id not in ("", "0") else None,
        email_hash=hash_of_email(email) if email else None,
        user_id=None,
        created_at=_needed_time(record, "date_created_gmt"),
        modified_at=_needed_time(record, "date_modified_gmt"),
        paid_at=time_of(record.get("date_paid_gmt")),
        lines=[_line_of(line, config) for line in objects_in(record.get("line_items"))],
        extra={
            name: value
            for name, value in record.items()
            if name not in ORDER_COLUMNS and name not in ORDER_SECRETS and value not in (None, "", [])
        },
        told_digest=digest,
    )
    refund_ids = frozenset(id_of(refund.get("id"), "refunds.id") for refund in objects_in(record.get("refunds")))
    return ReadOrder(order, email, contact_of(address, email), refund_ids)


def refund_of(record: dict[str, Any], order_id: str) -> ShopRefund:
    """Read one refund: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-refund-properties.

    Raises:
        Rejected: it has no id, time or amount that can be read.
    """
    return ShopRefund(
        order_id=order_id,
        refund_id=id_of(record.get("id"), "id"),
        amount=abs(money_of(record.get("amount"), "amount")),
        reason=text_of(record.get("reason"), "reason") or None,
        created_at=_needed_time(record, "date_created_gmt"),
        lines=[
            {name: line.get(name) for name in _OF_REFUNDED_LINE} | unknown_of_line(line)
            for line in objects_in(record.get("line_items"))
        ],
        extra=unknown_of(REFUNDS, record),
    )


def contact_of(address: dict[str, Any], email: str) -> ShopContact:
    """The contact details; its name is the company's, or else the person's."""
    first, last, company, phone = (_told(address.get(key)) for key in ("first_name", "last_name", "company", "phone"))
    name = company or " ".join(part for part in (first, last) if part)
    return ShopContact("", name or None, email or None, phone or None)


def email_of(value: Any) -> str:
    """The email address as received; '' if there is none or it is too long to be one."""
    email = _told(value)
    return email if len(email.encode()) <= _LONGEST_EMAIL else ""


def hash_of_email(email: str) -> bytes:
    """SHA-256 of the address, trimmed and in lower case, as ad platforms match by."""
    return hashlib.sha256(email.strip().lower().encode()).digest()


def money_of(value: Any, field: str) -> Decimal:
    """An amount, 0 if absent; the API writes amounts as text.

    Raises:
        Rejected: not a number, or beyond 10^15.
    """
    text = text_of(value, field).strip() if not isinstance(value, Decimal) else str(value)
    try:
        amount = Decimal(text or 0)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= _MOST:
        reason = f"{field} is not an amount: {text[:40]!r}"
        raise Rejected(reason, field)
    return amount


def _line_of(line: dict[str, Any], config: WooCommerceConfig) -> dict[str, Any]:
    """A line as an event's item, with its totals after discount."""
    product_id = id_of(line.get("variation_id") or line.get("product_id"), "product_id")
    sku = id_of(line.get("sku"), "sku")
    # WordPress escapes texts for HTML.
    name = html.unescape(text_of(line.get("name"), "name")) or None
    item_id = (sku or product_id) if config.item_id == "sku" else product_id
    quantity, total = money_of(line.get("quantity"), "quantity"), money_of(line.get("total"), "total")
    given = line.get("price")
    price = money_of(given, "price") if given is not None else total / quantity if quantity else total
    return {
        "item_id": (item_id if item_id != "0" else "") or name,
        "item_name": name,
        "price": price,
        "quantity": max(quantity, Decimal(0)),
        "sku": sku or None,
        "total": total,
        "total_tax": money_of(line.get("total_tax"), "total_tax"),
        **unknown_of_line(line),
    }


def _told(value: Any) -> str:
    return html.unescape(text_of(value, "")).strip()[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _needed_time(record: dict[str, Any], field: str) -> datetime:
    moment = time_of(record.get(field))
    if moment is None:
        reason = f"{field} is missing or not a time"
        raise Rejected(reason, field)
    return moment


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON
