"""Write the demo's data as files for import: an export for each month, customers, branches, leads and contracts."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from branchwise.demo.company import BRANCHES, Customer
from branchwise.demo.enquiries import CONTRACT_COLUMNS, LEAD_COLUMNS, leads_and_contracts
from branchwise.demo.history import History
from branchwise.demo.local_zone import local_zone

# The number of days, from today on, whose visits are invented in advance, for a stack that keeps running.
_COMING_DAYS: Final = 7


def write_files(folder: Path, history: History) -> list[tuple[str, Path]]:
    """Write the files into `folder`. Returns each with its kind of import, in the order in which they are imported."""
    folder.mkdir(parents=True, exist_ok=True)
    locations, users = folder / "locations.csv", folder / "users.csv"
    _write_csv(
        locations,
        ("location_id", "location_name", "city", "state"),
        ((branch.code, branch.name, branch.city, branch.state) for branch in BRANCHES),
    )
    _write_csv(
        users,
        ("user_id", "buying_company_name", "email", "cell_phone", "office_phone", "location_id"),
        map(_contact, history.customers),
    )
    return [
        ("locations", locations),
        ("users", users),
        *(("ga4-export", path) for path in _exports(folder, history)),
        *write_enquiries(folder, history.first_day, history.yesterday, history.zone),
    ]


def write_enquiries(folder: Path, first: date, yesterday: date, zone: ZoneInfo) -> list[tuple[str, Path]]:
    """Write the leads and contracts of these days. Returns each file with its kind of import."""
    leads, contracts = leads_and_contracts(first, yesterday, zone)
    files = (("leads", LEAD_COLUMNS, leads), ("contracts", CONTRACT_COLUMNS, contracts))
    written: list[tuple[str, Path]] = []
    for kind, columns, rows in files:
        path = folder / f"{kind}_{first:%Y%m%d}_{yesterday:%Y%m%d}.csv"
        _write_csv(path, columns, rows)
        written.append((kind, path))
    return written


def write_later_days(folder: Path, first: date, yesterday: date, zone: ZoneInfo) -> Path:
    """Write an export of the days from `first` to `yesterday`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = History(yesterday, zone, days=(yesterday - first).days + 1).rows()
    return _write_export(folder / f"ga4_{first:%Y%m%d}_{yesterday:%Y%m%d}.ndjson.gz", rows)


def write_coming_visits(folder: Path, at: datetime) -> Path:
    """Write the visits from today on, which the demo's GA4 reports as they happen. A later export has the same ones."""
    folder.mkdir(parents=True, exist_ok=True)
    zone = ZoneInfo(local_zone())
    last = at.astimezone(zone).date() + timedelta(days=_COMING_DAYS - 1)
    return _write_export(folder / "coming.ndjson.gz", History(last, zone, days=_COMING_DAYS).rows())


def _exports(folder: Path, history: History) -> Iterable[Path]:
    for month, rows in groupby(history.rows(), key=lambda row: row["event_date"][:6]):
        yield _write_export(folder / f"ga4_{month}.ndjson.gz", rows)


def _write_export(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        for row in rows:
            file.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    return path


def _contact(customer: Customer) -> tuple[str, ...]:
    """Return a row of users.csv. A customer who is not reachable has only a company and a branch."""
    contact = ("", "", "")
    if customer.reachable:
        # 555-01xx is reserved for fictitious numbers.
        line = f"555-01{customer.number % 100:02}"
        contact = (customer.email, f"+1-402-{line}", f"+1-531-{line}" if customer.number % 4 else "")
    return (customer.user_id, customer.company, *contact, customer.branch.code)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
