"""Refused sign-ins for the audit log: written after the answer, so that it comes as soon for an account as for none.

The same refusal again is one entry in ten minutes, with the count in between, however many there are. An email that
nobody has is not written down: it may be a password in the wrong field, and junk would be a row each. So an address
makes one row for each action and reason, and those of accounts that it tries. In ten minutes a process writes rows of
at most 2,000 kinds for accounts and 400 others: 345,600 a day under an attack on thousands of accounts from as many
addresses; one address that types what nobody has makes some hundreds.
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
_LOOK_SECONDS = 5.0
MOST_OF_ACCOUNTS, MOST_OTHERS = 2_000, 400
# Past so many addresses at one account, or when half of the kinds for accounts are in use, addresses are left out.
ADDRESSES_OF_AN_ACCOUNT = 20
_OWNERS_REMEMBERED = 10_000


class RefusedSignIn(NamedTuple):
    """What was tried with which email, if with any; `because` is the type of the problem."""

    action: str
    email: str
    address: str
    because: str


@dataclass
class _Held:
    request_id: str
    count: int = 0
    written_at: float = -SAME_AGAIN_SECONDS


_Book = dict[RefusedSignIn, _Held]


class RefusedSignIns:
    """The refusals of this process that are still to be written, by `write(refusal, count)`."""

    def __init__(self, write: Callable[[RefusedSignIn, int], Awaitable[None]]) -> None:
        self._write = write
        # Apart, so that what strangers make up takes no room from what somebody's tenant has to hear.
        self._of_accounts: _Book = {}
        self._others: _Book = {}
        self._addresses: Counter[str] = Counter()
        self._owners: OrderedDict[str, None] = OrderedDict()
        self._noted = asyncio.Event()

    def note(self, refusal: RefusedSignIn, *, has_account: bool | None) -> None:
        """Once more. `has_account`: whether somebody has the email; None where it was not looked up."""
        if has_account:
            self._remember(refusal.email)
        if refusal.email and (has_account or refusal.email in self._owners):
            self._count_for_account(refusal)
        else:
            self._count_other(refusal if has_account is None else refusal._replace(email=""))
        self._noted.set()

    def _count_for_account(self, refusal: RefusedSignIn) -> None:
        book = self._of_accounts
        if refusal not in book and (
            self._addresses[refusal.email] >= ADDRESSES_OF_AN_ACCOUNT or len(book) >= MOST_OF_ACCOUNTS // 2
        ):
            refusal = refusal._replace(address="")
        if refusal not in book and len(book) >= MOST_OF_ACCOUNTS:
            self._count_other(refusal._replace(email=""))
            return
        if refusal not in book:
            self._addresses[refusal.email] += 1
        _count(book, refusal)

    def _count_other(self, refusal: RefusedSignIn) -> None:
        """Emails that were not looked up have half of the room, addresses the rest, and then they are counted alone."""
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
        """Write until stopped, and what is left then."""
        stopped = asyncio.create_task(stopping.wait())
        while not stopping.is_set():
            noted = asyncio.create_task(self._noted.wait())
            await asyncio.wait({noted, stopped}, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            noted.cancel()
            self._noted.clear()
            await self._write_due(ending=False)
        await self._write_due(ending=True)

    async def _write_due(self, *, ending: bool) -> None:
        for book in (self._of_accounts, self._others):
            for refusal, held in list(book.items()):
                is_due = monotonic() - held.written_at >= SAME_AGAIN_SECONDS
                if held.count and (is_due or ending):
                    await self._write_one(refusal, held)
                elif is_due:
                    self._forget(book, refusal)

    def _forget(self, book: _Book, refusal: RefusedSignIn) -> None:
        del book[refusal]
        if book is self._of_accounts:
            self._addresses[refusal.email] -= 1
            if not self._addresses[refusal.email]:
                del self._addresses[refusal.email]

    async def _write_one(self, refusal: RefusedSignIn, held: _Held) -> None:
        count, held.count, held.written_at = held.count, 0, monotonic()
        address_var.set(refusal.address)
        request_id_var.set(held.request_id)
        try:
            await self._write(refusal, count)
        except Exception as error:  # noqa: BLE001 -- the database is away: they are written when it is back
            held.count += count
            held.written_at = -SAME_AGAIN_SECONDS
            logger.warning("refused sign-ins are not written yet: {}: {}", type(error).__name__, error)


def _count(book: _Book, refusal: RefusedSignIn) -> None:
    held = book.setdefault(refusal, _Held(request_id_var.get()))
    held.count += 1
