"""What the demo's sales people noted: who asked for an offer, by which link they came, and what was signed.

Each day is its own history: whenever it is made, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from branchwise.demo.company import BRANCHES, PRODUCTS, Product

_SEED: Final = 43
_SATURDAY: Final = 5
_A_DAY: Final = (7, 13)
_SIGNS: Final = 0.22
_LONGEST: Final = 30  # days until it is signed

LEAD_COLUMNS: Final = (
    *("lead_id", "created_at", "name", "email", "utm_source", "utm_medium", "utm_campaign", "gclid", "fbclid"),
    *("referrer", "product_id", "product_name", "location_id"),
)
CONTRACT_COLUMNS: Final = ("contract_id", "lead_id", "signed_at", "amount")

# utm_source, utm_medium, utm_campaign, referrer, and how many of a hundred come so. The campaigns are those that the
# demo's ads have.
_ROADS: Final = (
    ("google", "cpc", "Search: water heaters", "", 22),
    ("google", "cpc", "Search: pipe and fittings", "", 12),
    ("facebook", "paid_social", "Leads 4", "", 14),
    ("facebook", "paid_social", "Retargeting 1", "", 8),
    ("instagram", "social", "", "", 5),
    ("newsletter", "email", "Spring offers", "", 9),
    ("", "", "", "https://www.google.com/", 14),
    ("", "", "", "https://www.heatingforum.example/thread/812", 4),
    ("", "", "", "", 12),
)
_NAMES: Final = ("Alex", "Robin", "Jordan", "Casey", "Morgan", "Avery", "Riley", "Quinn", "Taylor", "Jamie")
_FAMILIES: Final = ("Nguyen", "Keller", "Olsen", "Garcia", "Hughes", "Novak", "Silva", "Weber", "Larsen", "Moreau")


@dataclass(frozen=True)
class Enquiry:
    """Somebody who asked, as a row of leads.csv, and the contract that came of it."""

    lead: tuple[str, ...]
    contract: tuple[str, ...] | None
    signed: date | None


def enquiries_of(day: date, zone: ZoneInfo) -> list[Enquiry]:
    """Everybody who asked on a day: fewer at weekends."""
    random = Random(f"{_SEED} {day}")  # noqa: S311 -- invented data, no secret
    most = _A_DAY[1] if day.weekday() < _SATURDAY else _A_DAY[0] // 2
    return [_enquiry(random, day, zone, number) for number in range(random.randint(most // 2, most))]


def leads_and_contracts(first: date, last: date, zone: ZoneInfo) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The rows of both files: who asked on the days from `first` to `last`, and what was signed on them."""
    asked = [enquiry for day in _days(first - timedelta(days=_LONGEST), last) for enquiry in enquiries_of(day, zone)]
    leads = [one.lead for one in asked if one.lead[1][:10] >= first.isoformat()]
    return leads, [one.contract for one in asked if one.contract and one.signed and first <= one.signed <= last]


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=later) for later in range((last - first).days + 1))


def _enquiry(random: Random, day: date, zone: ZoneInfo, number: int) -> Enquiry:
    source, medium, campaign, referrer, _ = random.choices(_ROADS, [road[4] for road in _ROADS])[0]
    branch, product = random.choice(BRANCHES), random.choice(PRODUCTS)
    name, family = random.choice(_NAMES), random.choice(_FAMILIES)
    at = datetime.combine(day, time(random.randrange(8, 19), random.randrange(60)), zone)
    lead_id = f"E{day:%y%m%d}{number:02}"
    click = f"click-{lead_id}"
    lead = (
        *(lead_id, at.isoformat(), f"{name} {family}", f"{name}.{family}.{lead_id}@mail.example".lower()),
        *(source, medium, campaign),
        click if source == "google" else "",
        click if source == "facebook" else "",
        *(referrer, product.item_id, product.name, branch.code),
    )
    if random.random() >= _SIGNS:
        return Enquiry(lead, None, None)
    signed = day + timedelta(days=random.randint(1, _LONGEST))
    contract = (f"C{lead_id}", lead_id, signed.isoformat(), f"{_amount(random, product):.2f}")
    return Enquiry(lead, contract, signed)


def _amount(random: Random, product: Product) -> float:
    return product.price * random.randint(2, 40)
