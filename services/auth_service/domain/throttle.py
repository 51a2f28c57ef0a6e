"""How many attempts may fail: counted before a password is hashed, by account (there or not) and by address.

An attempt takes a place of each and gives them back when it succeeds. While places are merely held by attempts that
are being looked at, others wait for them: so of any number of wrong passwords at once no more are hashed than may
fail, and of any number of right ones at once none is refused.
"""

import hashlib
import time
from asyncio import CancelledError, Future, Semaphore, get_running_loop
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute

from common.problem import Problem
from common.rate_limits import LimitStorage, give_back
from services.auth_service.errors import TooManyAttempts, TooManySignIns

# A person who has forgotten a password tries fewer; a bot gets below a thousand guesses a day at one account.
ACCOUNT_FAILURES = RateLimitItemPerMinute(10, 15, namespace="failed-by-account")
# A company behind one address has that many people; a bot with one address gets nowhere.
ADDRESS_FAILURES = RateLimitItemPerMinute(100, 15, namespace="failed-by-address")
# Links to one mailbox, whether or not it is known; and how many of them may be asked for from one address.
MAILBOX_LINKS = RateLimitItemPerHour(5, namespace="links-by-mailbox")
ADDRESS_LINKS = RateLimitItemPerMinute(50, 15, namespace="links-by-address")
# Sign-ins that begin at a provider: each is a row until it ends or its ten minutes are over.
ADDRESS_BEGUN = RateLimitItemPerMinute(1000, 10, namespace="begun-by-address")
# Attempts that are looked at: one is hashed, the others are before or behind that. Whoever comes when so many wait
# had better come again; 200 people who sign in at once are served all the same.
_AT_ONCE = 3
MOST_WAITING = 300
# Of them, and of those who wait for a place of their account or address.
_MOST_IN_HAND = 2_000
_COME_AGAIN_SECONDS = 5
_HOST_BITS = 64


class _Counted(NamedTuple):
    """What is counted under a limit: an account or an address, hashed."""

    limit: RateLimitItem
    who: str


@dataclass
class _Place:
    """Attempts of one account or address in this process: all, those being looked at, and those that wait."""

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


class Attempt:
    """An attempt whose places are taken; it has failed unless `succeeded` is set."""

    succeeded: bool = False


class Throttle:
    """The counts of one service, in Redis or in this process."""

    def __init__(self, storage: LimitStorage) -> None:
        self._storage = storage
        self._places: dict[_Counted, _Place] = {}
        self._in_hand = 0
        self._turns = Semaphore(_AT_ONCE)
        self._in_turns = 0

    @asynccontextmanager
    async def attempt(self, address: str, email: str = "") -> AsyncGenerator[Attempt]:
        """Hold an attempt's places while it is looked at; without `email` only the address counts.

        Raises:
            TooManyAttempts: too many have failed.
            TooManySignIns: too many are being looked at.
        """
        _refuse_past(_MOST_IN_HAND, self._in_hand)
        # The account first: who waits for its places keeps none from others at the same address.
        counted = [_Counted(ACCOUNT_FAILURES, _hashed(email))] if email else []
        counted.append(_Counted(ADDRESS_FAILURES, _network(address)))
        taken: list[_Counted] = []
        attempt = Attempt()
        self._in_hand += 1
        try:
            for each in counted:
                await self._take(each)
                taken.append(each)
            async with self._turn():
                yield attempt
        except (TooManyAttempts, TooManySignIns):
            attempt.succeeded = True  # nothing was looked at
            raise
        except Problem:
            raise
        except Exception:
            attempt.succeeded = True  # a fault of ours
            raise
        finally:
            self._in_hand -= 1
            for each in taken:
                await self._leave(each, back=attempt.succeeded)

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """First come, first served; until then an attempt asks nothing of the database."""
        _refuse_past(MOST_WAITING, self._in_turns)
        self._in_turns += 1
        try:
            async with self._turns:
                yield
        finally:
            self._in_turns -= 1

    async def ask_for_link(self, address: str, email: str) -> None:
        """Count a link that is asked for by mail. Raises TooManyAttempts."""
        for limit, who in ((ADDRESS_LINKS, _network(address)), (MAILBOX_LINKS, _hashed(email))):
            if not await self._hit(limit, who):
                raise TooManyAttempts(await self._seconds_left(limit, who))

    async def begin_elsewhere(self, address: str) -> None:
        """Count a sign-in that begins at a provider. Raises TooManyAttempts."""
        if not await self._hit(ADDRESS_BEGUN, _network(address)):
            raise TooManyAttempts(await self._seconds_left(ADDRESS_BEGUN, _network(address)))

    async def _take(self, counted: _Counted) -> None:
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

    async def _take_at_once(self, counted: _Counted, place: _Place) -> bool:
        """Whether there was a place. Raises TooManyAttempts where nobody could free one."""
        were_in_hand = place.in_hand
        if await self._hit(*counted):
            place.in_hand += 1
            return True
        if not (were_in_hand or place.in_hand):
            raise TooManyAttempts(await self._seconds_left(*counted))
        return False

    async def _wait(self, place: _Place, *, in_front: bool) -> None:
        waiter: Future[None] = get_running_loop().create_future()
        (place.waiting.appendleft if in_front else place.waiting.append)(waiter)
        try:
            await waiter
        except CancelledError:
            if waiter.done() and not waiter.cancelled():
                place.wake(1)
            raise

    async def _leave(self, counted: _Counted, *, back: bool) -> None:
        place = self._places[counted]
        try:
            if back:
                await give_back(self._storage, counted.limit, counted.who)
        finally:
            place.in_hand -= 1
            # A place that is free is for one; when nobody is looked at any more, all hear how it stands.
            place.wake(int(back) if place.in_hand else len(place.waiting))
            self._part(counted, place)

    def _part(self, counted: _Counted, place: _Place) -> None:
        place.present -= 1
        if not place.present:
            del self._places[counted]

    async def _hit(self, limit: RateLimitItem, who: str) -> bool:
        """Count one more, unless the window is full: who is refused does not count."""
        if await self._storage.incr(limit.key_for(who), limit.get_expiry()) <= limit.amount:
            return True
        await give_back(self._storage, limit, who)
        return False

    async def _seconds_left(self, limit: RateLimitItem, who: str) -> float:
        return await self._storage.get_expiry(limit.key_for(who)) - time.time()


def _refuse_past(most: int, present: int) -> None:
    if present >= most:
        text = "more people are signing in than can be served at once"
        raise TooManySignIns(text, retry_after=_COME_AGAIN_SECONDS)


def _hashed(email: str) -> str:
    """The counts may lie in a Redis that others read: without anybody's address."""
    return hashlib.sha256(email.encode(errors="surrogatepass")).hexdigest()[:32]


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, which is what one line or one machine is given."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return _hashed(address)
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{int(found) >> _HOST_BITS:x}"
