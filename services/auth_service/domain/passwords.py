"""Password hashes: argon2id, off the event loop, and as slow for an account that does not exist."""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id: 46 MiB, one pass, one lane.
_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1, type=Type.ID)
# argon2 releases the GIL, so that threads use the cores; as many as there are, or logins would crowd out the rest.
_threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="argon2")
# Verified against where there is no account, so that the answer takes the same time.
_NOBODYS_HASH = _hasher.hash(secrets.token_hex(16))


async def hash_of(password: str) -> str:
    """The argon2id hash of a password, in PHC form."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def fits(password: str, password_hash: str | None) -> bool:
    """Does the password belong to the hash? Without a hash the same work is done, and the answer is no."""
    known = password_hash is not None
    right = await asyncio.get_running_loop().run_in_executor(
        _threads, _verify, password_hash or _NOBODYS_HASH, password
    )
    return right and known


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
