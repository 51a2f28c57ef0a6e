"""A day's rows in order: whose they are, where they happened, what came before and after."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from services.analytics_service.store.raw_events import Event, RawDay

SEARCHES = ("view_search_results", "no_search_results")


def task_key(*parts: str) -> str:
    """The name of a task, from what makes it the one it is."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class DayRows:
    """What the tables of a day are counted from."""

    def __init__(self, raw: RawDay) -> None:
        self.raw = raw
        self.rows = sorted(raw.rows, key=lambda row: row.order)
        self.sole = _sole_users(raw)
        self.sessions: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for row in sorted((*raw.rows, *raw.elsewhere), key=lambda row: row.order):
            if row.device and row.session_id:
                self.sessions[row.device, row.session_id].append(row)
        self._active: dict[str, set[date]] = defaultdict(set)
        self._visits: dict[str, list[tuple[datetime, UUID, date]]] = defaultdict(list)
        self._bought: dict[str, list[datetime]] = defaultdict(list)
        self._gather()

    def _gather(self) -> None:
        first: dict[tuple[str, str], tuple[datetime, UUID, date, str]] = {}
        for trace in self.raw.traces:
            u = self.u(trace.device, trace.user_id)
            if u is None:
                continue
            self._active[u].add(trace.day)
            if trace.device and trace.session_id:
                key, seen = (trace.device, trace.session_id), (trace.first_ts, trace.first_id, trace.day, u)
                first[key] = min(first.get(key, seen), seen)
        for ts, event_id, day, u in first.values():
            self._visits[u].append((ts, event_id, day))
        for visits in self._visits.values():
            visits.sort()
        for bought in self.raw.purchases:
            u = self.u(bought.device, bought.user_id)
            if u is not None:
                self._bought[u].append(bought.ts)

    def u(self, device: str | None, user_id: str | None) -> str | None:
        """The user key of a row."""
        return user_id or (self.sole.get(device, device) if device else None)

    def u_of(self, row: Event) -> str | None:
        """The user key of a row."""
        return self.u(row.device, row.user_id)

    def location_of(self, row: Event) -> str | None:
        """A row's own branch, else its user's home."""
        u = self.u_of(row)
        return row.location_id or (self.raw.homes.get(u) if u else None)

    def active_before(self, u: str) -> date | None:
        """The user's last active day before this one."""
        return max((day for day in self._active[u] if day < self.raw.day), default=None)

    def visits_around(self, u: str, first: Event) -> tuple[date | None, date | None, date | None]:
        """The days of the user's sessions around the one that this row begins: one and two before it, and after it."""
        visits = self._visits[u]
        at = visits.index((*first.order, self.raw.day))
        before = [visits[at - back][2] if at >= back else None for back in (1, 2)]
        return before[0], before[1], visits[at + 1][2] if at + 1 < len(visits) else None

    def next_bought(self, u: str, ts: datetime) -> datetime | None:
        """The user's first purchase later than this."""
        return min((bought for bought in self._bought[u] if bought > ts), default=None)

    def own_sessions(self) -> Iterable[tuple[tuple[str, str], list[Event]]]:
        """Sessions of this day: those whose first row lies on it."""
        for key, rows in self.sessions.items():
            if self.raw.day_of(rows[0].ts) == self.raw.day:
                yield key, rows


def _sole_users(raw: RawDay) -> dict[str, str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for trace in raw.traces:
        if trace.device and trace.user_id:
            seen[trace.device].add(trace.user_id)
    return {device: next(iter(users)) for device, users in seen.items() if len(users) == 1}
