"""A shop's property with months of visits until now, for who runs the stand-in as a program."""

import random
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.standins.ga4.held import HeldProperty

CUSTOM_DIMENSIONS: Final = frozenset(
    {"customUser:client_id", "customUser:crm_id", "customEvent:ga_session_id", "customEvent:branch"}
)
_BRANCHES: Final = ("Omaha", "Lincoln", "Des Moines", "Topeka")
_PRODUCTS: Final = tuple(
    {"item_id": f"P{number:02}", "item_name": name, "price": price}
    for number, (name, price) in enumerate(
        (("Box 40 cm", 12.5), ("Packing tape", 3.2), ("Bubble wrap", 21.0), ("Pallet", 44.0), ("Label roll", 8.9)), 1
    )
)
_TERMS: Final = ("bubble wrap", "pallet", "fragile labels", "crate")
_CHANNELS: Final = ("Organic Search", "Direct", "Paid Search", "Email", "Referral")
_CAMPAIGNS: Final = (("1001", "Packing spring"), ("1002", "Pallets"))


def shop(property_id: str, days: int, visits_a_day: int, seed: int = 4) -> HeldProperty:
    """The same visits for the same seed, the last of them a few minutes ago."""
    dice = random.Random(seed)
    held = HeldProperty(property_id, custom_dimensions=CUSTOM_DIMENSIONS)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for ago in range(days):
        for _ in range(visits_a_day):
            _visit(held, dice, now - timedelta(days=ago, minutes=dice.randrange(5, 1440)), now)
        for number, campaign in enumerate(_CAMPAIGNS):
            clicks = dice.randrange(40, 90)
            held.add_ad_day(
                (now - timedelta(days=ago)).date(),
                "555-000-1111",
                campaign,
                cost=round(clicks * (0.8 + number), 2),
                clicks=clicks,
                impressions=clicks * 37,
            )
    return held


def _visit(held: HeldProperty, dice: random.Random, begins: datetime, now: datetime) -> None:
    visitor = dice.randrange(400)
    who = {
        "customUser:client_id": f"device-{visitor}",
        "customUser:crm_id": f"customer-{visitor}" if visitor % 3 else "",
        "customEvent:ga_session_id": str(int(begins.timestamp())),
        "customEvent:branch": _BRANCHES[visitor % len(_BRANCHES)],
        "sessionDefaultChannelGroup": dice.choice(_CHANNELS),
    }
    product = {**dice.choice(_PRODUCTS), "quantity": dice.randrange(1, 6)}
    value = round(float(product["price"]) * int(product["quantity"]), 2)
    page = {"pageLocation": f"https://shop.example/p/{product['item_id']}", "pageTitle": str(product["item_name"])}
    happened = [("session_start", {}, 0.0, False), ("page_view", page, 0.0, False), ("view_item", page, value, True)]
    if dice.random() < 0.3:
        happened.append(("no_search_results", {"searchTerm": dice.choice(_TERMS)}, 0.0, False))
    if dice.random() < 0.4:
        happened.append(("add_to_cart", page, value, True))
        if dice.random() < 0.5:
            happened.append(("purchase", {"transactionId": f"T-{int(begins.timestamp())}-{visitor}"}, value, True))
    for minute, (name, more, worth, has_items) in enumerate(happened):
        at = begins + timedelta(minutes=minute)
        if at <= now:
            held.add_event(at, name, who | more, value=worth, items=[product] if has_items else [])
