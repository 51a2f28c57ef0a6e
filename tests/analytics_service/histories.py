"""Random histories of a small company, full of the difficult cases of the definitions.

Few devices, users, sessions, products and branches, and times from a short list, so that collisions are the rule: ties
in time, late sign-ins, shared devices, rows without device or session, purchases by somebody else in the same session,
repeated transactions, partly emptied carts, type-ahead, foreign money, midnights and clock changes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.analytics_service.origins import ORIGINS
from tests.analytics_service.reference import SEARCHES, Company, Row

ZONES = (
    *("America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "UTC"),
    # Zones in which some days have two midnights, or none.
    *("Atlantic/Azores", "America/Havana", "Asia/Beirut"),
)
# Times around the clock changes in most of these zones, and an ordinary week.
BEGINNINGS = (datetime(2024, 3, 9, tzinfo=UTC), datetime(2024, 10, 25, tzinfo=UTC), datetime(2024, 4, 28, tzinfo=UTC))
TERMS = ("h", "ha", "ham", "hammer", "hammer drill", "50%", "50% off", "a_b", "axb", "ball valve")
PRODUCTS = (("P1", "Pipe"), ("P2", "Pump"), ("P3", "Paint"), (None, "Nameless"))
PRICES = ("0.01", "1.25", "3.335", "10", "19.99", "0.005")
CURRENCIES = (None, None, "USD", "USD", "usd", "EUR", "SEK")
RATES = ("1.0833", "0.0952381", "25400", "0.5", "0.00003951", "2")
KINDS = (
    *("page_view",) * 4,
    *("view_item",) * 3,
    *("add_to_cart",) * 4,
    *("remove_from_cart",) * 2,
    *("purchase",) * 2,
    *("view_search_results",) * 4,
    *("no_search_results",) * 2,
    "other",
)


def seeds(usual: Collection[int], every: range) -> list[Any]:
    """Return a test's seeds: of those that are not usual the long runs have histories (make test-faults).

    (Which are usual was chosen so that together they have every zone and every beginning.)
    """
    return [seed if seed in usual else pytest.param(seed, marks=pytest.mark.faults) for seed in every]


class Histories:
    """Generates one company's rows and changes to them, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.origins = Random(f"{seed} origins")
        self.begin = self.random.choice(BEGINNINGS)
        self.company = Company([], ZoneInfo(self.random.choice(ZONES)), "USD")
        self.users = ("u1", "u2", "u3", "d2")
        for user in self.users:
            if self.random.random() < 0.6:
                self.company.homes[user] = self.random.choice(("N", "S", "W", None))
        if self.random.random() < 0.3:
            self.company.homes["d1"] = "W"
        for _ in range(self.random.choice((0, 1, 4))):
            self.other_rates()

    def rows(self, count: int) -> list[Row]:
        """Add new rows to the company and return them."""
        made = [self._row() for _ in range(count)]
        self.company.rows.extend(made)
        return made

    def _time(self) -> datetime:
        pick = self.random
        local = (self.begin + timedelta(days=pick.randrange(14))).replace(tzinfo=self.company.zone)
        midnight = local.replace(hour=0, minute=0).astimezone(UTC)
        hours = timedelta(hours=pick.choice((0, 0, 1, 2, 9, 9, 12, 23)))
        fine = timedelta(microseconds=pick.choice((0, 0, 0, 1, 999_999, -1, 60_000_000, 1_800_000_000)))
        return midnight + hours + fine

    def _device(self) -> str | None:
        return self.random.choice(("d1", "d1", "d2", "d3", "d4", None))

    def _row(self) -> Row:
        pick = self.random
        kind = pick.choice(KINDS)
        device = self._device()
        user = pick.choice(self.users[:3]) if pick.random() < 0.25 else None
        if device == "d4":
            user = None
        return Row(
            kind=kind,
            ts=self._time(),
            event_id=UUID(int=pick.getrandbits(128)),
            device=device,
            user_id=user,
            session_id=pick.choice(("s1", "s2", "s3", "s4", "s5", None)),
            location_id=pick.choice(("N", "S", None, None)),
            origin=self._origin(),
            **self._subject(kind),
        )

    def _origin(self) -> str:
        return self.origins.choice(list(ORIGINS)) if self.origins.random() < 0.4 else ""

    def _subject(self, kind: str) -> dict[str, Any]:
        if kind in SEARCHES:
            return {"search_term": self.random.choice((*TERMS, None))}
        return self._money(kind)

    def _money(self, kind: str) -> dict[str, Any]:
        pick = self.random
        if kind not in {"view_item", "add_to_cart", "purchase", "remove_from_cart"}:
            return {}
        items = tuple(self._item() for _ in range(pick.choice((0, 1, 1, 1, 2, 3))))
        more: dict[str, Any] = {
            "items": items,
            "currency": pick.choice(CURRENCIES),
        }
        if kind == "purchase":
            more["transaction_id"] = pick.choice((f"T{pick.randrange(12)}", f"X{pick.getrandbits(60)}"))
            more["value"] = Decimal(pick.choice(PRICES)) * pick.randrange(5)
        elif pick.random() < 0.5:
            more["value"] = Decimal(pick.choice(PRICES))
        return more

    def _item(self) -> dict[str, Any]:
        pick = self.random
        item_id, name = pick.choice(PRODUCTS)
        item: dict[str, Any] = {"item_id": item_id or name, "item_name": name, "quantity": 1}
        if pick.random() < 0.9:
            item["price"] = float(pick.choice(PRICES))
        if pick.random() < 0.6:
            item["quantity"] = pick.choice((1, 2, 3, 7, 0.5, 0.25))
        return item

    def removed(self, count: int) -> list[Row]:
        """Remove rows from the company and return them."""
        gone = self.random.sample(self.company.rows, min(count, len(self.company.rows)))
        for row in gone:
            self.company.rows.remove(row)
        return gone

    def restated(self, count: int) -> list[tuple[Row, Row]]:
        """Change rows under the same event id and time; return pairs of the old and the new row."""
        pick = self.random
        pairs: list[tuple[Row, Row]] = []
        for old in pick.sample(self.company.rows, min(count, len(self.company.rows))):
            changes = (
                {"device": self._device()},
                {"user_id": pick.choice((*self.users[:3], None))},
                {"session_id": pick.choice(("s1", "s2", "s3", None)), "location_id": pick.choice(("N", "S", None))},
                self._subject(old.kind),
            )
            new = replace(old, **pick.choice(changes))
            if self.origins.random() < 0.3:
                new = replace(new, origin=self._origin())
            self.company.rows[self.company.rows.index(old)] = new
            pairs.append((old, new))
        return pairs

    def other_rates(self) -> tuple[list[date], list[str]]:
        """Change or remove a currency's rates on some days; return the days and the currency."""
        pick = self.random
        first, currency = self.begin.date() - timedelta(days=1), pick.choice(("EUR", "SEK"))
        days = sorted(pick.sample([first + timedelta(days=n) for n in range(17)], pick.choice((1, 6, 17))))
        for day in days:
            self.company.rates.pop((currency, day), None)
            if pick.random() < 0.7:
                self.company.rates[currency, day] = Decimal(pick.choice(RATES))
        return days, [currency]

    def moved_home(self) -> str:
        """Change a user's home location and return the user."""
        user = self.random.choice((*self.users, "d1"))
        self.company.homes[user] = self.random.choice(("N", "S", "W", None))
        return user
