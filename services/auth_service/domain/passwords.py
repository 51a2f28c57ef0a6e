"""Password hashes: argon2id, one at a time off the event loop, and as slow for an account that does not exist."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id: 46 MiB, one pass, one lane.
_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1, type=Type.ID)
# Verified against where there is no account, so that the answer takes the same time.
_NOBODYS_HASH = _hasher.hash(secrets.token_hex(16))
_NICENESS = 15
# Beside each hash a sign-in has statements and events: at full speed they would crowd the loop and the database.
_REST = 2.0

Result = TypeVar("Result")


def _step_back() -> None:
    """Let everything else on this machine go first. Linux has a niceness for each thread; elsewhere it is left."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)


# One hash at a time: argon2 releases the GIL, and two would take both cores and the memory's bandwidth from the rest.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_step_back)
_rests_until = 0.0


async def hash_of(password: str) -> str:
    """The argon2id hash of a password, in PHC form."""
    return await in_turn(lambda: _hasher.hash(normalize("NFC", password)))


async def fits(password: str, password_hash: str | None) -> bool:
    """Does the password belong to the hash? Without a hash the same work is done, and the answer is no."""
    right = await in_turn(lambda: _verify_spellings(password_hash or _NOBODYS_HASH, password))
    return right and password_hash is not None


async def in_turn(work: Callable[[], Result]) -> Result:
    """Do work that takes a core for a while, behind all that came before."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _rested, work)


def _rested(work: Callable[[], Result]) -> Result:
    """Begin only when the thread has rested since it worked last: twice as long as that took of a core."""
    global _rests_until  # noqa: PLW0603 -- of the one thread that this process hashes on
    time.sleep(max(0.0, _rests_until - time.monotonic()))
    began = time.thread_time()
    try:
        return work()
    finally:
        _rests_until = time.monotonic() + (time.thread_time() - began) * _REST


def _verify_spellings(password_hash: str, password: str) -> bool:
    """One character may be typed in several ways (NFC, NFD). Hashes made before that was settled hold it as typed."""
    composed = normalize("NFC", password)
    return _verify(password_hash, composed) or (password != composed and _verify(password_hash, password))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
