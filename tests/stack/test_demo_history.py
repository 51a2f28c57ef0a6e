import gzip
import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

from branchwise.demo.enquiries import leads_and_contracts
from branchwise.demo.files import write_files, write_later_days
from branchwise.demo.history import DAYS, History

YESTERDAY, ZONE = date(2026, 3, 31), ZoneInfo("Europe/Berlin")


def test_the_same_day_gives_the_same_files(tmp_path: Path) -> None:
    first = write_files(tmp_path / "first", History(YESTERDAY, ZONE))
    second = write_files(tmp_path / "second", History(YESTERDAY, ZONE))
    assert [(kind, path.read_bytes()) for kind, path in first] == [(kind, path.read_bytes()) for kind, path in second]


def test_no_event_lies_outside_the_two_months() -> None:
    days = {row["event_date"] for row in History(YESTERDAY, ZONE).rows()}
    assert max(days) == "20260331"
    assert len(days) <= DAYS


def test_a_later_day_is_the_same_whenever_it_is_made_and_repeats_nothing(tmp_path: Path) -> None:
    next_day, after = YESTERDAY + timedelta(days=1), YESTERDAY + timedelta(days=2)
    alone = _rows(write_later_days(tmp_path / "alone", next_day, next_day, ZONE))
    both = _rows(write_later_days(tmp_path / "both", next_day, after, ZONE))
    assert both[: len(alone)] == alone
    assert {row["event_date"] for row in both} == {"20260401", "20260402"}
    assert _orders(History(YESTERDAY, ZONE).rows()).isdisjoint(_orders(both))
    assert len(_orders(both)) > len(_orders(alone)) >= 12


def test_a_day_to_come_is_made_as_the_days_before_it_were(tmp_path: Path) -> None:
    before = _counts(History(YESTERDAY, ZONE).rows())
    weekdays = {day: of_day for day, of_day in before.items() if date.fromisoformat(day).weekday() < 5}
    coming = _counts(_rows(write_later_days(tmp_path, YESTERDAY, YESTERDAY + timedelta(days=14), ZONE)))
    assert coming.pop(f"{YESTERDAY:%Y%m%d}") == before[f"{YESTERDAY:%Y%m%d}"]
    assert coming.keys().isdisjoint(before)
    for name in ("session_start", "view_item", "add_to_cart", "purchase", "view_search_results", "no_search_results"):
        usual = mean(of_day[name] for of_day in weekdays.values())
        then = mean(of_day[name] for day, of_day in coming.items() if date.fromisoformat(day).weekday() < 5)
        assert 0.7 < then / usual < 1.4, name
    failing = [of_day["no_search_results"] / of_day["view_search_results"] for of_day in coming.values()]
    assert max(failing) < 1
    assert mean(failing) < 0.6


def test_who_asked_and_what_was_signed_adds_up_over_days() -> None:
    days = [YESTERDAY - timedelta(days=before) for before in range(9, -1, -1)]
    at_once = leads_and_contracts(days[0], days[-1], ZONE)
    one_by_one = [leads_and_contracts(day, day, ZONE) for day in days]
    assert at_once[0] == [lead for leads, _ in one_by_one for lead in leads]
    assert sorted(at_once[1]) == sorted(contract for _, contracts in one_by_one for contract in contracts)
    assert len(at_once[0]) > 40
    assert len(at_once[1]) > 5


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def _counts(rows: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """How many events of each name a day has."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counted[row["event_date"]][row["event_name"]] += 1
    return counted


def _orders(rows: list[dict[str, Any]]) -> set[str]:
    return {row["ecommerce"]["transaction_id"] for row in rows if "ecommerce" in row}


def test_customers_are_told_apart_by_name_id_and_device() -> None:
    customers = History(YESTERDAY, ZONE).customers
    for part in ("user_id", "company", "device"):
        assert len({getattr(customer, part) for customer in customers}) == len(customers) == 300
