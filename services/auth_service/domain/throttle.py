"""How many attempts may fail: counted before a password is hashed, by account (there or not) and by address.

An attempt takes a place of each and gives them back when it succeeds (domain/places.py). Of an account there are
places for each network, and more of them over all networks: so ten failures keep nobody out but who made them, and a
guesser with many networks has no more than the total. Who comes from where the account is signed in needs no place of
that total, which strangers can use up.
"""

from asyncio import Semaphore, gather, shield
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute

from common.auth.expiring_cache import ExpiringCache
from common.problem import Problem
from common.rate_limits import LimitStorage
from services.auth_service.domain.email_address import counted_as, mailbox_of
from services.auth_service.domain.networks import network_of, wide_network_of
from services.auth_service.domain.places import MOST_WAITING, Counted, Places, refuse_past
from services.auth_service.errors.sign_in import TooManyAttempts, TooManySignIns

# A person who has forgotten a password tries fewer; a bot gets below a thousand guesses a day at one account.
ACCOUNT_FAILURES = RateLimitItemPerMinute(10, 15, namespace="failed-by-account-and-network")
# Over all networks: NIST SP 800-63B asks for no more than a hundred in a row. A botnet gets 2,400 guesses a day.
ACCOUNT_TOTAL = RateLimitItemPerHour(100, 1, namespace="failed-by-account")
# Whoever used a mailed link from there comes next, with the new password.
ACCOUNT_PROVED = RateLimitItemPerHour(1, 1, namespace="proved-by-link")
# A company behind one address has that many people; a bot with one address gets nowhere.
ADDRESS_FAILURES = RateLimitItemPerMinute(100, 15, namespace="failed-by-address")
# Links that are asked for from one network, to one mailbox (known or not) and in all. How many a mailbox is sent is
# counted where they go out: who asks for a link elsewhere keeps nobody from asking.
MAILBOX_LINKS = RateLimitItemPerHour(5, namespace="links-by-mailbox-and-network")
ADDRESS_LINKS = RateLimitItemPerMinute(50, 15, namespace="links-by-address")
# Sign-ins that begin at a provider: each is a row until it ends or its ten minutes are over.
ADDRESS_BEGUN = RateLimitItemPerMinute(1000, 10, namespace="begun-by-address")
# What an IPv6 /48 may, as a multiple of what one of its networks may.
_WIDE = 10
# Attempts that are looked at: one is hashed, the others are before or behind that.
_AT_ONCE = 3
# Attempts from one network, narrow or wide, wherever they wait: connections cost nothing, and what waits is kept.
_MOST_FROM_ONE = 1_000
# What is known of where an account is signed in; asked only once its total is used up.
_KNOWN_SECONDS, _KNOWN_SIZE = 30, 10_000

# The addresses from which the account of a folded email is signed in, or was lately; none where there is none.
AddressesOf = Callable[[str], Awaitable[list[str]]]


class Attempt:
    """An attempt whose places are taken; it has failed unless `succeeded` is set."""

    succeeded: bool = False


class Throttle:
    """The counts of one service, in Redis or in this process."""

    def __init__(self, storage: LimitStorage, addresses_of: AddressesOf) -> None:
        self._storage = storage
        self._addresses_of = addresses_of
        self._places = Places(storage)
        self._known: ExpiringCache[tuple[str, str], bool] = ExpiringCache(_KNOWN_SIZE)
        self._present: Counter[str] = Counter()
        self._turns = Semaphore(_AT_ONCE)
        self._in_turns = 0

    @asynccontextmanager
    async def attempt(self, address: str, email: str = "") -> AsyncGenerator[Attempt]:
        """Hold an attempt's places while it is looked at; without `email` only the address counts.

        Raises:
            TooManyAttempts: too many have failed.
            TooManySignIns: too many are being looked at, or wait.
        """
        with self._presence(address):
            async with self._hold_places(address, email) as attempt, self._turn():
                yield attempt

    @asynccontextmanager
    async def _hold_places(self, address: str, email: str) -> AsyncGenerator[Attempt]:
        taken: list[Counted] = []
        attempt = Attempt()
        try:
            await self._take_all(address, email, taken)
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
            # All of them, also where one fails or who leaves is cancelled: others may wait for any.
            await shield(gather(*(self._places.leave(each, back=attempt.succeeded) for each in taken)))

    async def ask_for_link(self, address: str, email: str) -> None:
        """Count a link that is asked for by mail. Raises TooManyAttempts."""
        to_mailbox = Counted(MAILBOX_LINKS, f"{counted_as(mailbox_of(email))}:{network_of(address)}")
        for counted in (*_of_address(ADDRESS_LINKS, address), to_mailbox):
            await self._places.hit(counted)

    async def begin_elsewhere(self, address: str) -> None:
        """Count a sign-in that begins at a provider. Raises TooManyAttempts."""
        for counted in _of_address(ADDRESS_BEGUN, address):
            await self._places.hit(counted)

    async def note_proof(self, address: str, email: str) -> None:
        """The account's owner used a mailed link from here: what failed before keeps them out no more."""
        from_here = _of_account_here(email, address)
        await self._places.clear(from_here)
        await self._places.clear(Counted(ACCOUNT_TOTAL, counted_as(email)))
        await self._storage.incr(ACCOUNT_PROVED.key_for(from_here.who), ACCOUNT_PROVED.get_expiry())

    async def _take_all(self, address: str, email: str, taken: list[Counted]) -> None:
        of_address = _of_address(ADDRESS_FAILURES, address)
        # An address that has no place left asks nothing of the database, and holds no place of accounts that it names.
        for each in of_address:
            await self._places.refuse_where_used_up(each)
        # The account first: who waits for its places keeps none from others at the same address.
        if email:
            await self._take(_of_account_here(email, address), taken)
            total = Counted(ACCOUNT_TOTAL, counted_as(email))
            if not (await self._places.is_full(total) and await self._is_known(email, address)):
                await self._take(total, taken)
        for each in of_address:
            await self._take(each, taken)

    async def _take(self, counted: Counted, taken: list[Counted]) -> None:
        await self._places.take(counted)
        taken.append(counted)

    async def _is_known(self, email: str, address: str) -> bool:
        """Whether the account's owner has been let in from this network."""
        if await self._storage.get(ACCOUNT_PROVED.key_for(_of_account_here(email, address).who)):
            return True
        network = network_of(address)
        known = self._known.get((email, network))
        if known is None:
            known = network in map(network_of, await self._addresses_of(email))
            self._known.put((email, network), known, _KNOWN_SECONDS)
        return known

    @contextmanager
    def _presence(self, address: str) -> Generator[None]:
        networks = [network for network in (network_of(address), wide_network_of(address)) if network]
        for network in networks:
            refuse_past(_MOST_FROM_ONE, self._present[network])
        self._present.update(networks)
        try:
            yield
        finally:
            self._present.subtract(networks)
            for network in networks:
                if not self._present[network]:
                    del self._present[network]

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """First come, first served; until then an attempt asks nothing of the database."""
        refuse_past(MOST_WAITING, self._in_turns)
        self._in_turns += 1
        try:
            async with self._turns:
                yield
        finally:
            self._in_turns -= 1


def _of_address(limit: RateLimitItem, address: str) -> list[Counted]:
    """The networks under which an address is counted, the narrow one first."""
    counted = [Counted(limit, network_of(address), of_address=True)]
    wide = wide_network_of(address)
    if wide is not None:
        of_wide = type(limit)(limit.amount * _WIDE, limit.multiples, namespace=f"{limit.namespace}-wide")
        counted.append(Counted(of_wide, wide, of_address=True))
    return counted


def _of_account_here(email: str, address: str) -> Counted:
    return Counted(ACCOUNT_FAILURES, f"{counted_as(email)}:{network_of(address)}")
