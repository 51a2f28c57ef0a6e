"""Six US agencies as six properties: the reports of `usagov`, 90 days of sessions each.

Each file holds the query beside its answer, so the property's number, its days and its totals are the real ones. The
agencies' reports tell days, not events: all that the property has is sessions, without a channel.
"""

import csv
import json
from datetime import date
from pathlib import Path

from tests.standins.ga4.held import HeldProperty

AGENCIES = ("agriculture", "commerce", "defense", "education", "energy", "interior")


def agency(folder: Path, name: str) -> HeldProperty:
    """The property of an agency."""
    told = json.loads((folder / name / "users.json").read_text(encoding="utf-8"))
    held = HeldProperty(told["query"]["property"].removeprefix("properties/"), time_zone="America/New_York")
    with (folder / name / "users.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            held.add_sessions(date.fromisoformat(row["date"]), int(row["visits"]))
    return held


def total_of(folder: Path, name: str) -> int:
    """The sessions of all days, as the agency's report adds them up."""
    return int(json.loads((folder / name / "users.json").read_text(encoding="utf-8"))["totals"]["visits"])
