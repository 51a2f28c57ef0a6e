"""The reference of the closed loop, computed in the simplest way from reports, worked tasks and purchase rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from tests.analytics_service.reference import Reference, Row, cents, in_time

WINDOW = timedelta(days=14)
SENT = ("sent", "written", "unknown")


@dataclass(frozen=True)
class Subject:
    """A task as it was when it was emailed or worked."""

    kind: str
    key: str
    location_id: str | None
    device: str
    user_id: str | None
    last_activity_at: datetime


@dataclass(frozen=True)
class ReportedTask:
    """A task that was sent in a report, or left out of it: held out, or settled by then."""

    task: Subject
    at: datetime
    branch: str
    rep: str
    status: str = "sent"
    held_out: bool = False
    hold_out_pct: int = 0
    settled: bool = False

    @property
    def was_sent(self) -> bool:
        """Whether the report contained it."""
        return not self.held_out and not self.settled


@dataclass(frozen=True)
class Work:
    """A task whose status was set to something else than `open` for the first time."""

    task: Subject
    at: datetime
    by: str


class FollowUp(NamedTuple):
    """A task with the time of its follow-up, and the rep whose result it is."""

    task: Subject
    at: datetime
    location_id: str | None
    rep: str
    held_out: bool = False


@dataclass
class Result:
    """The figures of a group."""

    tasks: int = 0
    recovered: int = 0
    revenue: Decimal = Decimal(0)


class RecoveryReference:
    """The results of follow-ups, from a company's present rows."""

    def __init__(self, reference: Reference, reported_tasks: list[ReportedTask], works: list[Work]) -> None:
        self.reference = reference
        self.reported_tasks = sorted(reported_tasks, key=lambda reported: (reported.at, reported.rep))
        self.works = works
        self.sales = reference.transactions(date.min, date.max)
        first: dict[str | None, Row] = {}
        for row in sorted(reference.purchases, key=in_time):
            first.setdefault(row.transaction_id, row)
        self._brings_money = {row.event_id for row in first.values()}

    def u(self, task: Subject) -> str:
        """Return the present user key of a task."""
        seen = Row("other", task.last_activity_at, next(iter(self._brings_money)), task.device, task.user_id)
        return self.reference.u(seen) or ""

    def day(self, at: datetime) -> date:
        return at.astimezone(self.reference.company.zone).date()

    def follow_ups(self) -> list[FollowUp]:
        """Return each task once, with its first follow-up."""
        emailed: dict[str, ReportedTask] = {}
        for reported in self.reported_tasks:
            if reported.status in SENT and reported.was_sent:
                emailed.setdefault(reported.task.key, reported)
        worked = {work.task.key: work for work in self.works}
        found: list[FollowUp] = []
        for key in emailed.keys() | worked.keys():
            reported, work = emailed.get(key), worked.get(key)
            if reported and (work is None or reported.at <= work.at):
                found.append(FollowUp(reported.task, reported.at, reported.branch, work.by if work else reported.rep))
            elif work:
                task = reported.task if reported else work.task
                found.append(FollowUp(task, work.at, work.task.location_id, work.by))
        return found

    def compared(self) -> list[FollowUp]:
        """Return what a hold-out compares: each task in its first report, if customers were held out at that time.

        It does not matter whether the task was worked: reps work the emailed side more, so the sides would differ.
        """
        found: list[FollowUp] = []
        seen: set[str] = set()
        for reported in self.reported_tasks:
            counts = reported.status in SENT or (reported.status == "nothing_to_report" and not reported.was_sent)
            if not counts or reported.task.key in seen:
                continue
            seen.add(reported.task.key)
            if reported.hold_out_pct:
                found.append(FollowUp(reported.task, reported.at, reported.branch, reported.rep, reported.held_out))
        return found

    def claims(self, follow_ups: list[FollowUp]) -> dict[str, list[Row]]:
        """Return the purchase rows that count for each task, by task key."""
        claimed: dict[str, list[Row]] = defaultdict(list)
        for row in self.reference.purchases:
            mine = [
                found
                for found in follow_ups
                if self.u(found.task) == self.reference.u(row) and found.at < row.ts <= found.at + WINDOW
            ]
            if mine:
                latest = max((found.at, found.task.last_activity_at) for found in mine)
                tied = [found for found in mine if (found.at, found.task.last_activity_at) == latest]
                winner = min(tied, key=lambda found: (found.task.kind, found.task.key))
                claimed[winner.task.key].append(row)
        return claimed

    def recovery(self, start: date, end: date, places: list[str] | None = None) -> tuple[Any, ...]:
        """Return the results by (grouping, value), and the unconverted money by currency."""
        follow_ups = self.follow_ups()
        claims = self.claims(follow_ups)
        results: dict[tuple[str, Any], Result] = defaultdict(Result)
        unconverted: dict[str, Fraction] = defaultdict(Fraction)
        for found in self._of(follow_ups, start, end, places):
            rows = claims.get(found.task.key, [])
            sales = [self.sales[row.transaction_id or ""] for row in rows if row.event_id in self._brings_money]
            for sale in sales:
                if sale["value"] is None:
                    unconverted[sale["currency"]] += sale["amount"]
            groups = ("total", None), ("branch", found.location_id), ("rep", found.rep)
            for group in (*groups, ("reason", found.task.kind), ("day", self.day(found.at))):
                result = results[group]
                result.tasks += 1
                result.recovered += bool(rows)
                result.revenue += sum((sale["value"] or Decimal(0) for sale in sales), Decimal(0))
        return dict(results), {currency: cents(amount) for currency, amount in unconverted.items()}

    def hold_out(self, start: date, end: date, places: list[str] | None = None) -> dict[bool, tuple[int, ...]]:
        """Return sums over customers, by whether they were held out."""
        compared = self.compared()
        claims = self.claims(compared)
        customers: dict[tuple[bool, str], list[bool]] = defaultdict(list)
        for found in self._of(compared, start, end, places):
            customers[found.held_out, self.u(found.task)].append(bool(claims.get(found.task.key)))
        sides: dict[bool, tuple[int, ...]] = {}
        for side in {side for side, _ in customers}:
            pairs = [(len(tasks), sum(tasks)) for (held, _), tasks in customers.items() if held == side]
            sides[side] = (
                len(pairs),
                sum(n for n, _ in pairs),
                sum(r for _, r in pairs),
                sum(n * n for n, _ in pairs),
                sum(r * r for _, r in pairs),
                sum(n * r for n, r in pairs),
            )
        return sides

    def _of(self, follow_ups: list[FollowUp], start: date, end: date, places: list[str] | None) -> list[FollowUp]:
        return [
            found
            for found in follow_ups
            if start <= self.day(found.at) <= end and (places is None or found.location_id in places)
        ]
