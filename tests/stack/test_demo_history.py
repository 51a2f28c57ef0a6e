from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from branchwise.demo.files import write_files
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


def test_customers_are_told_apart_by_name_id_and_device() -> None:
    customers = History(YESTERDAY, ZONE).customers
    for part in ("user_id", "company", "device"):
        assert len({getattr(customer, part) for customer in customers}) == len(customers) == 300
