"""Parse the products of an event: `item_id` (else `item_name`), `item_name`, `price`, `quantity` (1 where absent)."""

from typing import Any

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import id_of, number_of, text_of


def items_of(value: Any) -> list[dict[str, Any]]:
    """Parse the items of a row; other fields of an item (brand, category, …) stay with it.

    Raises:
        Rejected: not a list of objects, a price or quantity that is no number, or a negative quantity.
    """
    if not value:
        return []
    if not isinstance(value, list):
        reason = "items is not a list"
        raise Rejected(reason, "items")
    return [_item_of(item, f"items[{place}]") for place, item in enumerate(value)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON


def _item_of(item: Any, field: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        reason = f"{field} is not an object"
        raise Rejected(reason, field)
    rest: dict[str, Any] = dict(item)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    name = text_of(rest.pop("item_name", None), f"{field}.item_name")
    made = item_with(
        id_of(rest.pop("item_id", None), f"{field}.item_id"),
        name,
        number_of(rest.pop("price", None), f"{field}.price"),
        number_of(rest.pop("quantity", None), f"{field}.quantity"),
        field,
    )
    for key, more in rest.items():
        if more is not None and more not in ("", "(not set)", []):
            made[key] = more
    return made


def item_with(item_id: str, item_name: str, price: float | None, quantity: float | None, field: str) -> dict[str, Any]:
    """Build an item as it is stored.

    Raises:
        Rejected: the quantity is negative.
    """
    if quantity is None:
        quantity = 1
    elif quantity < 0:
        reason = f"{field}.quantity is negative: {quantity}"
        raise Rejected(reason, f"{field}.quantity")
    return {
        "item_id": item_id or id_of(item_name, f"{field}.item_name") or None,
        "item_name": item_name or None,
        "price": price,
        "quantity": quantity,
    }
