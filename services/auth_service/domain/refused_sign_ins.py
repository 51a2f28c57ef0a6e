"""Collect refused sign-ins for the audit log.

They are written after the answer, so that the answer takes the same time whether the account exists or not. Repetitions
of the same refusal become one entry in ten minutes, with their count. An email address without an account is not
written: it may be a password in the wrong field, and random text would become a row each. An IP address therefore
causes one row for each action and reason, in addition to those of the accounts that it tries.

In ten minutes a process writes at most 2,000 different refusals for accounts and 400 others. That is 345,600 rows a day
under an attack on thousands of accounts from as many addresses, and some hundreds for one IP address that tries
addresses without accounts.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from loguru import logger

from common.logging import address_var, request_id_var

SAME_AGAIN_SECONDS = 600.0
_CHECK_SECONDS = 5.0
MOST_OF_ACCOUNTS, MOST_OTHERS = 2_000, 400
# Beyond this many IP addresses for one account, or when half of MOST_OF_ACCOUNTS is in use, IP addresses are left out.
ADDRESSES_OF_AN_ACCOUNT = 20
_OWNERS_REMEMBERED = 10_000


class RefusedSignIn(NamedTuple):
    """A refused attempt. `email` is empty if it is unknown or not to be written; `because` is the problem's type."""

    action: str
    email: str
    address: str
    because: str


@dataclass
class _Pending:
    request_id: str
    count: int = 0
    written_at: float = -SAME_AGAIN_SECONDS


_PendingRefusals = dict[RefusedSignIn, _Pending]


class RefusedSignIns:
    """The refusals of this process that are still to be written with `write(refusal, count)`."""

    def __init__(self, write: Callable[[RefusedSignIn, int], Awaitable[None]]) -> None:
        self._write = write
        # Kept apart, so that attempts on made-up accounts do not use up the room for those on real ones, which their
        # tenants have to see.
        self._of_accounts: _PendingRefusals = {}
        self._others: _PendingRefusals = {}
        self._addresses: Counter[str] = Counter()
        self._owners: OrderedDict[str, None] = OrderedDict()
        self._noted = asyncio.Event()

    def note(self, refusal: RefusedSignIn, *, has_account: bool | None) -> None:
        """Count a refusal. `has_account` is whether the email address has an account, or None if that is not known."""
        if has_account:
            self._remember(refusal.email)
        if refusal.email and (has_account or refusal.email in self._owners):
            self._count_for_account(refusal)
        else:
            self._count_other(refusal if has_account is None else refusal._replace(email=""))
        self._noted.set()

    def _count_for_account(self, refusal: RefusedSignIn) -> None:
        pending = self._of_accounts
        if refusal not in pending and (
            self._addresses[refusal.email] >= ADDRESSES_OF_AN_ACCOUNT or len(pending) >= MOST_OF_ACCOUNTS // 2
        ):
            refusal = refusal._replace(address="")
        if refusal not in pending and len(pending) >= MOST_OF_ACCOUNTS:
            self._count_other(refusal._replace(email=""))
            return
        if refusal not in pending:
            self._addresses[refusal.email] += 1
        _count(pending, refusal)

    def _count_other(self, refusal: RefusedSignIn) -> None:
        """Count a refusal without a known account.

        Email addresses that were not looked up may use half of the room, and IP addresses all of it. Beyond that, the
        refusal is counted without them.
        """
        if refusal.email and refusal not in self._others and len(self._others) >= MOST_OTHERS // 2:
            refusal = refusal._replace(email="")
        if refusal not in self._others and len(self._others) >= MOST_OTHERS:
            refusal = refusal._replace(address="")
        _count(self._others, refusal)

    def _remember(self, email: str) -> None:
        self._owners[email] = None
        self._owners.move_to_end(email)
        if len(self._owners) > _OWNERS_REMEMBERED:
            self._owners.popitem(last=False)

    async def run(self, stopping: asyncio.Event) -> None:
        """Write refusals until stopped, and then write the remaining ones."""
        stopped = asyncio.create_task(stopping.wait())
        while not stopping.is_set():
            noted = asyncio.create_task(self._noted.wait())
            await asyncio.wait({noted, stopped}, timeout=_CHECK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            noted.cancel()
            self._noted.clear()
            await self._write_due(ending=False)
        await self._write_due(ending=True)

    async def _write_due(self, *, ending: bool) -> None:
        for refusals in (self._of_accounts, self._others):
            for refusal, pending in list(refusals.items()):
                is_due = monotonic() - pending.written_at >= SAME_AGAIN_SECONDS
                if pending.count and (is_due or ending):
                    await self._write_one(refusal, pending)
                elif is_due:
                    self._forget(refusals, refusal)

    def _forget(self, refusals: _PendingRefusals, refusal: RefusedSignIn) -> None:
        del refusals[refusal]
        if refusals is self._of_accounts:
            self._addresses[refusal.email] -= 1
            if not self._addresses[refusal.email]:
                del self._addresses[refusal.email]

    async def _write_one(self, refusal: RefusedSignIn, pending: _Pending) -> None:
        count, pending.count, pending.written_at = pending.count, 0, monotonic()
        address_var.set(refusal.address)
        request_id_var.set(pending.request_id)
        try:
            await self._write(refusal, count)
        except Exception as error:  # noqa: BLE001 -- the database is away: they are written when it is back
            pending.count += count
            pending.written_at = -SAME_AGAIN_SECONDS
            logger.warning("refused sign-ins are not written yet: {}: {}", type(error).__name__, error)


def _count(refusals: _PendingRefusals, refusal: RefusedSignIn) -> None:
    pending = refusals.setdefault(refusal, _Pending(request_id_var.get()))
    pending.count += 1
