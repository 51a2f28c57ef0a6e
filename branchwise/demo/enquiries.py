"""Invent the demo's leads, with the links by which they came, and the contracts that they signed.

The leads of a day depend only on the day, so that they are the same whenever they are generated.
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
_LEADS_PER_DAY: Final = (7, 13)
_SIGNING_RATE: Final = 0.22
_MAX_DAYS_TO_SIGN: Final = 30

LEAD_COLUMNS: Final = (
    *("lead_id", "created_at", "name", "email", "utm_source", "utm_medium", "utm_campaign", "gclid", "fbclid"),
    *("referrer", "product_id", "product_name", "location_id"),
)
CONTRACT_COLUMNS: Final = ("contract_id", "lead_id", "signed_at", "amount")

# utm_source, utm_medium, utm_campaign, referrer, and the percentage of leads that come from there. The campaigns are
# those of the demo's ads.
_ORIGINS: Final = (
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
    """A lead as a row of leads.csv, and its contract as a row of contracts.csv, if one was signed."""

    lead: tuple[str, ...]
    contract: tuple[str, ...] | None
    signed: date | None


def enquiries_of(day: date, zone: ZoneInfo) -> list[Enquiry]:
    """Invent the leads of a day. There are fewer at weekends."""
    random = Random(f"{_SEED} {day}")  # noqa: S311 -- invented data, no secret
    most = _LEADS_PER_DAY[1] if day.weekday() < _SATURDAY else _LEADS_PER_DAY[0] // 2
    return [_enquiry(random, day, zone, number) for number in range(random.randint(most // 2, most))]


def leads_and_contracts(first: date, last: date, zone: ZoneInfo) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the rows of both files: leads created, and contracts signed, on the days from `first` to `last`."""
    days = _days(first - timedelta(days=_MAX_DAYS_TO_SIGN), last)
    enquiries = [enquiry for day in days for enquiry in enquiries_of(day, zone)]
    leads = [each.lead for each in enquiries if each.lead[1][:10] >= first.isoformat()]
    return leads, [
        each.contract for each in enquiries if each.contract and each.signed and first <= each.signed <= last
    ]


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=later) for later in range((last - first).days + 1))


def _enquiry(random: Random, day: date, zone: ZoneInfo, number: int) -> Enquiry:
    source, medium, campaign, referrer, _ = random.choices(_ORIGINS, [origin[4] for origin in _ORIGINS])[0]
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
    if random.random() >= _SIGNING_RATE:
        return Enquiry(lead, None, None)
    signed = day + timedelta(days=random.randint(1, _MAX_DAYS_TO_SIGN))
    contract = (f"C{lead_id}", lead_id, signed.isoformat(), f"{_amount(random, product):.2f}")
    return Enquiry(lead, contract, signed)


def _amount(random: Random, product: Product) -> float:
    return product.price * random.randint(2, 40)
