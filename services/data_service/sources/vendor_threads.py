"""Threads for vendors' client libraries that block."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Final, ParamSpec, TypeVar

from common.settings import get_settings

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Besides syncs, a vendor is called by backfills, and by tests and plans that people ask for.
_OTHERS: Final = 12


async def in_vendor_thread(vendor: str, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run a blocking call in one of the vendor's threads."""
    return await asyncio.get_running_loop().run_in_executor(_threads_of(vendor), partial(work, *args, **kwargs))


@cache
def _threads_of(vendor: str) -> ThreadPoolExecutor:
    """Each vendor has threads of its own, so that a slow one holds up nobody else's calls.

    There are as many as calls can wait at once, since each sync makes one call at a time. The executor starts a thread
    only when it is needed.
    """
    return ThreadPoolExecutor(get_settings().sync_slots + _OTHERS, vendor)
