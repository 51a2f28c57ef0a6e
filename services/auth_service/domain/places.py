"""Limit failed attempts: each attempt takes a place of its network or account, and gives it back if it succeeds.

A limit has a number of places in a time window. While the places are held by attempts that are still being checked,
further attempts wait. So no matter how many wrong passwords arrive at once, no more are hashed than may fail, and no
matter how many right ones arrive at once, none is refused.
"""

import time
from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from limits import RateLimitItem

from common.rate_limits import LimitStorage
from services.auth_service.errors.sign_in import TooManyAttempts, TooManySignIns

# Further attempts are told to retry. 200 people who sign in at the same time are still served.
MOST_WAITING = 300
_RETRY_SECONDS = 5


class Counted(NamedTuple):
    """A counter of a limit.

    `who` is a network, an account, or an account from one network. `of_address` is True if no account is involved.
    """

    limit: RateLimitItem
    who: str
    of_address: bool = False


@dataclass
class _Place:
    """The attempts of one counter in this process: all of them, those being checked, and those that wait."""

    present: int = 0
    in_hand: int = 0
    waiting: deque["Future[None]"] = field(default_factory=deque["Future[None]"])

    def wake(self, number: int) -> None:
        """Let up to `number` of the waiting attempts try again."""
        while number and self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                number -= 1


class Places:
    """The places of one service, in Redis or in this process."""

    def __init__(self, storage: LimitStorage) -> None:
        self._storage = storage
        self._places: dict[Counted, _Place] = {}

    async def hit(self, counted: Counted) -> None:
        """Take a place that is not given back. Raises TooManyAttempts."""
        if not await self._hit(counted):
            raise await self._refusal(counted)

    async def is_full(self, counted: Counted) -> bool:
        """Return whether all places are taken now; some may be given back."""
        return await self._storage.get(counted.limit.key_for(counted.who)) >= counted.limit.amount

    async def refuse_where_used_up(self, counted: Counted) -> None:
        """Raise TooManyAttempts if all places are taken and no attempt could free one. Takes no place itself."""
        if counted not in self._places and await self.is_full(counted):
            raise await self._refusal(counted)

    async def clear(self, counted: Counted) -> None:
        """Reset a counter."""
        await self._storage.clear(counted.limit.key_for(counted.who))

    async def take(self, counted: Counted) -> None:
        """Take a place, or wait for one.

        Raises:
            TooManyAttempts: all are taken, and no attempt could free one.
            TooManySignIns: too many attempts are waiting.
        """
        place = self._places.setdefault(counted, _Place())
        place.present += 1
        waited = False
        try:
            # A new attempt queues behind those that wait. One that was woken but found no place stays in front.
            while (place.in_hand and place.waiting and not waited) or not await self._take_at_once(counted, place):
                if place.in_hand:
                    await self._wait(place, in_front=waited)
                    waited = True
        except BaseException:
            self._remove(counted, place)
            raise

    async def leave(self, counted: Counted, *, back: bool) -> None:
        """End an attempt, and give its place `back` if it succeeded."""
        place = self._places[counted]
        try:
            if back:
                await self._storage.give_back(counted.limit.key_for(counted.who))
        finally:
            place.in_hand -= 1
            # A freed place wakes one attempt. When no attempt is being checked any more, all have to be woken: nothing
            # would wake them later.
            place.wake(int(back) if place.in_hand else len(place.waiting))
            self._remove(counted, place)

    async def _take_at_once(self, counted: Counted, place: _Place) -> bool:
        were_in_hand = place.in_hand
        if await self._hit(counted):
            place.in_hand += 1
            return True
        if not (were_in_hand or place.in_hand):
            raise await self._refusal(counted)
        return False

    async def _wait(self, place: _Place, *, in_front: bool) -> None:
        if not in_front:
            refuse_past(MOST_WAITING, len(place.waiting))
        waiter: Future[None] = get_running_loop().create_future()
        (place.waiting.appendleft if in_front else place.waiting.append)(waiter)
        try:
            await waiter
        except CancelledError:
            if waiter.done() and not waiter.cancelled():
                place.wake(1)
            raise

    def _remove(self, counted: Counted, place: _Place) -> None:
        place.present -= 1
        if not place.present:
            del self._places[counted]

    async def _hit(self, counted: Counted) -> bool:
        limit = counted.limit
        return await self._storage.take_place(limit.key_for(counted.who), limit.amount, limit.get_expiry())

    async def _refusal(self, counted: Counted) -> TooManyAttempts:
        seconds = await self._storage.get_expiry(counted.limit.key_for(counted.who)) - time.time()
        return TooManyAttempts(seconds, of_address=counted.of_address)


def refuse_past(most: int, present: int) -> None:
    """Raise TooManySignIns if there are `most` attempts already."""
    if present >= most:
        text = "more people are signing in than can be served at once"
        raise TooManySignIns(text, retry_after=_RETRY_SECONDS)
