"""The known fields of a shop's records, by list. Other fields are reported once, in `GET /data/quality`.

Each record, and each line of an order or refund, keeps them unparsed (`extra`; users and products in `attributes`).
https://woocommerce.github.io/woocommerce-rest-api-docs/ (order, order refund, customer and product properties)
"""

from collections.abc import Iterable
from typing import Any, Final

ORDERS: Final = "orders"
REFUNDS: Final = "refunds"
CUSTOMERS: Final = "customers"
PRODUCTS: Final = "products"
_LINES: Final = "line_items"

ORDER_COLUMNS: Final = frozenset(
    {
        *("id", "number", "status", "currency", "total", "total_tax", "shipping_total", "discount_total"),
        *("customer_id", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt"),
        *("date_paid", "date_paid_gmt", "line_items", "refunds"),
    }
)
# Addresses belong to the contact only; the key gives access to the order.
ORDER_SECRETS: Final = frozenset(
    {
        *("billing", "shipping", "customer_ip_address", "customer_user_agent", "customer_note"),
        *("order_key", "cart_hash", "payment_url", "_links"),
    }
)
_ORDER_MORE: Final = (
    *("parent_id", "created_via", "version", "prices_include_tax", "discount_tax", "shipping_tax", "cart_tax"),
    *("payment_method", "payment_method_title", "transaction_id", "date_completed", "date_completed_gmt"),
    *("meta_data", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "currency_symbol", "set_paid"),
    *("is_editable", "needs_payment", "needs_processing"),
)
KNOWN_OF_LINES: Final = frozenset(
    {
        *("id", "name", "parent_name", "product_id", "variation_id", "sku", "global_unique_id", "image", "quantity"),
        *("price", "subtotal", "subtotal_tax", "total", "total_tax", "tax_class", "taxes", "meta_data"),
        # (of a refund's)
        *("refund_total",),
    }
)
_KNOWN: Final = {
    ORDERS: ORDER_COLUMNS | ORDER_SECRETS | frozenset(_ORDER_MORE),
    REFUNDS: frozenset(
        {
            *("id", "parent_id", "date_created", "date_created_gmt", "amount", "reason", "refunded_by"),
            *("refunded_payment", "meta_data", "line_items", "tax_lines", "shipping_lines", "fee_lines"),
            *("currency", "currency_symbol", "api_refund", "api_restock", "_links"),
        }
    ),
    CUSTOMERS: frozenset(
        {
            *("id", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt", "email", "first_name"),
            *("last_name", "role", "username", "billing", "shipping", "is_paying_customer", "orders_count"),
            *("total_spent", "avatar_url", "meta_data", "_links"),
        }
    ),
    PRODUCTS: frozenset(
        {
            *("id", "name", "slug", "permalink", "permalink_template", "generated_slug", "type", "status", "featured"),
            *("date_created", "date_created_gmt", "date_modified", "date_modified_gmt", "catalog_visibility"),
            *("description", "short_description", "sku", "global_unique_id", "price", "regular_price", "sale_price"),
            *("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt", "price_html"),
            *("on_sale", "purchasable", "total_sales", "virtual", "downloadable", "downloads", "download_limit"),
            *("download_expiry", "external_url", "button_text", "tax_status", "tax_class", "manage_stock"),
            *("stock_quantity", "stock_status", "in_stock", "backorders", "backorders_allowed", "backordered"),
            *("low_stock_amount", "sold_individually", "weight", "dimensions", "shipping_required"),
            *("shipping_taxable", "shipping_class", "shipping_class_id", "reviews_allowed", "average_rating"),
            *("rating_count", "related_ids", "upsell_ids", "cross_sell_ids", "parent_id", "purchase_note"),
            *("categories", "tags", "brands", "images", "attributes", "default_attributes", "variations"),
            *("grouped_products", "menu_order", "has_options", "post_password", "meta_data", "_links"),
        }
    ),
}
_WITH_LINES: Final = (ORDERS, REFUNDS)


def unknown_fields(stream: str, records: Iterable[dict[str, Any]]) -> set[str]:
    """The paths of these records' unknown fields, such as `line_items.warehouse`."""
    found: set[str] = set()
    for record in records:
        found |= record.keys() - _KNOWN[stream]
        if stream in _WITH_LINES:
            lines = objects_in(record.get(_LINES))
            found |= {f"{_LINES}.{name}" for line in lines for name in line.keys() - KNOWN_OF_LINES}
    return found


def unknown_of(stream: str, record: dict[str, Any]) -> dict[str, Any]:
    """The unknown fields of a list's record, without empty ones."""
    return _others(record, _KNOWN[stream])


def unknown_of_line(line: dict[str, Any]) -> dict[str, Any]:
    """A line's unknown fields: `{"extra": {...}}`, or nothing."""
    extra = _others(line, KNOWN_OF_LINES)
    return {"extra": extra} if extra else {}


def _others(record: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in known and value not in (None, "", [])}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none if it is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]  # JSON
