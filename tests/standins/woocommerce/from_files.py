"""A shop out of plain files: customers, orders with their lines, and refunds, under WooCommerce's own names."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.standins.woocommerce.records import customer_record, gmt, line_record, local, refund_record
from tests.standins.woocommerce.shop import Shop


def fill_from_files(shop: Shop, folder: Path) -> None:
    """Take in `shopify_{customers,orders,order_lines,refunds}.csv`; ids lose their letters, times are UTC."""
    customers = {row["customer_id"]: row for row in _rows(folder / "shopify_customers.csv")}
    for customer_id, row in customers.items():
        record = customer_record(_number(customer_id), _time(row["created_at"]), row["email"])
        names = {"first_name": row["first_name"], "last_name": row["last_name"]}
        record["billing"] |= {**names, "company": "", "phone": row["phone"]}
        shop.customers[record["id"]] = record | names
    lines = _rows(folder / "shopify_order_lines.csv")
    for row in _rows(folder / "shopify_orders.csv"):
        made = _time(row["created_at"])
        order = shop.order(
            made,
            id=_number(row["order_id"]),
            status="completed",
            currency=row["currency"],
            total=row["total_price"],
            total_tax=row["total_tax"],
            shipping_total=row["total_shipping"],
            discount_total=row["total_discounts"],
            customer_id=_number(row["customer_id"]),
            email=customers[row["customer_id"]]["email"],
            line_items=[
                line_record(
                    *(_number(line["order_line_id"]), line["title"], _number(line["product_id"])),
                    *(int(line["quantity"]), float(line["price"])),
                )
                for line in lines
                if line["order_id"] == row["order_id"]
            ],
        )
        order["billing"] |= {
            name: shop.customers[order["customer_id"]]["billing"][name] for name in ("first_name", "last_name", "phone")
        }
    for row in _rows(folder / "shopify_refunds.csv"):
        number, at, amount = _number(row["order_id"]), _time(row["created_at"]), row["refund_amount"]
        record = refund_record(_number(row["refund_id"]), at, f"{Decimal(amount):.2f}")
        shop.refunds.setdefault(number, []).append(record)
        told = {"id": record["id"], "reason": row["reason"], "total": f"-{amount}"}
        shop.orders[number]["refunds"].append(told)
        shop.orders[number] |= {"date_modified": local(at), "date_modified_gmt": gmt(at)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> int:
    return int(text.partition("_")[2])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
