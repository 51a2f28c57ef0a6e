"""Places under a limit: of a network or an account so many are taken in a window, and given back by who succeeds.

While places are merely held by attempts that are being looked at, others wait for them: so of any number of wrong
passwords at once no more are hashed than may fail, and of any number of right ones at once none is refused.
"""

import time
from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from limits import RateLimitItem

from common.rate_limits import LimitStorage
from services.auth_service.errors.sign_in import TooManyAttempts, TooManySignIns

# Who comes when so many wait already had better come again; 200 people who sign in at once are served all the same.
MOST_WAITING = 300
_COME_AGAIN_SECONDS = 5


class Counted(NamedTuple):
    """What is counted under a limit: `who` is a network, an account or one from the other; `of_address`: no account."""

    limit: RateLimitItem
    who: str
    of_address: bool = False


@dataclass
class _Place:
    """Attempts under one name in this process: all, those being looked at, and those that wait."""

    present: int = 0
    in_hand: int = 0
    waiting: deque["Future[None]"] = field(default_factory=deque["Future[None]"])

    def wake(self, number: int) -> None:
        """Let so many of those who wait try again."""
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
        """Take a place for good. Raises TooManyAttempts."""
        if not await self._hit(counted):
            raise await self._refusal(counted)

    async def is_full(self, counted: Counted) -> bool:
        """Whether there is no place now; some may come back."""
        return await self._storage.get(counted.limit.key_for(counted.who)) >= counted.limit.amount

    async def refuse_where_used_up(self, counted: Counted) -> None:
        """Take nothing. Raises TooManyAttempts where there is no place and nobody could free one."""
        if counted not in self._places and await self.is_full(counted):
            raise await self._refusal(counted)

    async def clear(self, counted: Counted) -> None:
        """Forget what was counted."""
        await self._storage.clear(counted.limit.key_for(counted.who))

    async def take(self, counted: Counted) -> None:
        """Take a place, or wait for one.

        Raises:
            TooManyAttempts: nobody could free one.
            TooManySignIns: too many wait for one.
        """
        place = self._places.setdefault(counted, _Place())
        place.present += 1
        waited = False
        try:
            # Whoever comes goes behind those who wait already; whoever was woken and came too late stays in front.
            while (place.in_hand and place.waiting and not waited) or not await self._take_at_once(counted, place):
                if place.in_hand:
                    await self._wait(place, in_front=waited)
                    waited = True
        except BaseException:
            self._part(counted, place)
            raise

    async def leave(self, counted: Counted, *, back: bool) -> None:
        """Leave a place, and give it `back` or not."""
        place = self._places[counted]
        try:
            if back:
                await self._storage.give_back(counted.limit.key_for(counted.who))
        finally:
            place.in_hand -= 1
            # A place that is free is for one; when nobody is looked at any more, all hear how it stands.
            place.wake(int(back) if place.in_hand else len(place.waiting))
            self._part(counted, place)

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

    def _part(self, counted: Counted, place: _Place) -> None:
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
    """Raises TooManySignIns where so many are there already."""
    if present >= most:
        text = "more people are signing in than can be served at once"
        raise TooManySignIns(text, retry_after=_COME_AGAIN_SECONDS)
