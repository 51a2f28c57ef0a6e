"""Refused sign-ins for the audit log: written after the answer, so that it comes as soon for an account as for none.

The same refusal again is one entry in a minute, with the count in between, however many there are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from loguru import logger

from common.logging import address_var, request_id_var

_SAME_AGAIN_SECONDS = 60.0
_LOOK_SECONDS = 5.0
_MOST_KINDS = 2_000


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
    written_at: float = -_SAME_AGAIN_SECONDS


class RefusedSignIns:
    """The refusals of this process that are still to be written, by `write(refusal, count)`."""

    def __init__(self, write: Callable[[RefusedSignIn, int], Awaitable[None]]) -> None:
        self._write = write
        self._held: dict[RefusedSignIn, _Held] = {}
        self._noted = asyncio.Event()

    def note(self, refusal: RefusedSignIn) -> None:
        """Once more. Past a bound of different ones, they are counted by what they were and whence only."""
        if refusal not in self._held and len(self._held) >= _MOST_KINDS:
            refusal = refusal._replace(email="", address="")
        held = self._held.setdefault(refusal, _Held(request_id_var.get()))
        held.count += 1
        self._noted.set()

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
        for refusal, held in list(self._held.items()):
            is_due = monotonic() - held.written_at >= _SAME_AGAIN_SECONDS
            if held.count and (is_due or ending):
                await self._write_one(refusal, held)
            elif is_due:
                del self._held[refusal]

    async def _write_one(self, refusal: RefusedSignIn, held: _Held) -> None:
        count, held.count, held.written_at = held.count, 0, monotonic()
        address_var.set(refusal.address)
        request_id_var.set(held.request_id)
        try:
            await self._write(refusal, count)
        except Exception as error:  # noqa: BLE001 -- the database is away: they are written when it is back
            held.count += count
            held.written_at = -_SAME_AGAIN_SECONDS
            logger.warning("refused sign-ins are not written yet: {}: {}", type(error).__name__, error)
