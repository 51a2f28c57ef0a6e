"""Password hashes: argon2id, one at a time off the event loop, and as slow for an account that does not exist."""

import asyncio
import os
import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from services.auth_service.errors import TooManySignIns

# OWASP's first choice for argon2id: 46 MiB, one pass, one lane.
_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1, type=Type.ID)
# Verified against where there is no account, so that the answer takes the same time.
_NOBODYS_HASH = _hasher.hash(secrets.token_hex(16))
# Whoever is behind so many others had better come again: 200 people who sign in at once are served all the same.
MOST_WAITING = 300
_COME_AGAIN_SECONDS = 5
_NICENESS = 10

Result = TypeVar("Result")


def _step_back() -> None:
    """Let everything else on this machine go first. Linux has a niceness for each thread; elsewhere it is left."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


# One hash at a time: argon2 releases the GIL, and two would take both cores and the memory's bandwidth from the rest.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_step_back)
_waiting = 0


async def hash_of(password: str) -> str:
    """The argon2id hash of a password, in PHC form.

    Raises:
        TooManySignIns: too many others are waiting.
    """
    return await in_turn(lambda: _hasher.hash(normalize("NFC", password)))


async def fits(password: str, password_hash: str | None) -> bool:
    """Does the password belong to the hash? Without a hash the same work is done, and the answer is no.

    Raises:
        TooManySignIns: too many others are waiting.
    """
    right = await in_turn(lambda: _verify_spellings(password_hash or _NOBODYS_HASH, password))
    return right and password_hash is not None


async def in_turn(work: Callable[[], Result]) -> Result:
    """Do work that takes a core for a while, behind all that came before.

    Raises:
        TooManySignIns: too much is waiting already.
    """
    global _waiting  # noqa: PLW0603 -- of the one thread that this process hashes on
    if _waiting >= MOST_WAITING:
        text = "more people are signing in than can be served at once"
        raise TooManySignIns(text, retry_after=_COME_AGAIN_SECONDS)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, work)
    finally:
        _waiting -= 1


def _verify_spellings(password_hash: str, password: str) -> bool:
    """One character may be typed in several ways (NFC, NFD). Hashes made before that was settled hold it as typed."""
    composed = normalize("NFC", password)
    return _verify(password_hash, composed) or (password != composed and _verify(password_hash, password))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
