"""A shop's customers → users and their contacts."""

from collections.abc import Sequence
from typing import Any, Final

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.values import id_of
from services.data_service.domain.woocommerce.known_fields import CUSTOMERS, unknown_of
from services.data_service.domain.woocommerce.order_row import contact_of, email_of
from services.data_service.store.shop.shop_people import ShopContact

_GUEST_DIGITS: Final = 32


def customer_user(customer_id: str | None, config: WooCommerceConfig) -> str | None:
    """A customer's id among the users; a site that names its users to GA4 names them so."""
    return (config.customer_prefix or "") + customer_id if customer_id else None


def guest_user(email_hash: bytes) -> str:
    """The user id of a guest: the same for the same address, in every shop."""
    return "guest-" + email_hash.hex()[:_GUEST_DIGITS]


def customers_of(records: Sequence[dict[str, Any]], config: WooCommerceConfig) -> list[tuple[ShopContact, str]]:
    """Customers as contacts under their own ids, each with its address in lower case.

    Fields: https://woocommerce.github.io/woocommerce-rest-api-docs/#customer-properties. Unreadable
    ones are left out: their orders bring the contact again.
    """
    found: list[tuple[ShopContact, str]] = []
    for record in records:
        try:
            user_id = customer_user(id_of(record.get("id"), "id"), config)
            address = record.get("billing")
            billing: dict[str, Any] = address if isinstance(address, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON
            names = {name: record.get(name) or billing.get(name) for name in ("first_name", "last_name")}
            email = email_of(record.get("email")) or email_of(billing.get("email"))
            contact = contact_of({**billing, **names}, email)
        except Rejected:
            continue
        if user_id is not None:
            extra = unknown_of(CUSTOMERS, record)
            found.append((contact._replace(user_id=user_id, extra=extra), email.lower()))
    return found
