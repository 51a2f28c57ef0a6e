"""Matching products to events: the Data API reports both by minute and visit, but not together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.data_service.domain.events.items import item_with
from services.data_service.domain.values import id_of, text_of

_PLACES: Final = Decimal("0.000001")


class Product(NamedTuple):
    """A product of a minute and visit; its price is None if there is no revenue to compute it from."""

    item_id: str
    item_name: str
    quantity: Decimal
    price: Decimal | None


def shares(total: Decimal, among: int, step: Decimal = _PLACES) -> list[Decimal]:
    """Split a total into equal parts that add up exactly; the first takes the remainder that `step` does not divide."""
    each = (total / among).quantize(step, rounding="ROUND_DOWN")
    return [total - each * (among - 1), *[each] * (among - 1)]


def _quantities(total: Decimal, among: int) -> list[Decimal]:
    is_whole = total == total.to_integral_value() and total >= among
    return shares(total, among, Decimal(1) if is_whole else _PLACES)


def deal_out(products: Sequence[Product], among: int) -> list[list[dict[str, Any]]]:
    """Distribute products evenly over `among` events; quantities add up to the reported ones.

    With more events than products, events take turns and share a product's quantity: the same product put into the
    cart three times in a minute is three events of one each.
    """
    if not products:
        return [[] for _ in range(among)]
    if len(products) >= among:
        return [[_item(product, product.quantity) for product in products[at::among]] for at in range(among)]
    dealt: list[list[dict[str, Any]]] = [[] for _ in range(among)]
    for at, product in enumerate(products):
        takers = dealt[at :: len(products)]
        for taker, quantity in zip(takers, _quantities(product.quantity, len(takers)), strict=True):
            taker.append(_item(product, quantity))
    return dealt


def _item(product: Product, quantity: Decimal) -> dict[str, Any]:
    price = None if product.price is None else _number(product.price)
    item_id = id_of(product.item_id, "item_id")
    return item_with(item_id, text_of(product.item_name, "item_name"), price, _number(quantity), "items")


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(round(value, 6))
