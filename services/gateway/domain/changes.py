"""Which accounts, sessions, keys and tenants were announced to have changed lately: what was asked before is outdated.

Noted and looked up, not swept: an announcement costs the same however many verdicts are remembered.
"""

import asyncio
from collections import OrderedDict
from time import monotonic
from uuid import UUID

from common.auth.access_changes import AccessChange

# Longer than any verdict is remembered.
_KEEP_SECONDS = 120


class Changes:
    """The changes of the last minutes, by what they name. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._changed_at: OrderedDict[UUID, float] = OrderedDict()
        self._gap_at = 0.0
        self._waiting: set[asyncio.Event] = set()

    def note(self, change: AccessChange | None) -> None:
        """Remember a change; None means that any may have happened unheard."""
        now = monotonic()
        if change is None or change.signing_keys:
            # What was signed with a withdrawn key is not told apart here: all is asked again.
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
        """Has anything that an answer rests on changed since it was asked for?"""
        if asked_at <= self._gap_at:
            return True
        if not self._changed_at or self._changed_at.keys().isdisjoint(ids):
            return False
        return any(self._changed_at.get(name, 0.0) >= asked_at for name in ids)

    async def wait(self, seconds: float) -> None:
        """Return at the next change, or after so many seconds."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(event)
