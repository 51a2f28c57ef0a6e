"""New leads and ads of a simulated company; made_leads_and_ads.sql creates its history."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from services.data_service.store.ads.ad_performance import AdDay

CAMPAIGNS = 100
PLATFORMS = ("google", "meta", "tiktok", "shopee", "lazada", "bing", "zalo", "newsletter")
_COLUMNS = (
    *("lead_id", "created_at", "name", "email", "phone", "utm_source", "utm_medium", "utm_campaign", "referrer"),
    *("product_id", "product_name", "location_id"),
)


Lead = tuple[str, ...]


def lead_files(days: Sequence[date], files: int, size: int, mark: str) -> list[bytes]:
    """Return files of leads of these days in the order of time, with `size` each; `mark` makes their ids unique."""
    drawn = random.Random(mark)
    count = files * size
    rows = [_lead(drawn, days[number * len(days) // count], f"{mark}{number}") for number in range(count)]
    return [_csv(rows[first : first + size]) for first in range(0, count, size)]


def _csv(rows: Sequence[Lead]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_COLUMNS, *rows])
    return text.getvalue().encode()


def _lead(drawn: random.Random, day: date, lead_id: str) -> Lead:
    campaign, product = int(CAMPAIGNS * drawn.random() ** 2), int(60 * drawn.random() ** 2)
    utm = (PLATFORMS[campaign % 8], "cpc", f"Campaign {campaign}") if campaign else ("", "", "")
    at = f"{day} {8 + drawn.randrange(12):02}:{drawn.randrange(60):02}:00+00"
    person = (f"Somebody {lead_id}", f"{lead_id}@example.com", f"+402555{drawn.randrange(10**6):06}")
    interest = (f"P{product}", f"Product {product}", f"B{drawn.randrange(40)}")
    return (lead_id, at, *person, *utm, "https://www.google.com/search", *interest)


def ad_batches(days: Sequence[date], batches: int) -> list[list[AdDay]]:
    """Return what every campaign had on these days, in the order of time, with other figures at each call."""
    rows = [_ad(day, campaign) for day in days for campaign in range(1, CAMPAIGNS + 1)]
    size = -(-len(rows) // batches)
    return [rows[first : first + size] for first in range(0, len(rows), size)]


def _ad(day: date, campaign: int) -> AdDay:
    spend = Decimal(random.randrange(30_000)) / 100
    key = (PLATFORMS[campaign % 8], "account", f"id{campaign}", day, f"Campaign {campaign}")
    return AdDay(*key, 20 * int(spend), int(spend), spend, Decimal(0), Decimal(0), None, None)


def days_from(first: date, count: int) -> list[date]:
    """Return `count` days."""
    return [first + timedelta(days=n) for n in range(count)]
