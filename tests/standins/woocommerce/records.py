"""Orders, customers and refunds in the shape of WooCommerce's REST API v3.

https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties (#customer-properties,
#order-refund-properties).
"""

from datetime import datetime, timedelta
from typing import Any

LOCAL_OFFSET = timedelta(hours=-3)
_NAMES = ("Ada Cole", "Bo Diaz", "Cyd Eng", "Dan Fox", "Eve Gray")


def gmt(moment: datetime) -> str:
    """A time as the `_gmt` fields have it: UTC, without saying so, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def local(moment: datetime) -> str:
    """The same in the site's time zone, as the fields without `_gmt` have it."""
    return gmt(moment + LOCAL_OFFSET)


def order_record(number: int, created: datetime, /, **given: Any) -> dict[str, Any]:
    """An order of one line, paid; `given` replaces whole fields, `email` and `customer_id` say whose it is."""
    price = 10 + number % 7
    email = given.pop("email", f"customer{number % 50}@example.com")
    first, last = _NAMES[number % len(_NAMES)].split()
    address = {"first_name": first, "last_name": last, "company": "", "address_1": "969 Market", "address_2": ""}
    address |= {"city": "San Francisco", "state": "CA", "postcode": "94103", "country": "US"}
    order: dict[str, Any] = {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "order_key": f"wc_order_{number}",
        "created_via": "checkout",
        "version": "9.4.0",
        "status": "processing",
        "currency": "USD",
        "date_created": local(created),
        "date_created_gmt": gmt(created),
        "date_modified": local(created),
        "date_modified_gmt": gmt(created),
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "5.00",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": f"{2 * price + 5}.00",
        "total_tax": "0.00",
        "prices_include_tax": False,
        "customer_id": 0,
        "customer_ip_address": "",
        "customer_user_agent": "",
        "customer_note": "",
        "billing": {**address, "email": email, "phone": f"555-{number % 10_000:04d}"},
        "shipping": address,
        "payment_method": "card",
        "payment_method_title": "Card",
        "transaction_id": "",
        "date_paid": local(created),
        "date_paid_gmt": gmt(created),
        "date_completed": None,
        "date_completed_gmt": None,
        "cart_hash": "",
        "meta_data": [],
        "line_items": [line_record(number, f"Product {number % 20}", 100 + number % 20, 2, price)],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
    }
    return order | given


def line_record(number: int, name: str, product_id: int, quantity: int, price: float) -> dict[str, Any]:
    """A line of an order."""
    total = f"{quantity * price:.2f}"
    return {
        "id": number,
        "name": name,
        "product_id": product_id,
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": total,
        "subtotal_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
        "sku": f"SKU-{product_id}",
        "price": price,
    }


def customer_record(number: int, created: datetime, email: str = "") -> dict[str, Any]:
    """A customer with an account."""
    first, last = _NAMES[number % len(_NAMES)].split()
    email = email or f"account{number}@example.com"
    return {
        "id": number,
        "date_created": local(created),
        "date_created_gmt": gmt(created),
        "date_modified": local(created),
        "date_modified_gmt": gmt(created),
        "email": email,
        "first_name": first,
        "last_name": last,
        "role": "customer",
        "username": f"user{number}",
        "billing": {
            "first_name": first,
            "last_name": last,
            "company": f"Company {number}",
            "email": email,
            "phone": "",
        },
        "is_paying_customer": False,
        "avatar_url": "",
        "meta_data": [],
    }


def product_record(number: int, changed: datetime, name: str = "") -> dict[str, Any]:
    """A product."""
    return {
        "id": number,
        "name": name or f"Product {number}",
        "slug": f"product-{number}",
        "type": "simple",
        "date_created": local(changed),
        "date_created_gmt": gmt(changed),
        "date_modified": local(changed),
        "date_modified_gmt": gmt(changed),
        "status": "publish",
        "sku": f"SKU-{number}",
        "price": "10.00",
        "regular_price": "10.00",
        "categories": [{"id": 9, "name": "Pumps", "slug": "pumps"}],
    }


def refund_record(number: int, created: datetime, amount: str) -> dict[str, Any]:
    """A refund of an order."""
    return {
        "id": number,
        "date_created": local(created),
        "date_created_gmt": gmt(created),
        "amount": amount,
        "reason": "",
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": [],
    }
