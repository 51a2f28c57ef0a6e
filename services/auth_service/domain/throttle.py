"""Limit failed sign-ins by account, whether it exists or not, and by IP address, before a password is hashed.

An attempt takes a place of each limit and gives them back if it succeeds (domain/places.py). An account has places for
each network, and a larger number over all networks. So ten failures lock out only the network that they came from, and
an attacker with many networks gets no more than the total. Attempts from a network where the account is signed in need
no place of that total, so that strangers cannot lock out the owner by using it up.
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

# More than a person who has forgotten a password tries; a bot gets fewer than a thousand guesses a day at one account.
ACCOUNT_FAILURES = RateLimitItemPerMinute(10, 15, namespace="failed-by-account-and-network")
# Over all networks. NIST SP 800-63B allows at most a hundred consecutive failures. A botnet gets 2,400 guesses a day.
ACCOUNT_TOTAL = RateLimitItemPerHour(100, 1, namespace="failed-by-account")
# Marks a network from which a mailed link of the account was used: its owner signs in from there next.
ACCOUNT_PROVED = RateLimitItemPerHour(1, 1, namespace="proved-by-link")
# Enough for the people of a company behind one address, and too few for a bot with one address.
ADDRESS_FAILURES = RateLimitItemPerMinute(100, 15, namespace="failed-by-address")
# Links requested from one network, for one mailbox (with an account or not) and in total. How many a mailbox is sent is
# counted when they are sent, so that requests from elsewhere do not block the owner's own request.
MAILBOX_LINKS = RateLimitItemPerHour(5, namespace="links-by-mailbox-and-network")
ADDRESS_LINKS = RateLimitItemPerMinute(50, 15, namespace="links-by-address")
# Sign-ins started at an OpenID provider: each is a row until it is completed or ten minutes are over.
ADDRESS_BEGUN = RateLimitItemPerMinute(1000, 10, namespace="begun-by-address")
# The limit of an IPv6 /48, as a multiple of the limit of one of its /64 networks.
_WIDE_FACTOR = 10
# Attempts that are checked at once: one is being hashed, the others are before or after that step.
_MAX_CONCURRENT = 3
# Attempts from one network, narrow or wide, including those that wait: connections are cheap for an attacker, and every
# waiting attempt uses memory here.
_MAX_PER_NETWORK = 1_000
# Cache of the networks where accounts are signed in. They are looked up only when an account's total is used up.
_KNOWN_SECONDS, _KNOWN_SIZE = 30, 10_000

# Returns the IP addresses from which the account of a folded email address is or was lately signed in; an empty list if
# there is no such account.
AddressesOf = Callable[[str], Awaitable[list[str]]]


class Attempt:
    """An attempt that holds its places. It counts as failed unless `succeeded` is set."""

    succeeded: bool = False


class Throttle:
    """The counters of one service, in Redis or in this process."""

    def __init__(self, storage: LimitStorage, addresses_of: AddressesOf) -> None:
        self._storage = storage
        self._addresses_of = addresses_of
        self._places = Places(storage)
        self._known: ExpiringCache[tuple[str, str], bool] = ExpiringCache(_KNOWN_SIZE)
        self._present: Counter[str] = Counter()
        self._turns = Semaphore(_MAX_CONCURRENT)
        self._in_turns = 0

    @asynccontextmanager
    async def attempt(self, address: str, email: str = "") -> AsyncGenerator[Attempt]:
        """Hold an attempt's places while it is checked. Without `email`, only the IP address counts.

        Raises:
            TooManyAttempts: too many attempts have failed.
            TooManySignIns: too many attempts are being checked or waiting.
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
            attempt.succeeded = True  # nothing was checked
            raise
        except Problem:
            raise
        except Exception:
            attempt.succeeded = True  # an error of ours
            raise
        finally:
            # All places are left even if one of them fails or this task is cancelled, since others may wait for any.
            await shield(gather(*(self._places.leave(each, back=attempt.succeeded) for each in taken)))

    async def ask_for_link(self, address: str, email: str) -> None:
        """Count a request for a mailed link. Raises TooManyAttempts."""
        to_mailbox = Counted(MAILBOX_LINKS, f"{counted_as(mailbox_of(email))}:{network_of(address)}")
        for counted in (*_of_address(ADDRESS_LINKS, address), to_mailbox):
            await self._places.hit(counted)

    async def begin_elsewhere(self, address: str) -> None:
        """Count a sign-in that is started at an OpenID provider. Raises TooManyAttempts."""
        for counted in _of_address(ADDRESS_BEGUN, address):
            await self._places.hit(counted)

    async def note_proof(self, address: str, email: str) -> None:
        """Reset the failures that would lock out an account's owner, who used a mailed link from this address."""
        from_network = _of_account_and_network(email, address)
        await self._places.clear(from_network)
        await self._places.clear(Counted(ACCOUNT_TOTAL, counted_as(email)))
        await self._storage.incr(ACCOUNT_PROVED.key_for(from_network.who), ACCOUNT_PROVED.get_expiry())

    async def _take_all(self, address: str, email: str, taken: list[Counted]) -> None:
        of_address = _of_address(ADDRESS_FAILURES, address)
        # Checked first, so that an address without a place left causes no query and takes no place of an account.
        for each in of_address:
            await self._places.refuse_where_used_up(each)
        # The account's places come first: an attempt that waits for them then holds no place of its address.
        if email:
            await self._take(_of_account_and_network(email, address), taken)
            total = Counted(ACCOUNT_TOTAL, counted_as(email))
            if not (await self._places.is_full(total) and await self._is_known(email, address)):
                await self._take(total, taken)
        for each in of_address:
            await self._take(each, taken)

    async def _take(self, counted: Counted, taken: list[Counted]) -> None:
        await self._places.take(counted)
        taken.append(counted)

    async def _is_known(self, email: str, address: str) -> bool:
        """Return whether the account's owner has signed in or used a mailed link from this network."""
        if await self._storage.get(ACCOUNT_PROVED.key_for(_of_account_and_network(email, address).who)):
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
            refuse_past(_MAX_PER_NETWORK, self._present[network])
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
        """Wait for this attempt's turn, first come, first served. Until then it causes no queries."""
        refuse_past(MOST_WAITING, self._in_turns)
        self._in_turns += 1
        try:
            async with self._turns:
                yield
        finally:
            self._in_turns -= 1


def _of_address(limit: RateLimitItem, address: str) -> list[Counted]:
    """Return the counters of an IP address: that of its network and, for IPv6, that of the /48 around it."""
    counted = [Counted(limit, network_of(address), of_address=True)]
    wide = wide_network_of(address)
    if wide is not None:
        of_wide = type(limit)(limit.amount * _WIDE_FACTOR, limit.multiples, namespace=f"{limit.namespace}-wide")
        counted.append(Counted(of_wide, wide, of_address=True))
    return counted


def _of_account_and_network(email: str, address: str) -> Counted:
    return Counted(ACCOUNT_FAILURES, f"{counted_as(email)}:{network_of(address)}")
