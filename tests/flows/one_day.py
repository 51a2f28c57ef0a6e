"""One day of a shop in a GA4 export: Baker Heating orders, Acme Plumbing leaves a cart behind."""

import json
from typing import Any

DAY = "2024-04-29"
_TEN_IN_CHICAGO = 1_714_402_800_000_000  # 10:00, in µs since 1970
_BRANCH = {"key": "default_branch_id", "value": {"string_value": "D07"}}
_PUMP = {"item_id": "P-100", "item_name": "Sump pump", "price": 112.4, "quantity": "6"}
_VALVE = {"item_id": "P-200", "item_name": "Ball valve", "price": 9.5, "quantity": "2"}


def _hit(minute: int, name: str, user: str, items: list[dict[str, Any]] | None = None, **values: Any) -> bytes:
    params = [{"key": "ga_session_id", "value": {"int_value": "77"}}]
    params += [{"key": key, "value": {"string_value": value}} for key, value in values.items()]
    row = {
        "event_date": DAY.replace("-", ""),
        "event_timestamp": str(_TEN_IN_CHICAGO + minute * 60_000_000),
        "event_name": name,
        "event_params": params,
        "event_bundle_sequence_id": str(minute),
        "user_pseudo_id": f"device of {user}",
        "user_id": user,
        "user_properties": [_BRANCH],
        "items": items or [],
    }
    return json.dumps(row).encode() + b"\n"


FILES = {
    "locations": b"location_id,location_name,city,state\nD07,Omaha,Omaha,NE\n",
    "users": (
        b"user_id,buying_company_name,email,cell_phone,office_phone,location_id\n"
        b"acme,Acme <Plumbing> & Sons,buyer@acme.example,402-555-0111,,D07\n"
        b"baker,Baker Heating,baker@heating.example,402-555-0122,,D07\n"
    ),
    "ga4-export": b"".join(
        (
            _hit(0, "page_view", "acme"),
            _hit(1, "view_item", "acme", [_PUMP]),
            _hit(2, "add_to_cart", "acme", [_PUMP]),
            _hit(5, "page_view", "baker"),
            _hit(9, "purchase", "baker", [_VALVE], transaction_id="T-1001", value="19.00", currency="USD"),
        )
    ),
}
