"""Hash and verify passwords with argon2id, one at a time on a thread of its own.

An account that does not exist takes the same time as one that does.
"""

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

# OWASP's first recommendation for argon2id: 46 MiB, one pass, one lane.
_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1, type=Type.ID)
# Passwords are verified against this if there is no account, so that the answer takes the same time.
_DUMMY_HASH = _hasher.hash(secrets.token_hex(16))
_NICENESS = 15
# The pause after each hash, as a multiple of its CPU time. Every sign-in also causes statements and events, which would
# overload the event loop and the database if hashes were computed at full speed.
_PAUSE_RATIO = 2.0

Result = TypeVar("Result")


def _lower_priority() -> None:
    """Lower the priority of this thread below everything else on the machine; only Linux has a niceness per thread."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)


# One hash at a time: argon2 releases the GIL, so that two would take both cores and the memory bandwidth from the rest.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_lower_priority)
_paused_until = 0.0


async def hash_of(password: str) -> str:
    """Return the argon2id hash of a password, in PHC format."""
    return await in_turn(lambda: _hasher.hash(normalize("NFC", password)))


async def fits(password: str, password_hash: str | None) -> bool:
    """Verify a password against its hash. Without a hash, do the same work and return False."""
    is_right = await in_turn(lambda: _verify_spellings(password_hash or _DUMMY_HASH, password))
    return is_right and password_hash is not None


async def in_turn(work: Callable[[], Result]) -> Result:
    """Run CPU-bound work on the hashing thread, after everything that was queued before."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _run_after_pause, work)


def _run_after_pause(work: Callable[[], Result]) -> Result:
    """Wait until the pause after the previous work is over, which is twice the CPU time of that work; then run."""
    global _paused_until  # noqa: PLW0603 -- used only by the one hashing thread of this process
    time.sleep(max(0.0, _paused_until - time.monotonic()))
    started = time.thread_time()
    try:
        return work()
    finally:
        _paused_until = time.monotonic() + (time.thread_time() - started) * _PAUSE_RATIO


def _verify_spellings(password_hash: str, password: str) -> bool:
    """Verify the password in its composed form (NFC), and then as typed.

    One character may be typed as different code points. Older hashes were made of the password as typed.
    """
    composed = normalize("NFC", password)
    return _verify(password_hash, composed) or (password != composed and _verify(password_hash, password))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
