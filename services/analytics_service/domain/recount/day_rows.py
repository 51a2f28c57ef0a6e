"""A day's event rows in order, with their user keys and branches, and what their users did before and after."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from services.analytics_service.store.raw_events import Event, RawDay

SEARCHES = ("view_search_results", "no_search_results")


def task_key(*parts: str) -> str:
    """Return a task's stable key, from the parts that identify the task."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class DayRows:
    """The rows and look-ups that a day's tables are counted from."""

    def __init__(self, raw: RawDay) -> None:
        self.raw = raw
        self.rows = sorted(raw.rows, key=lambda row: row.order)
        self.sole = _sole_users(raw)
        self.sessions: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for row in sorted((*raw.rows, *raw.rest_of_sessions), key=lambda row: row.order):
            if row.device and row.session_id:
                self.sessions[row.device, row.session_id].append(row)
        self._active_days: dict[str, set[date]] = defaultdict(set)
        self._visits: dict[str, list[tuple[datetime, UUID, date]]] = defaultdict(list)
        self._bought: dict[str, list[datetime]] = defaultdict(list)
        self._index_users()

    def _index_users(self) -> None:
        first: dict[tuple[str, str], tuple[datetime, UUID, date, str]] = {}
        for trace in self.raw.traces:
            u = self.u(trace.device, trace.user_id)
            if u is None:
                continue
            self._active_days[u].add(trace.day)
            if trace.device and trace.session_id:
                key, seen = (trace.device, trace.session_id), (trace.first_ts, trace.first_id, trace.day, u)
                first[key] = min(first.get(key, seen), seen)
        for ts, event_id, day, u in first.values():
            self._visits[u].append((ts, event_id, day))
        for visits in self._visits.values():
            visits.sort()
        for purchase in self.raw.purchases:
            u = self.u(purchase.device, purchase.user_id)
            if u is not None:
                self._bought[u].append(purchase.ts)

    def u(self, device: str | None, user_id: str | None) -> str | None:
        """Return the user key U of a device and user (definitions.md)."""
        return user_id or (self.sole.get(device, device) if device else None)

    def u_of(self, row: Event) -> str | None:
        """Return the user key U of a row."""
        return self.u(row.device, row.user_id)

    def location_of(self, row: Event) -> str | None:
        """Return the row's own branch, else its user's home branch."""
        u = self.u_of(row)
        return row.location_id or (self.raw.homes.get(u) if u else None)

    def active_before(self, u: str) -> date | None:
        """Return the user's last active day before this one."""
        return max((day for day in self._active_days[u] if day < self.raw.day), default=None)

    def visits_around(self, u: str, first: Event) -> tuple[date | None, date | None, date | None]:
        """Return the days of the user's sessions around the one that begins with `first`.

        They are those of the previous session, of the one before that, and of the next.
        """
        visits = self._visits[u]
        index = visits.index((*first.order, self.raw.day))
        before = [visits[index - back][2] if index >= back else None for back in (1, 2)]
        return before[0], before[1], visits[index + 1][2] if index + 1 < len(visits) else None

    def next_purchase(self, u: str, ts: datetime) -> datetime | None:
        """Return the time of the user's first purchase after `ts`."""
        return min((bought for bought in self._bought[u] if bought > ts), default=None)

    def own_sessions(self) -> Iterable[tuple[tuple[str, str], list[Event]]]:
        """Yield the sessions of this day: those whose first row is on it."""
        for key, rows in self.sessions.items():
            if self.raw.day_of(rows[0].ts) == self.raw.day:
                yield key, rows


def _sole_users(raw: RawDay) -> dict[str, str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for trace in raw.traces:
        if trace.device and trace.user_id:
            seen[trace.device].add(trace.user_id)
    return {device: next(iter(users)) for device, users in seen.items() if len(users) == 1}
