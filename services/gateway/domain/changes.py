"""Recently announced changes of accounts, sessions, keys and tenants, which outdate earlier verdicts.

A verdict is checked against the changes when it is used. So an announcement costs the same however many verdicts are
cached.
"""

import asyncio
from collections import OrderedDict
from time import monotonic
from uuid import UUID

from common.auth.access_changes import AccessChange

# Longer than any verdict is cached.
_KEEP_SECONDS = 120


class Changes:
    """The changes of the last minutes, by the id that changed. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._changed_at: OrderedDict[UUID, float] = OrderedDict()
        self._gap_at = 0.0
        self._waiting: set[asyncio.Event] = set()

    def note(self, change: AccessChange | None) -> None:
        """Record a change; None means that announcements may have been missed."""
        now = monotonic()
        if change is None or change.signing_keys:
            # It is not known which verdicts rest on a withdrawn signing key, so all are outdated.
            self._gap_at = now
        else:
            for name in (*change.accounts, *change.sessions, *change.keys, *change.tenants):
                self._changed_at[name] = now
                self._changed_at.move_to_end(name)
        while self._changed_at and next(iter(self._changed_at.values())) < now - _KEEP_SECONDS:
            self._changed_at.popitem(last=False)
        for event in self._waiting:
            event.set()

    def outdate(self, ids: frozenset[UUID], asked_at: float) -> bool:
        """Return whether any of these ids has changed since `asked_at`."""
        if asked_at <= self._gap_at:
            return True
        if not self._changed_at or self._changed_at.keys().isdisjoint(ids):
            return False
        return any(self._changed_at.get(name, 0.0) >= asked_at for name in ids)

    async def wait(self, seconds: float) -> None:
        """Return at the next change, or after `seconds`."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(event)
